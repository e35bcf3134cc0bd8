"""Which gold and which prediction stand side by side, and what of gold a reader may dispute."""

from __future__ import annotations

from typing import Any

from evals.report.pairing import aligned
from evals.results import DialogueOutcome
from evals.types import Decision, GoldOutcome, PredictedOutcome

BY = Decision(by="test")
OF_GOLD = ("drop", "edit", "optional", "variant", "add")


def gold(gid: str, state: Any, partner: int | None = None, **more: Any) -> GoldOutcome:
    return GoldOutcome(gid=gid, kind="fact", text=gid, state=state, decided_by=BY, partner=partner, **more)


def predicted(index: int, state: Any, partner: str | None = None) -> PredictedOutcome:
    return PredictedOutcome(index=index, kind="fact", text="p", state=state, decided_by=BY, partner=partner)


def test_pairs_by_harm_and_what_may_be_disputed() -> None:
    """Worst first; what is right, empty or only optionally missed is no matter of dispute; fids can be named."""
    outcome = DialogueOutcome(
        id="d",
        cluster="d",
        language="en",
        split="dev",
        gold=(
            gold("f1", "found", 0),
            gold("f2", "missed"),
            gold("f3", "missed", optional=True),
            gold("f4", "wrong_value", 1),
            gold("f5", "unjudged", 2),
        ),
        predicted=(
            predicted(0, "correct", "f1"),
            predicted(1, "value_error", "f4"),
            predicted(2, "unjudged", "f5"),
            predicted(3, "forbidden", "x1"),
            predicted(4, "hallucinated"),
            predicted(5, "invalid"),
            predicted(6, "duplicate", "f1"),
            predicted(7, "extra_grounded"),
        ),
    )
    shown = [
        (pair.gold and pair.gold.gid, pair.predicted and pair.predicted.index, pair.state, pair.target, pair.actions)
        for pair in aligned(outcome)
    ]
    assert shown == [
        (None, 3, "forbidden", "x1", ("drop", "edit")),
        (None, 4, "hallucinated", None, ("add",)),
        ("f4", 1, "value_error", "f4", OF_GOLD),
        ("f2", None, "missed", "f2", OF_GOLD),
        ("f3", None, "missed", "f3", ()),
        (None, 5, "invalid", None, ()),
        (None, 6, "duplicate", None, ("add",)),
        ("f5", 2, "unjudged", "f5", OF_GOLD),
        (None, 7, "extra_grounded", None, ("add",)),
        ("f1", 0, "correct", "f1", ()),
    ]
