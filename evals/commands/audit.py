"""How often rules decide wrongly: a sample of their decisions, drawn by its texts, that the judge is asked about too.

Every stratum is drawn from, the pairs that never met included, because nothing else would show what the floor hides.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from evals.protocols import Judgement, Question
from evals.results import DialogueOutcome, Score
from evals.scoring.statistics import upper_bound, wilson

PER_STRATUM = 15  # four of them: 60 cells a run where there are as many
STRATA = ("correct", "partial", "value_error", "floor")
_WRONG: Mapping[str, frozenset[str]] = {
    "correct": frozenset({"contradiction", "unrelated"}),
    "partial": frozenset({"contradiction", "unrelated"}),
    "value_error": frozenset({"equivalent", "unrelated"}),
    "floor": frozenset({"equivalent", "pred_less_specific", "pred_more_specific", "contradiction"}),
}
_WIDENED = ("precision", "recall", "f1")


@dataclass
class Audit:
    """Collects a bounded sample while outcomes pass by; memory does not grow with the run."""

    _drawn: dict[str, list[tuple[int, str, str, str]]] = field(default_factory=dict)

    def see(self, outcome: DialogueOutcome) -> None:
        for stratum, gold, pred in _cells(outcome):
            digest = hashlib.blake2b(f"{gold}\n{pred}".encode("utf-8", "surrogatepass"), digest_size=6).digest()
            kept = self._drawn.setdefault(stratum, [])
            entry = (-int.from_bytes(digest, "big"), gold, pred, outcome.language)
            if entry in kept:
                continue
            heapq.heappush(kept, entry)
            if len(kept) > PER_STRATUM:
                heapq.heappop(kept)

    def questions(self) -> list[tuple[str, Question]]:
        """The sampled cells, stratum by stratum."""
        return [
            (stratum, Question(kind="match", gold=gold, pred=pred, language=language))
            for stratum in STRATA
            for _, gold, pred, language in sorted(self._drawn.get(stratum, []), reverse=True)
        ]


def audited(asked: Sequence[tuple[str, Question]], said: Sequence[Judgement]) -> dict[str, dict[str, float | None]]:
    """Per stratum: cells answered, decisions the judge calls wrong, their share and its one-sided 95 % bound."""
    result = {}
    for stratum in STRATA:
        labels = [
            judgement.label
            for (drawn, _), judgement in zip(asked, said, strict=True)
            if drawn == stratum and judgement.label not in (None, "unsure")
        ]
        wrong = sum(label in _WRONG[stratum] for label in labels)
        share = wrong / len(labels) if labels else None
        result[stratum] = {
            "n": len(labels),
            "wrong": wrong,
            "share": share,
            "low": None if share is None else wilson(share, len(labels))[0],
            "at_most": None if share is None else upper_bound(share, len(labels)),
        }
    return result


def widened(scores: Iterable[Score], audit: Mapping[str, Mapping[str, float | None]]) -> tuple[Score, ...]:
    """Scores whose bounds hold the error found: right decisions that are wrong, and wrong ones that are right."""
    too_high = audit["correct"]["share"] or 0.0
    too_low = max(audit["value_error"]["share"] or 0.0, audit["floor"]["share"] or 0.0)
    return tuple(_widened(score, too_high, too_low) if score.metric in _WIDENED else score for score in scores)


def _widened(score: Score, too_high: float, too_low: float) -> Score:
    if score.value is None:
        return score
    low = score.value if score.bound_low is None else score.bound_low
    high = score.value if score.bound_high is None else score.bound_high
    return replace(score, bound_low=low * (1 - too_high), bound_high=high + (1 - high) * too_low)


def _cells(outcome: DialogueOutcome) -> Iterator[tuple[str, str, str]]:
    """(stratum, gold text, predicted text) of what rules decided."""
    gold = {item.gid: item.text for item in outcome.gold}
    for item in outcome.predicted:
        by_rules = item.state in ("correct", "partial", "value_error") and not item.decided_by.by.startswith("judge")
        if by_rules and item.partner in gold:
            yield item.state, gold[item.partner], item.text
    missed = [item for item in outcome.gold if item.state == "missed" and item.decided_by.by == "floor"]
    for item in outcome.predicted:
        if missed and item.partner is None and item.state != "invalid":
            pool = [each for each in missed if (each.kind == "fact") == (item.kind == "fact")]
            if pool:
                yield "floor", pool[item.index % len(pool)].text, item.text
