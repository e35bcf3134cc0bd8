"""Makes runs worse on purpose, and redraws them as an unchanged extractor would: outcomes in, outcomes out.

Used to measure a gate on the data at hand. Every change is made with the counts it has in scoring: a dropped memory
leaves its gold missed, a changed digit makes a wrong value on both sides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from evals.results import DialogueOutcome
from evals.types import Decision, GoldOutcome, GoldState, Kind, PredictedOutcome

PLANTED = Decision(by="planted")
_UNTIED = frozenset(("duplicate", "extra_grounded", "hallucinated", "unjudged", "invalid"))  # to no gold item
Change = Callable[[DialogueOutcome, random.Random], DialogueOutcome]
_OTHER_TYPE: Mapping[Kind | None, Kind] = {
    "explicit_preference": "implicit_preference",
    "implicit_preference": "explicit_preference",
}


def drop(share: float) -> Change:
    """Leaves out a share of the predicted memories."""

    def change(outcome: DialogueOutcome, rng: random.Random) -> DialogueOutcome:
        gone = {item.index for item in outcome.predicted if rng.random() < share}
        return _without(outcome, gone)

    return change


def invent(share: float) -> Change:
    """Adds memories that nobody said, as a share of the predicted ones."""

    def change(outcome: DialogueOutcome, rng: random.Random) -> DialogueOutcome:
        made_up = [
            replace(
                item,
                state="hallucinated",
                decided_by=PLANTED,
                text=f"{item.text} (made up)",
                index=len(outcome.predicted) + place,
                partner=None,
                question=None,
            )
            for place, item in enumerate(outcome.predicted)
            if rng.random() < share
        ]
        return replace(outcome, predicted=(*outcome.predicted, *made_up))

    return change


def wrong_digit(share: float) -> Change:
    """Gives a share of the right memories a wrong value."""

    def change(outcome: DialogueOutcome, rng: random.Random) -> DialogueOutcome:
        hit = {item.index for item in outcome.predicted if item.state == "correct" and rng.random() < share}
        predicted = tuple(
            replace(item, state="value_error", decided_by=PLANTED, covered=False, links=())
            if item.index in hit
            else item
            for item in outcome.predicted
        )
        return replace(outcome, predicted=predicted, gold=_settled(outcome, hit, "wrong_value"))

    return change


def flip_polarity(share: float) -> Change:
    """Turns a share of the right preferences into their opposite, which rules leave open for a judge."""

    def change(outcome: DialogueOutcome, rng: random.Random) -> DialogueOutcome:
        right = (item for item in outcome.predicted if item.state == "correct" and item.kind not in (None, "fact"))
        hit = {item.index for item in right if rng.random() < share}
        predicted = tuple(
            replace(item, state="unjudged", question="match", polarity_agrees=False, covered=False, links=())
            if item.index in hit
            else item
            for item in outcome.predicted
        )
        return replace(outcome, predicted=predicted, gold=_settled(outcome, hit, "unjudged"))

    return change


def swap_type(share: float) -> Change:
    """Calls a share of the preferences explicit that are implicit, and the other way round."""

    def change(outcome: DialogueOutcome, rng: random.Random) -> DialogueOutcome:
        predicted = tuple(
            replace(item, kind=_OTHER_TYPE[item.kind]) if item.kind in _OTHER_TYPE and rng.random() < share else item
            for item in outcome.predicted
        )
        return replace(outcome, predicted=predicted)

    return change


def redraw(share: float, found: Mapping[str, float]) -> Change:
    """An unchanged extractor asked again: a share of the memories falls anew, at the same rates on average.

    `found` is how often gold of each kind is found. Of the memories that stand for no gold item as many
    are repeated as are left out.
    """

    def change(outcome: DialogueOutcome, rng: random.Random) -> DialogueOutcome:
        lost = {
            item.partner
            for item in outcome.gold
            if item.state == "found" and rng.random() < share and rng.random() >= found.get(item.kind, 0.0)
        }
        others = [item for item in outcome.predicted if item.state in _UNTIED and item.question != "match"]
        gone = {item.index for item in others if rng.random() < share / 2}
        again = [item for item in others if item.index not in gone and rng.random() < share / 2]
        outcome = _without(outcome, {index for index in lost if index is not None} | gone)
        outcome = _finding(outcome, share, found, rng)
        start = max((item.index for item in outcome.predicted), default=-1) + 1
        copies = tuple(replace(item, index=start + place) for place, item in enumerate(again))
        return replace(outcome, predicted=(*outcome.predicted, *copies))

    return change


def _finding(outcome: DialogueOutcome, share: float, found: Mapping[str, float], rng: random.Random) -> DialogueOutcome:
    """Missed gold that this time is found."""
    start = max((item.index for item in outcome.predicted), default=-1) + 1
    gold, predicted = [], list(outcome.predicted)
    for item in outcome.gold:
        if item.state == "missed" and rng.random() < share and rng.random() < found.get(item.kind, 0.0):
            item = replace(item, state="found", decided_by=PLANTED, partner=start, covered=True)
            predicted.append(_answer(item, start))
            start += 1
        gold.append(item)
    return replace(outcome, gold=tuple(gold), predicted=tuple(predicted))


def _answer(gold: GoldOutcome, index: int) -> PredictedOutcome:
    return PredictedOutcome(
        index=index,
        kind=gold.kind,
        text=gold.text,
        state="correct",
        decided_by=PLANTED,
        partner=gold.gid,
        covered=True,
        memory_type=gold.memory_type,
        tags=gold.tags,
    )


def _without(outcome: DialogueOutcome, gone: set[int]) -> DialogueOutcome:
    predicted = tuple(item for item in outcome.predicted if item.index not in gone)
    return replace(outcome, predicted=predicted, gold=_settled(outcome, gone, "missed"))


def _settled(outcome: DialogueOutcome, partners: set[int], state: GoldState) -> tuple[GoldOutcome, ...]:
    """The gold, where what was aligned with one of these predictions ends in another state."""
    return tuple(
        replace(
            item, state=state, decided_by=PLANTED, partner=None if state == "missed" else item.partner, covered=False
        )
        if item.partner in partners
        else item
        for item in outcome.gold
    )
