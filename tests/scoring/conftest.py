"""Short ways to write outcomes by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from evals.results import DialogueOutcome, Score
from evals.scoring.board import ScoreBoard
from evals.types import Annotated, Decision, GoldOutcome, PredictedOutcome

COMPLETE = Annotated(
    facts="complete", explicit_preferences="complete", implicit_preferences="complete", forbidden="complete"
)
DECISION = Decision(by="exact")


def gold(gid: str, state: str = "missed", kind: str = "fact", **fields: Any) -> GoldOutcome:
    """One gold item."""
    return GoldOutcome(gid=gid, kind=kind, text=gid, state=state, decided_by=DECISION, **fields)  # type: ignore[arg-type]


def predicted(state: str, partner: str | None = None, kind: str | None = "fact", **fields: Any) -> PredictedOutcome:
    """One predicted item; its index does not matter to scoring."""
    fields = {"index": 0, "text": "x", **fields}
    return PredictedOutcome(kind=kind, state=state, partner=partner, decided_by=DECISION, **fields)  # type: ignore[arg-type]


def dialogue(
    gold: tuple[GoldOutcome, ...] = (), predicted: tuple[PredictedOutcome, ...] = (), **fields: Any
) -> DialogueOutcome:
    """One dialogue, fully annotated unless said otherwise; its cluster is its id unless given."""
    fields = {"id": "d1", "language": "en", "split": "dev", "annotated": COMPLETE, **fields}
    fields.setdefault("cluster", fields["id"])
    return DialogueOutcome(gold=gold, predicted=predicted, **fields)


def scores(*outcomes: DialogueOutcome) -> dict[tuple[str, str], Score]:
    """Scores by (metric, slice)."""
    board = ScoreBoard()
    for outcome in outcomes:
        board.add(outcome)
    return {(score.metric, score.slice): score for score in board.scores()}


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """gold, predicted, dialogue and scores, as functions."""
    return SimpleNamespace(gold=gold, predicted=predicted, dialogue=dialogue, scores=scores, complete=COMPLETE)
