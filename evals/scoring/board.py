"""The score boards: outcomes in, one at a time, scores with intervals out. One run, or two runs paired."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from evals.scoring.confusion import Confusion
from evals.scoring.counts import NAMES, count
from evals.scoring.formula import Total
from evals.scoring.legality import Row
from evals.scoring.metrics import METRICS, Metric
from evals.scoring.slices import row_of
from evals.scoring.statistics import Interval, Sums, Vector, standard_error, t_interval, upper_bound, wilson
from evals.scoring.stream import ClusterStream
from evals.types import DialogueOutcome, Score

SMALL_DIALOGUES = 50
SMALL_CLUSTERS = 20
NOT_ASKED = "not asked"
LABEL_METRICS = frozenset(("precision", "recall", "f1", "unsupported_rate", "memories_per_dialogue", "error_rate"))

_POSITION = {name: position for position, name in enumerate(METRICS)}
_WIDTH = len(NAMES)


def _denominators() -> Vector:
    """Each metric's denominator as a row of weights: `size` is linear, so unit vectors spell it out."""
    return np.array([[metric.size(unit) for unit in np.eye(_WIDTH)] for metric in METRICS.values()])


_DENOMINATORS = _denominators()


class ScoreBoard:
    """The scores of one run, in memory that does not grow with it.

    Dialogues come in dataset order: records of a cluster together, repeats of one id adjacent (their counts are
    averaged). `scores` may be asked for at any time and changes nothing.
    """

    def __init__(self) -> None:
        self._stream = ClusterStream(counts=_WIDTH, presence=_DENOMINATORS)
        self._confusion = Confusion()

    def add(self, outcome: DialogueOutcome) -> None:
        """Add one dialogue, or one repeat of the dialogue added last."""
        self._stream.add(outcome, _vectors(outcome))
        self._confusion.add(outcome)

    def scores(self) -> tuple[Score, ...]:
        """Every metric in every slice it has a meaning in; slices in display order, metrics in that of `METRICS`."""
        return tuple(
            _score(metric, name, sums)
            for name, sums in self._stream.sums().items()
            for metric in METRICS.values()
            if _has_meaning(metric, name)
        )

    def confusion(self) -> dict[str, dict[str, dict[str, int]]]:
        """`memory_type`, `preference_type` and `list_leak`: gold label → predicted label → pairs, over all repeats."""
        return self._confusion.table()


class PairedBoard:
    """Two runs over the same dialogues: differences a − b, each with the interval of the pairs.

    Pairing takes out what both runs share, which makes it about ten times as sharp as comparing two intervals.
    """

    def __init__(self) -> None:
        self._stream = ClusterStream(counts=2 * _WIDTH, presence=np.hstack((_DENOMINATORS, _DENOMINATORS)))

    def add(self, a: DialogueOutcome, b: DialogueOutcome) -> None:
        """Add one dialogue as both runs answered it. Raises ValueError when they are not the same dialogue."""
        if (a.id, a.cluster, a.asked) != (b.id, b.cluster, b.asked):
            raise ValueError(f"dialogues {a.id!r} and {b.id!r} cannot be paired: id, cluster or types asked for differ")
        left, right = _vectors(a), _vectors(b)
        self._stream.add(a, {row: np.concatenate((left[row], right[row])) for row in left})

    def differences(
        self, metrics: Iterable[str] | None = None, slices: Iterable[str] | None = None
    ) -> tuple[Score, ...]:
        """a − b for the chosen metrics and slices (None: all); `n` counts the paired dialogues with a denominator.

        Bounds take the open items of the two runs at their worst against each other. A slice nothing was seen of has
        no scores. Raises KeyError for an unknown metric.
        """
        chosen = [METRICS[name] for name in (METRICS if metrics is None else metrics)]
        seen = self._stream.sums()
        return tuple(
            _difference(metric, name, seen[name])
            for name in (seen if slices is None else slices)
            if name in seen
            for metric in chosen
            if _has_meaning(metric, name)
        )


def _vectors(outcome: DialogueOutcome) -> dict[Row, Vector]:
    return {row: np.fromiter(tally.values(), dtype=np.float64, count=_WIDTH) for row, tally in count(outcome).items()}


def _has_meaning(metric: Metric, slice: str) -> bool:
    if slice.startswith("label=") and metric.name not in LABEL_METRICS:
        return False
    kind = row_of(slice)
    if kind is None:
        return metric.estimate is not None or slice == "all"
    return kind in metric.kinds


