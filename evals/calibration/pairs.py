"""Two texts and whether they say the same: what a matcher or a judge is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evals.types import Decision, Extraction, Fact, Gold, GoldFact, Matcher

Label = Literal["match", "partial", "no"]
Answer = Literal["match", "partial", "no", "open"]
LABELS: tuple[Label, ...] = ("match", "partial", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A gold text `a`, a predicted text `b` and what is true of them; `kind` is what sort of pair it is."""

    a: str
    b: str
    label: Label
    kind: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A pair and what was said of it; `open` is a question left to a judge, never a guess."""

    pair: Pair
    answer: Answer
    decision: Decision


def answered(matcher: Matcher, pair: Pair) -> Answered:
    """What a matcher says of one pair, as a gold fact and a predicted fact of an otherwise empty dialogue."""
    gold = Gold(items=(GoldFact(gid="a", memory_value=pair.a),))
    item = matcher.match(gold, Extraction(facts=(Fact(memory_value=pair.b),)), ()).predicted[0]
    return Answered(pair=pair, answer=_answer(item.state, item.question), decision=item.decided_by)


def _answer(state: str, question: str | None) -> Answer:
    if state == "correct":
        return "match"
    if state == "partial":
        return "partial"
    return "open" if state == "unjudged" and question == "match" else "no"
