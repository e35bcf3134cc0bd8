"""Two runs over the same dialogues: differences candidate − base, each with the interval of the pairs.

Pairing takes out what both runs share, which makes it about ten times as sharp as comparing two intervals.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from evals.results import DialogueOutcome, Score
from evals.scoring.board import DENOMINATORS, POSITION, has_meaning, ordered_bounds, size_note
from evals.scoring.counted import Counted, Counting
from evals.scoring.counts import INDEX, NAMES
from evals.scoring.formula import Formula
from evals.scoring.metrics import METRICS, Metric
from evals.scoring.statistics import Sums, Vector, standard_error, t_interval
from evals.scoring.stream import ClusterStream, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A difference and its standard error (clustered, delta method) when open items are read in one way."""

    difference: float | None
    error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One metric in one slice of two runs. `base` and `candidate` are the values, `difference` candidate − base.

    [low, high] is the 95 % interval of the difference. Open items are left out of `difference`; `open_low` and
    `open_high` are what it would be were those of both sides counted wrong, and right. `dialogues` and `clusters` had a
    denominator on either side.
    """

    metric: str
    slice: str
    base: float | None
    candidate: float | None
    difference: float | None
    error: float | None
    low: float | None
    high: float | None
    open_low: Reading
    open_high: Reading
    bound_low: float | None
    bound_high: float | None
    dialogues: int
    clusters: int
    higher_is_better: bool | None
    note: str | None = None

    def score(self) -> Score:
        """The difference as a Score; bounds take the open items of the two runs at their worst against each other."""
        return Score(
            metric=self.metric,
            slice=self.slice,
            value=self.difference,
            low=self.low,
            high=self.high,
            bound_low=self.bound_low,
            bound_high=self.bound_high,
            n=0 if self.difference is None else self.dialogues,
            dialogues=self.dialogues,
            clusters=self.clusters,
            higher_is_better=self.higher_is_better,
            note=self.note,
        )


class PairedBoard:
    """The differences between two runs, in memory that grows with slices and metrics alone."""

    def __init__(self, metrics: Iterable[str] | None = None, *, wanted: Wanted | None = None) -> None:
        """`metrics` and `wanted` slices are kept (None: all). Raises KeyError for an unknown metric."""
        self._metrics = tuple(METRICS[name] for name in (METRICS if metrics is None else metrics))
        used = frozenset[str]().union(*(metric.names() for metric in self._metrics))
        self._columns = np.array(sorted(INDEX[name] for name in used), dtype=np.intp)
        denominators = DENOMINATORS[:, self._columns]
        self._stream = ClusterStream(presence=np.hstack((denominators, denominators)), wanted=wanted)
        self._sides = (Counting(), Counting())

    def add(self, candidate: DialogueOutcome, base: DialogueOutcome) -> None:
        """Add one dialogue as both runs answered it. Raises ValueError when they are not the same dialogue."""
        if (candidate.id, candidate.cluster, candidate.asked) != (base.id, base.cluster, base.asked):
            raise ValueError(
                f"dialogues {candidate.id!r} and {base.id!r} cannot be paired: id, cluster or types asked for differ"
            )
        ours, theirs = self._sides[0].add(candidate), self._sides[1].add(base)
        if ours is not None and theirs is not None:
            self.add_block(ours, theirs)

    def add_block(self, candidate: Counted, base: Counted) -> None:
        """Add counted dialogues, the same ones on both sides in the same order."""
        self._stream.add(candidate.headers, self._side_by_side(candidate, base))

    def differences(
        self, metrics: Iterable[str] | None = None, slices: Iterable[str] | None = None
    ) -> tuple[Score, ...]:
        """candidate − base for the chosen metrics and slices (None: all); `n` counts the paired dialogues.

        A slice nothing was seen of has no scores. Raises KeyError for an unknown metric.
        """
        return tuple(paired.score() for paired in self.paired(metrics, slices))

    def paired(self, metrics: Iterable[str] | None = None, slices: Iterable[str] | None = None) -> tuple[Paired, ...]:
        """The same with the values of both sides and the standard errors."""
        chosen = self._metrics if metrics is None else tuple(METRICS[name] for name in metrics)
        seen = self._all_seen().sums()
        return tuple(
            self._pair(metric, name, seen[name])
            for name in (seen if slices is None else slices)
            if name in seen
            for metric in chosen
            if has_meaning(metric, name)
        )

    def _all_seen(self) -> ClusterStream:
        candidate, base = (side.pending() for side in self._sides)
        if candidate is None or base is None:
            return self._stream
        stream = deepcopy(self._stream)
        stream.add(candidate.headers, self._side_by_side(candidate, base))
        return stream

    def _side_by_side(self, candidate: Counted, base: Counted) -> Vector:
        sides = (side.averaged()[:, :, self._columns] for side in (candidate, base))
        return np.concatenate(tuple(sides), axis=2)

    def _pair(self, metric: Metric, slice: str, sums: Sums) -> Paired:
        sides = self._whole(sums.counts)
        candidate, base = (metric.value(side) for side in sides)
        dialogues, clusters = (float(seen[POSITION[metric.name]]) for seen in (sums.dialogues, sums.clusters))
        estimate = metric.estimate
        none = Reading(difference=None, error=None)
        value, low, high = (
            (self._reading(formula, sides, sums, clusters) for formula in (estimate.value, estimate.low, estimate.high))
            if estimate
            else (none, none, none)
        )
        ends = _interval(value, clusters, is_rate=metric.is_rate)
        (c_low, c_high), (b_low, b_high) = (metric.bounds(side) for side in sides)
        bounds = (
            None if c_low is None or b_high is None else c_low - b_high,
            None if c_high is None or b_low is None else c_high - b_low,
        )
        bound_low, bound_high = ordered_bounds(bounds, value.difference)
        return Paired(
            metric=metric.name,
            slice=slice,
            base=base,
            candidate=candidate,
            difference=value.difference,
            error=value.error,
            low=ends[0],
            high=ends[1],
            open_low=low,
            open_high=high,
            bound_low=bound_low,
            bound_high=bound_high,
            dialogues=round(dialogues),
            clusters=round(clusters),
            higher_is_better=metric.higher_is_better,
            note=size_note(value.difference, dialogues, clusters) or metric.note,
        )

    def _whole(self, counts: Vector) -> tuple[Vector, Vector]:
        """The summed counts of candidate and base, with the columns that were left out as 0."""
        sides = np.zeros((2, len(NAMES)))
        sides[:, self._columns] = counts.reshape(2, -1)
        return sides[0], sides[1]

    def _reading(self, formula: Formula, sides: tuple[Vector, Vector], sums: Sums, clusters: float) -> Reading:
        candidate, base = (formula.value(side) for side in sides)
        if candidate is None or base is None:
            return Reading(difference=None, error=None)
        gradients = [formula.gradient(side)[self._columns] for side in sides]
        error = standard_error(np.concatenate((gradients[0], -gradients[1])), sums, clusters)
        return Reading(difference=candidate - base, error=error)


def _interval(reading: Reading, clusters: float, *, is_rate: bool) -> tuple[float | None, float | None]:
    if reading.difference is None or reading.error is None:
        return None, None
    low, high = t_interval(reading.difference, reading.error, clusters)
    return (max(low, -1.0), min(high, 1.0)) if is_rate else (low, high)
