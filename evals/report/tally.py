"""Counts what became of every item, in one pass over the outcomes, and keeps the dialogues that went worst."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import get_args

from evals.results import DialogueOutcome
from evals.types import KINDS, GoldState, PredictionState

WORST_KEPT = 10
UNKNOWN_KIND = "unknown"
PREDICTION_STATES: tuple[str, ...] = get_args(PredictionState)
GOLD_STATES: tuple[str, ...] = get_args(GoldState)
SIDES = ("predicted", "gold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts over all dialogues and repeats.

    `states[side][kind][state]` and `deciders[side][by][state]` with side "predicted" or "gold"; a prediction of
    unknown type counts under the kind "unknown". `worst` stands worst first. `latencies_ms` are those of answers that
    did not fail, eight bytes each.
    """

    dialogues: int
    answers: int
    failed: int
    states: dict[str, dict[str, Counter[str]]]
    deciders: dict[str, dict[str, Counter[str]]]
    worst: tuple[DialogueOutcome, ...]
    latencies_ms: Sequence[float] = ()

    def kinds(self) -> tuple[str, ...]:
        """The kinds with any item on either side, in the usual order."""
        present = set(self.states["predicted"]) | set(self.states["gold"])
        return tuple(kind for kind in (*KINDS, UNKNOWN_KIND) if kind in present)


@dataclass(frozen=True, slots=True, order=True)
class Harm:
    """How badly a dialogue went: one forbidden memory outweighs any number of inventions, and so on down."""

    forbidden: int
    hallucinated: int
    value_error: int
    missed: int


def harm(outcome: DialogueOutcome) -> Harm:
    """The harm done in one dialogue; optional gold items are never missed."""
    predicted = Counter(item.state for item in outcome.predicted)
    missed = sum(item.state == "missed" and not item.optional for item in outcome.gold)
    return Harm(predicted["forbidden"], predicted["hallucinated"], predicted["value_error"], missed)


def tally(outcomes: Iterable[DialogueOutcome], *, keep: int = WORST_KEPT) -> Tally:
    """Count a stream of outcomes, repeats of one dialogue adjacent, in memory bounded by the `keep` worst dialogues.

    Of a dialogue's repeats only the worst is kept; among equals, the earlier one.
    """
    states: dict[str, dict[str, Counter[str]]] = {side: {} for side in SIDES}
    deciders: dict[str, dict[str, Counter[str]]] = {side: {} for side in SIDES}
    worst: list[tuple[Harm, int, DialogueOutcome]] = []
    latencies_ms = array("d")
    dialogues = answers = failed = 0
    for dialogues, (_, group) in enumerate(groupby(outcomes, key=lambda outcome: outcome.id), start=1):
        repeats = tuple(group)
        answers += len(repeats)
        failed += sum(outcome.error is not None for outcome in repeats)
        for outcome in repeats:
            _count(outcome, states, deciders)
            if outcome.latency_ms is not None and outcome.error is None:
                latencies_ms.append(outcome.latency_ms)
        _keep(worst, max(repeats, key=harm), position=dialogues, keep=keep)
    ordered = sorted(worst, key=lambda entry: entry[:2], reverse=True)
    return Tally(
        dialogues=dialogues,
        answers=answers,
        failed=failed,
        states=states,
        deciders=deciders,
        worst=tuple(outcome for _, _, outcome in ordered),
        latencies_ms=latencies_ms,
    )


def _count(
    outcome: DialogueOutcome,
    states: dict[str, dict[str, Counter[str]]],
    deciders: dict[str, dict[str, Counter[str]]],
) -> None:
    for side, items in (("predicted", outcome.predicted), ("gold", outcome.gold)):
        for item in items:
            states[side].setdefault(item.kind or UNKNOWN_KIND, Counter())[item.state] += 1
            deciders[side].setdefault(item.decided_by.by, Counter())[item.state] += 1


def _keep(
    worst: list[tuple[Harm, int, DialogueOutcome]], outcome: DialogueOutcome, *, position: int, keep: int
) -> None:
    entry = (harm(outcome), -position, outcome)  # the negative position breaks every tie: outcomes are never compared
    if entry[0] == Harm(0, 0, 0, 0):
        return
    if len(worst) < keep:
        heapq.heappush(worst, entry)
    else:
        heapq.heappushpop(worst, entry)
