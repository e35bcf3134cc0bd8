"""The ledger of one match: every gold and every predicted item ends in exactly one state; both sums are asserted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from evals.matching.ground import Grounding
from evals.matching.manifest import Manifest
from evals.matching.sides import POOLS, GoldEntry, GoldSide, PredictedEntry
from evals.matching.verify import Verdict, verdict_on
from evals.text.residual import missing
from evals.types import (
    Decision,
    Fact,
    Forbidden,
    Gold,
    GoldFact,
    GoldOutcome,
    GoldState,
    Outcome,
    PredictedOutcome,
    PredictionState,
)

_STATES: dict[str, tuple[PredictionState, GoldState]] = {
    "correct": ("correct", "found"),
    "partial": ("partial", "partial"),
    "value_error": ("value_error", "wrong_value"),
    "uncertain": ("unjudged", "unjudged"),
}
_FLOOR = Decision(by="floor")
_ASSIGNMENT = Decision(by="assignment")
_POSITIVE = ("like", "require")


@dataclass
class _GoldLine:
    entry: GoldEntry
    state: GoldState | None = None
    decision: Decision = _FLOOR
    partner: int | None = None
    similarity: float | None = None
    met: bool = False  # by a prediction above the floor
    links: list[PredictedEntry] = field(default_factory=list)
    cross_lingual: bool = False
    list_leak: bool = False


@dataclass
class _PredictedLine:
    entry: PredictedEntry
    state: PredictionState | None = None
    decision: Decision = _FLOOR
    partner: str | None = None
    similarity: float | None = None
    question: Literal["match", "grounding"] | None = None
    whole: bool = False  # says a gold item from end to end
    links: list[GoldEntry] = field(default_factory=list)
    cross_lingual: bool = False
    list_leak: bool = False
    grounded_in: int | None = None
    polarity_agrees: bool | None = None
    unwanted: str | None = None
    candidates: tuple[str, ...] = ()


class Ledger:
    """Who has been settled, as what, by whom."""

    def __init__(self, gold: Gold, side: GoldSide, predicted: Sequence[PredictedEntry]) -> None:
        entries = [entry for pool in POOLS for entry in side.pools[pool]]
        self._gold = {entry.item.gid: _GoldLine(entry) for entry in entries}
        self._predicted = {entry.index: _PredictedLine(entry) for entry in predicted}
        self._order = tuple(item.gid for item in gold.items)
        self._forbidden = {item.fid: item for item in gold.forbidden}

    def refuse_invalid(self, entry: PredictedEntry) -> bool:
        """Settle an item that can never match; returns whether it was one."""
        if entry.fault:
            self.settle(entry, "invalid", Decision(by=entry.fault))
        return entry.fault is not None

    def pair(self, gold: GoldEntry, entry: PredictedEntry, similarity: float, verdict: Verdict) -> None:
        """Settle both sides of an aligned pair."""
        state, gold_state = _STATES[verdict.answer]
        self.settle(entry, state, verdict.decision, gold.item.gid, similarity)
        line = self._predicted[entry.index]
        line.question = "match" if state == "unjudged" else None
        line.whole = state == "correct"
        line.polarity_agrees = _polarity_agrees(gold, entry)
        mine = self._gold[gold.item.gid]
        mine.state, mine.decision, mine.partner, mine.similarity = gold_state, verdict.decision, entry.index, similarity

    def settle(
        self,
        entry: PredictedEntry,
        state: PredictionState,
        decision: Decision,
        partner: str | None = None,
        similarity: float | None = None,
    ) -> None:
        line = self._predicted[entry.index]
        line.state, line.decision, line.partner, line.similarity = state, decision, partner, similarity
        line.question = None

    def settle_again(self, entry: PredictedEntry, gold: GoldEntry, similarity: float, verdict: Verdict) -> None:
        """What another prediction already says of a gold item, in other words."""
        decision = replace(verdict.decision, by=f"duplicate:{verdict.decision.by}")
        self.settle(entry, "duplicate", decision, gold.item.gid, similarity)
        self._predicted[entry.index].whole = verdict.answer == "correct"

    def settle_copy(self, entry: PredictedEntry, first: PredictedEntry) -> None:
        """The same text once more: a duplicate of whatever gold item the first one was settled against."""
        line, copy = self._predicted[first.index], self._predicted[entry.index]
        copy.links, copy.whole = line.links, line.whole
        if line.partner is not None:
            self.settle(entry, "duplicate", Decision(by="duplicate:equal"), line.partner, line.similarity)

    def meet(self, gold: GoldEntry) -> None:
        """Note that a prediction came near enough to a gold item to be aligned with it."""
        self._gold[gold.item.gid].met = True

    def link(self, gold: GoldEntry, entry: PredictedEntry) -> None:
        """Note that a prediction is about a gold item, whoever it was aligned with."""
        self._gold[gold.item.gid].links.append(entry)
        self._predicted[entry.index].links.append(gold)

    def note_unwanted(self, entry: PredictedEntry, fid: str) -> None:
        """Note a forbidden item that is not strict: what else becomes of the prediction stays open."""
        self._predicted[entry.index].unwanted = fid

    def grounded(self, entry: PredictedEntry, grounding: Grounding) -> None:
        self.settle(entry, grounding.state or "unjudged", grounding.decision)
        line = self._predicted[entry.index]
        line.grounded_in = grounding.message
        line.question = None if grounding.state else "grounding"

    def mark_cross_lingual(self, golds: Sequence[GoldEntry], members: Sequence[PredictedEntry]) -> None:
        """What shares a language with nothing on the other side is a question, never a miss or an invention.

        Where the other side is empty there is no question: nothing came, or nothing was to come.
        """
        if not golds or not members:
            return
        for gold in golds:
            line = self._gold[gold.item.gid]
            if line.state is None and not any(gold.languages & entry.languages for entry in members):
                line.state, line.decision, line.cross_lingual = "unjudged", Decision(by="cross_lingual"), True
        for entry in members:
            if self.is_open(entry) and not any(gold.languages & entry.languages for gold in golds):
                self.settle(entry, "unjudged", Decision(by="cross_lingual"))
                line_ = self._predicted[entry.index]
                line_.cross_lingual, line_.question = True, "match"

    def note_candidates(
        self, members: Sequence[PredictedEntry], nearness: Callable[[str, Sequence[str]], Sequence[float]]
    ) -> None:
        """For what came in another language, the gold items it could mean, the nearest first: a judge's to decide."""
        for entry in members:
            line = self._predicted[entry.index]
            if not line.cross_lingual:
                continue
            golds = [each.entry for each in self._gold.values() if each.cross_lingual and each.entry.pool == entry.pool]
            near = nearness(entry.text.text, [gold.main.text for gold in golds])
            ranked = sorted(zip(near, golds, strict=True), key=lambda pair: (-pair[0], pair[1].item.gid))
            line.candidates = tuple(gold.item.gid for _, gold in ranked)

    def mark_list_leaks(self, side: GoldSide, manifest: Manifest) -> None:
        """A missed gold item that came out whole in the other list: counted, without credit."""
        for pool in POOLS:
            golds = side.pools[pool]
            others = [line for line in self._predicted.values() if line.entry.pool != pool and line.partner is None]
            for line in others if any(self._gold[gold.item.gid].state is None for gold in golds) else ():
                if line.state == "invalid":
                    continue
                for gold, near in zip(golds, side.near(line.entry.text).pools[pool], strict=True):
                    mine = self._gold[gold.item.gid]
                    if mine.state is not None or near.similarity < manifest.floor(gold.main.language):
                        continue
                    floor = manifest.floor(gold.main.language)
                    if verdict_on(gold, near, line.entry.text, floor=floor).answer == "correct":
                        mine.list_leak = line.list_leak = True

    def is_open(self, entry: PredictedEntry) -> bool:
        return self._predicted[entry.index].state is None

    def is_matched(self, gold: GoldEntry) -> bool:
        return self.gold_state(gold) in ("found", "partial", "wrong_value")

    def gold_state(self, gold: GoldEntry) -> GoldState | None:
        return self._gold[gold.item.gid].state

    def said_of(self, gold: GoldEntry) -> frozenset[str]:
        """Content words of all predictions settled as correct or partial against a gold item."""
        lines = self._predicted.values()
        settled = [line for line in lines if line.partner == gold.item.gid and line.state in ("correct", "partial")]
        return frozenset().union(*(line.entry.text.content_set for line in settled))

    def outcome(self) -> Outcome:
        """The finished outcome: gold in annotated order, predictions in the order they came."""
        for line in self._gold.values():
            if line.state is None:
                line.state, line.decision = "missed", _ASSIGNMENT if line.met else _FLOOR
        gold = tuple(_gold_outcome(self._gold[gid]) for gid in self._order)
        predicted = tuple(_predicted_outcome(line, self._forbidden) for _, line in sorted(self._predicted.items()))
        assert len(gold) == len(self._gold)
        assert len(predicted) == len(self._predicted)
        return Outcome(gold=gold, predicted=predicted)