def _score(metric: Metric, slice: str, sums: Sums) -> Score:
    value = metric.value(sums.counts)
    n = max(metric.size(sums.counts), 0.0)
    dialogues, clusters = (float(seen[_POSITION[metric.name]]) for seen in (sums.dialogues, sums.clusters))
    low, high = _interval(metric, value, n, sums, clusters) or (None, None)
    bound_low, bound_high = _ordered(metric.bounds(sums.counts), value)
    return Score(
        metric=metric.name,
        slice=slice,
        value=value,
        low=low,
        high=high,
        bound_low=bound_low,
        bound_high=bound_high,
        n=n,
        dialogues=round(dialogues),
        clusters=round(clusters),
        higher_is_better=metric.higher_is_better,
        note=_note(metric, value, sums.counts, dialogues, clusters),
    )


def _interval(metric: Metric, value: float | None, n: float, sums: Sums, clusters: float) -> Interval | None:
    if value is None or metric.estimate is None or isinstance(metric.estimate.value, Total):
        return None
    error = standard_error(metric.gradient(sums.counts), sums, clusters)
    if error is None:
        return None
    if metric.is_rate and value in (0.0, 1.0):
        return wilson(value, min(n, clusters))  # no variance was seen; draws inside a cluster are not independent
    if error == 0 and clusters < SMALL_CLUSTERS:
        return None  # a handful of equal clusters shows no certainty
    low, high = t_interval(value, error, clusters)
    return max(low, 0.0), min(high, 1.0) if metric.is_rate else high


def _difference(metric: Metric, slice: str, sums: Sums) -> Score:
    a, b = sums.counts[:_WIDTH], sums.counts[_WIDTH:]
    dialogues, clusters = (float(seen[_POSITION[metric.name]]) for seen in (sums.dialogues, sums.clusters))
    left, right = metric.value(a), metric.value(b)
    value = None if left is None or right is None else left - right
    error = standard_error(np.concatenate((metric.gradient(a), -metric.gradient(b))), sums, clusters)
    low, high = (None, None) if value is None or error is None else t_interval(value, error, clusters)
    if metric.is_rate and low is not None and high is not None:
        low, high = max(low, -1.0), min(high, 1.0)
    (a_low, a_high), (b_low, b_high) = metric.bounds(a), metric.bounds(b)
    bounds = (
        None if a_low is None or b_high is None else a_low - b_high,
        None if a_high is None or b_low is None else a_high - b_low,
    )
    bound_low, bound_high = _ordered(bounds, value)
    return Score(
        metric=metric.name,
        slice=slice,
        value=value,
        low=low,
        high=high,
        bound_low=bound_low,
        bound_high=bound_high,
        n=0 if value is None else dialogues,
        dialogues=round(dialogues),
        clusters=round(clusters),
        higher_is_better=metric.higher_is_better,
        note=_size_note(value, dialogues, clusters) or metric.note,
    )


def _ordered(bounds: tuple[float | None, float | None], value: float | None) -> tuple[float | None, float | None]:
    """The bounds, widened by the rounding error that could leave the value outside."""
    low, high = bounds
    if value is None or low is None or high is None:
        return low, high
    return min(low, value), max(high, value)


def _note(metric: Metric, value: float | None, counts: Vector, dialogues: float, clusters: float) -> str | None:
    seen = dict(zip(NAMES, counts, strict=True))
    if not seen["dialogues"]:
        return NOT_ASKED
    parts = [metric.note, _size_note(value, dialogues, clusters)]
    if value is None and metric.bounds(counts)[0] is not None:
        parts.append("all unjudged")
    if value is None and metric.needs and not seen[metric.needs]:
        parts.append(f"needs {metric.needs} gold")
    formula = metric.estimate.value if metric.estimate else None
    if isinstance(formula, Total) and value is not None:
        parts.append(_rate_note(formula, counts, clusters))
    return "; ".join(part for part in parts if part) or None


def _size_note(value: float | None, dialogues: float, clusters: float) -> str | None:
    if value is None:
        return None
    if clusters < 2:
        return "one cluster: no interval"
    return "small sample" if dialogues < SMALL_DIALOGUES or clusters < SMALL_CLUSTERS else None


def _rate_note(total: Total, counts: Vector, clusters: float) -> str:
    """How often it happened, and how often it may: `0 of 300: at most 1.0 %`."""
    n, share = total.size(counts), total.share(counts)
    among = f" in {clusters:.0f} clusters" if clusters < n else ""
    return f"{share * n:.4g} of {n:.0f}{among}: at most {100 * upper_bound(share, min(n, clusters)):.1f} %"
