"""Faults that need more than one field to see, each named once and by its path."""

from __future__ import annotations

import json

import pytest

from evals.corpus.record import Record
from evals.corpus.validity import problems
from evals.strict_json import parse

MESSAGES = [{"role": "user", "content": "I live in Paris."}, {"role": "assistant", "content": "Nice."}]


def found(**fields) -> list[tuple[str, str]]:
    """The problems of a record of the right shape."""
    record, faults = parse(json.dumps({"id": "a", "messages": MESSAGES, **fields}).encode(), Record)
    assert faults == []
    return list(problems(record))


def test_a_good_record_has_none():
    """Evidence, slots, variants and a near miss that all fit."""
    fact = {"memory_value": "Lives in Paris", "evidence": [0], "slots": {"city": "Paris"}, "variants": ["住在巴黎"]}
    near = {"value": "Lives in Lyon", "kind": "unsupported", "conflicts_with": "f1", "evidence": [1]}
    assert found(gold_facts=[fact], forbidden=[near]) == []


@pytest.mark.parametrize(
    ("fields", "path", "said"),
    [
        ({"id": " "}, "id", "empty"),
        ({"id": "a\nb"}, "id", "not printable"),
        ({"cluster": ""}, "cluster", "empty"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages[0].content", "empty"),
        ({"gold_facts": [{"memory_value": ""}]}, "gold_facts[0].memory_value", "empty"),
        ({"gold_facts": [{"gid": "", "memory_value": "x"}]}, "gold_facts[0].gid", "empty"),
        ({"memory_detail_list": [{"memory_key": "k"}]}, "memory_detail_list[0].memory_value", "empty"),
        ({"gold_explicit_preferences": [{"preference": "\t"}]}, "gold_explicit_preferences[0].preference", "empty"),
        (
            {"gold_facts": [{"memory_value": "x"}, {"gid": "f1", "memory_value": "y"}]},
            "gold_facts[1].gid",
            "used twice (value 'f1'); gold_facts[0].gid has it already",
        ),
        (
            {
                "gold_facts": [{"gid": "x1", "memory_value": "x"}],
                "forbidden": [{"value": "y", "kind": "injected"}],
            },
            "forbidden[0].fid",
            "used twice (value 'x1')",
        ),
        (
            {"gold_facts": [{"memory_value": "x", "evidence": [0, 2]}]},
            "gold_facts[0].evidence",
            "no such message (value 2); the messages are 0 to 1",
        ),
        ({"gold_facts": [{"memory_value": "x", "evidence": [-1]}]}, "gold_facts[0].evidence", "(value -1)"),
        ({"updates": [{"kind": "add", "evidence": [9]}]}, "updates[0].evidence", "no such message (value 9)"),
        ({"probes": [{"pid": "p", "question": "q", "evidence": [9]}]}, "probes[0].evidence", "no such message"),
        ({"gold_facts": [{"memory_value": "x", "weight": 0.0}]}, "gold_facts[0].weight", "above 0"),
        ({"gold_facts": [{"memory_value": "x", "confidence": 1.5}]}, "gold_facts[0].confidence", "0 to 1"),
        ({"gold_facts": [{"memory_value": "x", "slots": {"city": ""}}]}, "gold_facts[0].slots.city", "empty"),
        ({"gold_facts": [{"memory_value": "x", "variants": ["ok", ""]}]}, "gold_facts[0].variants[1]", "empty"),
        ({"forbidden": [{"value": "", "kind": "injected"}]}, "forbidden[0].value", "empty"),
        ({"forbidden": [{"value": "y", "kind": "injected", "match": "attribute"}]}, "forbidden[0].slots", "missing"),
        (
            {"gold_facts": [], "forbidden": [{"value": "y", "kind": "injected", "conflicts_with": "f9"}]},
            "forbidden[0].conflicts_with",
            "no gold item of that name (value 'f9'); there is none",
        ),
        ({"gold_facts": [], "memory_detail_list": []}, "memory_detail_list", "given beside gold_facts"),
        (
            {"gold_implicit_preferences": [], "preference_detail_list": []},
            "preference_detail_list",
            "given beside gold_implicit_preferences",
        ),
        (
            {"preference_detail_list": [{"preference": "p", "preference_type": "wish"}]},
            "preference_detail_list[0].preference_type",
            "not a choice (value 'wish')",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_problem_is_named_once_with_its_path(fields, path, said):
    """One problem in, one problem out, at the field a person has to change."""
    ((where, what),) = found(**fields)
    assert where == path
    assert said in what
