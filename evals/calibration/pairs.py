"""Two texts and whether they say the same: what a matcher or a judge is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from evals.protocols import Matcher
from evals.text.language import language_of
from evals.types import Decision, Extraction, Fact, Gold, GoldFact, Outcome

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
class LabelledPair:
    """One line of a file of labelled pairs. `second` is what another annotator said, who had not seen `label`."""

    __pydantic_config__: ClassVar[Any] = {"extra": "ignore", "strict": True}
    a: Annotated[str, Field(min_length=1)]
    b: Annotated[str, Field(min_length=1)]
    label: Label
    kind: str = "fact"
    lang: str | None = None
    id: str | None = None
    second: Label | None = None

    @property
    def pair(self) -> Pair:
        return Pair(a=self.a, b=self.b, label=self.label, kind=self.kind, lang=self.lang or language_of(self.a))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A pair and what was said of it; `open` is a question left to a judge, never a guess."""

    pair: Pair
    answer: Answer
    decision: Decision


def answered(matcher: Matcher, pair: Pair) -> Answered:
    """What a matcher says of one pair, as a gold item and a predicted one of an otherwise empty dialogue."""
    return reading(pair, outcome_of(matcher, pair))


def outcome_of(matcher: Matcher, pair: Pair) -> Outcome:
    """The outcome of a dialogue that holds the pair and nothing else."""
    return matcher.match(
        Gold(items=(GoldFact(gid="a", memory_value=pair.a),)), Extraction(facts=(Fact(memory_value=pair.b),)), ()
    )


def reading(pair: Pair, outcome: Outcome) -> Answered:
    """What an outcome says of its pair."""
    item = outcome.predicted[0]
    return Answered(pair=pair, answer=_answer(item.state, item.question), decision=item.decided_by)


def _answer(state: str, question: str | None) -> Answer:
    if state == "correct":
        return "match"
    if state == "partial":
        return "partial"
    return "open" if state == "unjudged" and question == "match" else "no"