def _gold_outcome(line: _GoldLine) -> GoldOutcome:
    item = line.entry.item
    assert line.state is not None
    fact = item if isinstance(item, GoldFact) else None
    preference = None if isinstance(item, GoldFact) else item
    union = frozenset().union(*(entry.text.content_set for entry in line.links))
    words = line.entry.main.content_set
    return GoldOutcome(
        gid=item.gid,
        kind=item.kind,
        text=item.text,
        state=line.state,
        decided_by=line.decision,
        partner=line.partner,
        similarity=line.similarity,
        links=tuple(sorted(entry.index for entry in line.links)),
        covered=line.state == "found" or (bool(words) and not missing(words, union)),
        cross_lingual=line.cross_lingual,
        list_leak=line.list_leak,
        optional=item.optional,
        weight=item.weight,
        memory_key=fact.memory_key if fact else None,
        memory_type=fact.memory_type if fact else None,
        tags=fact.tags if fact else None,
        reasoning=preference.reasoning if preference else None,
        polarity=preference.polarity if preference else None,
        type_certain=preference.type_certain if preference else True,
        evidence=item.evidence,
        evidence_text=item.evidence_text,
    )


def _predicted_outcome(line: _PredictedLine, forbidden: Mapping[str, Forbidden]) -> PredictedOutcome:
    item = line.entry.item
    listed = forbidden.get((line.partner if line.state == "forbidden" else line.unwanted) or "")
    assert line.state is not None
    fact = item if isinstance(item, Fact) else None
    union = frozenset().union(*(gold.main.content_set for gold in line.links))
    words = line.entry.text.content_set
    return PredictedOutcome(
        index=line.entry.index,
        kind=line.entry.kind,
        text=item.text,
        state=line.state,
        decided_by=line.decision,
        partner=line.partner,
        similarity=line.similarity,
        question=line.question,
        links=tuple(sorted(gold.item.gid for gold in line.links)),
        covered=line.whole or (bool(words) and not missing(words, union)),
        cross_lingual=line.cross_lingual,
        list_leak=line.list_leak,
        grounded_in=line.grounded_in,
        polarity_agrees=line.polarity_agrees,
        unwanted=line.unwanted,
        candidates=line.candidates,
        forbidden_text=listed.value if listed else None,
        forbidden_kind=listed.kind if listed else None,
        language=line.entry.text.language if item.text else None,
        memory_key=fact.memory_key if fact else None,
        memory_type=fact.memory_type if fact else None,
        tags=fact.tags if fact else None,
        reasoning=None if isinstance(item, Fact) else item.reasoning,
    )


def _polarity_agrees(gold: GoldEntry, entry: PredictedEntry) -> bool | None:
    """Whether the attitude is the annotated one, where both are known; None for facts."""
    item = gold.item
    if isinstance(item, GoldFact) or item.polarity is None or entry.text.polarity.sign == 0:
        return None
    return (item.polarity in _POSITIVE) == (entry.text.polarity.sign > 0)
