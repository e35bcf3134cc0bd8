"""Gold and predictions of a dialogue side by side, the most harmful first, and what of gold could be disputed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evals.results import DialogueOutcome
from evals.types import GoldOutcome, PredictedOutcome

STATES_BY_HARM = (
    "forbidden",
    "hallucinated",
    "value_error",
    "wrong_value",
    "missed",
    "invalid",
    "partial",
    "duplicate",
    "unjudged",
    "extra_grounded",
    "correct",
    "found",
)
_NOTHING_TO_DISPUTE = ("invalid", "correct", "found")
# What a person may do to gold where it is gold that is wrong, by what the dispute is about.
ACTIONS = {
    "gold": ("drop", "edit", "optional", "variant", "add"),
    "forbidden": ("drop", "edit"),
    "nothing": ("add",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """A gold item beside the prediction it was aligned with; either may be missing, never both."""

    gold: GoldOutcome | None
    predicted: PredictedOutcome | None

    @property
    def state(self) -> str:
        """What became of a pair is told of the prediction, where there is one."""
        if self.predicted is not None:
            return self.predicted.state
        return self.gold.state if self.gold is not None else "found"

    @property
    def target(self) -> str | None:
        """The gid or fid that a correction of gold would name."""
        if self.gold is not None:
            return self.gold.gid
        is_forbidden = self.predicted is not None and self.predicted.state == "forbidden"
        return self.predicted.partner if self.predicted is not None and is_forbidden else None

    @property
    def disputable(self) -> str | None:
        """What of gold could be disputed here, a key of ACTIONS; None where all is well."""
        is_missed_optional = self.predicted is None and self.gold is not None and self.gold.optional
        if self.state in _NOTHING_TO_DISPUTE or is_missed_optional:
            return None
        if self.gold is not None:
            return "gold"
        return "forbidden" if self.target is not None else "nothing"

    @property
    def actions(self) -> tuple[str, ...]:
        """What a person may do to gold here."""
        return ACTIONS[self.disputable] if self.disputable else ()


def aligned(outcome: DialogueOutcome) -> list[Aligned]:
    """Every item once, beside its partner where it has one; the most harmful first."""
    return sorted(_pairs(outcome), key=lambda pair: STATES_BY_HARM.index(pair.state))


def _pairs(outcome: DialogueOutcome) -> Iterator[Aligned]:
    by_index = {item.index: item for item in outcome.predicted}
    for gold in outcome.gold:
        yield Aligned(gold=gold, predicted=None if gold.partner is None else by_index.get(gold.partner))
    partners = {item.partner for item in outcome.gold}
    for predicted in outcome.predicted:
        if predicted.index not in partners:
            yield Aligned(gold=None, predicted=predicted)
