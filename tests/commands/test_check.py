"""`evals check`: what a dataset holds, every fault in it, and gold that cannot be told from other gold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

TALK = [{"role": "user", "content": "I live in Paris and work in Lyon."}]


def test_the_golden_set_is_sound(cli: Callable[..., Any]) -> None:
    """Exit 0: gold scores 1 against itself, in both languages."""
    done = cli("check")
    assert done.code == 0
    assert done.out.startswith("golden: 80 dialogues")
    assert "gold against gold: 80 dialogues, 0 faults" in done.out
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
