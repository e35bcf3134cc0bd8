"""`evals check`: what a dataset holds, every fault in it, and gold that cannot be told from other gold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TALK = [{"role": "user", "content": "I live in Paris and work in Lyon."}]


def test_the_golden_set_is_sound(cli: Callable[..., Any]) -> None:
    """Exit 0: gold scores 1 against itself, in both languages, and keeps to what a set should keep to."""
    done = cli("check", "--strict")
    assert done.code == 0
    counted = re.match(r"golden: (\d+) dialogues", done.out)
    assert counted
    assert f"gold against gold: {counted[1]} dialogues, 0 faults" in done.out
    assert "fault" not in done.err


def test_every_fault_is_named(cli: Callable[..., Any], dataset: Callable[..., Path]) -> None:
    """Exit 2 with file, line and field of each fault, and how many there are."""
    path = dataset({"id": "a"}, {"id": "b", "messages": TALK, "gold_fact": []}, {"id": "c", "messages": TALK})
    done = cli("check", "dataset=file", f"dataset.path={path}")
    assert done.code == 2
    faults = [line for line in done.err.splitlines() if line.startswith("fault: ")]
    assert [line.split(": ")[1:3] for line in faults] == [[f"{path}:1", "messages"], [f"{path}:2", "gold_fact"]]
    assert "2 faults; nothing was scored" in done.err
    assert "gold against gold" not in done.out


def test_gold_that_is_there_twice_is_a_fault(cli: Callable[..., Any], dataset: Callable[..., Path]) -> None:
    """The same gold item twice: no answer could be credited for both."""
    path = dataset({"id": "a", "messages": TALK, "gold_facts": [{"memory_value": "The user lives in Paris."}] * 2})
    for matcher in ("exact", "fuzzy"):
        done = cli("check", "dataset=file", f"dataset.path={path}", f"matcher={matcher}")
        assert done.code == 2
        assert "fault: a" in done.err
        assert "gold against gold: 1 dialogues, " in done.out


def test_doubts_are_warnings(cli: Callable[..., Any], dataset: Callable[..., Path]) -> None:
    """What is allowed but odd goes to stderr and costs nothing."""
    fact = {"memory_value": "The user lives in Paris.", "evidence": [0], "evidence_text": "I live in Rome"}
    path = dataset({"id": "a", "messages": TALK, "gold_facts": [fact]})
    done = cli("check", "dataset=file", f"dataset.path={path}")
    assert done.code == 0
    assert done.err == f"warning: {path}:1: f1.evidence_text: not verbatim in the evidence (value 'I live in Rome')\n"


SAID = "I moved to Lyon in May because my sister opened a bakery there."


@pytest.fixture
def doubtful(dataset: Callable[..., Path]) -> list[str]:
    """Overrides for two dialogues: one with a slot nobody said, the other with a sentence of the first."""
    fact = {"memory_value": "The user lives in Rome.", "slots": {"city": "Rome"}, "evidence": [0]}
    said = [{"role": "user", "content": SAID}]
    more = [{"role": "user", "content": f"Well. {SAID}"}]
    records = ({"id": "a", "messages": said, "gold_facts": [fact], "labels": ["a|b"]}, {"id": "b", "messages": more})
    return ["dataset=file", f"dataset.path={dataset(*records)}"]


def test_what_a_set_should_keep_to(cli: Callable[..., Any], doubtful: list[str], tmp_path: Path) -> None:
    """Warnings that name record, item, slot and value; with --strict they are faults and the exit code is 2."""
    path = tmp_path / "dataset.jsonl"
    findings = [
        f"{path}:1: a: f1.slots.city: does not occur in its evidence, message 0 (value 'Rome')",
        f"{path}:2: b: shares a user sentence with a: {SAID!r}",
        f"{path}:2: b: nearly the same user text as a (likeness 0.92)",
    ]
    done = cli("check", *doubtful)
    assert (done.code, done.err.splitlines()) == (0, [f"warning: {finding}" for finding in findings])
    done = cli("check", "--strict", *doubtful)
    assert (done.code, done.err.splitlines()) == (2, [f"fault: {finding}" for finding in findings])
    assert "gold against gold: 2 dialogues, 0 faults" in done.out
    assert cli("check", *doubtful, "--show", 1).err.splitlines()[1] == "… 3 warnings of this kind in all"


def test_tables_for_a_data_card(cli: Callable[..., Any], doubtful: list[str]) -> None:
    """Three Markdown tables; a label cannot break out of its cell."""
    done = cli("check", "--tables", *doubtful)
    assert [line for line in done.out.splitlines() if line.startswith("###")] == [
        "### Classes",
        "### Lengths",
        "### Labels",
    ]
    assert "| language | split | dialogues | empty | messages |" in done.out
    assert "| 1 | 2 | 2 |\n| 2–6 | 0 | 0 |" in done.out
    assert "| a\\|b | 1 | 1 |" in done.out


def test_thin_labels(cli: Callable[..., Any], doubtful: list[str]) -> None:
    """--categories N prints the labels and warns of those with fewer dialogues in a language; off by default."""
    done = cli("check", "--categories", 2, *doubtful)
    assert (done.code, "### Labels" in done.out, "### Classes" in done.out) == (0, True, False)
    assert "warning: label 'a|b': 1 dialogues in en, 2 wanted" in done.err
    assert "wanted" not in cli("check", *doubtful).err
    refused = cli("check", "--categories", 0)
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_overlap_with_training_data(cli: Callable[..., Any], doubtful: list[str], tmp_path: Path) -> None:
    """Every dialogue that stands in the other file, with where; exit 0, and 2 with --strict or without such a file."""
    train = tmp_path / "train.jsonl"
    lines = ({"text": "Nothing."}, {"text": f"user: {SAID}"}, {"score": 1})
    train.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = cli("check", "--against", train, *doubtful)
    assert done.code == 0
    assert f"overlap: a: {train}:2 (1 lines in all): the sentence {SAID!r}, likeness 0.9" in done.out
    assert f"overlap: b: {train}:2" in done.out
    assert f"against {train}: 2 of 2 dialogues overlap with 2 lines" in done.out
    assert f"warning: {train}: 1 lines hold no messages or text and were passed over" in done.err
    assert cli("check", "--strict", "--against", train, "dataset=file", f"dataset.path={train}").code == 2
    absent = cli("check", "--against", tmp_path / "absent.jsonl", *doubtful)
    assert absent.code == 2
    assert "there is no such file" in absent.err
