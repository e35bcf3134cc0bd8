"""Confusion matrices count matched pairs by label."""

from __future__ import annotations

from types import SimpleNamespace

from evals.scoring.board import ScoreBoard
from evals.scoring.confusion import TYPES_KEPT, Confusion

EXPLICIT, IMPLICIT = "explicit_preference", "implicit_preference"


def test_matrices_hold_matched_pairs_and_leaks(make: SimpleNamespace) -> None:
    """Correct and partial pairs by type, leaks by kind, absent labels as "null"."""
    gold = (
        make.gold("g1", "found", memory_type="UserMemory"),
        make.gold("g2", "partial", memory_type="UserMemory"),
        make.gold("g3", "found"),
        make.gold("g4", "wrong_value", memory_type="UserMemory"),
        make.gold("e1", "found", EXPLICIT),
        make.gold("i1", "missed", IMPLICIT),
    )
    items = (
        make.predicted("correct", "g1", memory_type="UserMemory"),
        make.predicted("partial", "g2", memory_type="LongTermMemory"),
        make.predicted("correct", "g3"),
        make.predicted("value_error", "g4", memory_type="UserMemory"),
        make.predicted("correct", "e1", None),
        make.predicted("unjudged", "i1", list_leak=True),
        make.predicted("hallucinated", list_leak=True, kind=EXPLICIT),
    )
    board = ScoreBoard()
    board.add(make.dialogue(gold, items))
    assert board.confusion() == {
        "memory_type": {"UserMemory": {"UserMemory": 1, "LongTermMemory": 1}, "null": {"null": 1}},
        "preference_type": {EXPLICIT: {"null": 1}},
        "list_leak": {IMPLICIT: {"fact": 1}, "null": {EXPLICIT: 1}},
    }


def test_kinds_not_asked_for_are_not_counted(make: SimpleNamespace) -> None:
    """A preference that came unasked confuses nothing."""
    confusion = Confusion()
    gold, items = (make.gold("e1", "found", EXPLICIT),), (make.predicted("correct", "e1", EXPLICIT, list_leak=True),)
    confusion.add(make.dialogue(gold, items, asked=("memory",)))
    assert confusion.table() == {"memory_type": {}, "preference_type": {}, "list_leak": {}}


def test_invented_types_do_not_grow_the_matrix(make: SimpleNamespace) -> None:
    """A model that invents a type for every memory fills one cell more than is kept, and no pair is lost."""
    confusion = Confusion()
    for i in range(500):
        items = (make.predicted("correct", "g", memory_type=f"type {i}"),)
        confusion.add(make.dialogue((make.gold("g", "found", memory_type="UserMemory"),), items, id=str(i)))
    row = confusion.table()["memory_type"]["UserMemory"]
    assert len(row) == TYPES_KEPT  # UserMemory itself was one of those kept; "other" stands for the rest
    assert sum(row.values()) == 500
