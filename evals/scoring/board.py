"""The score board: outcomes in, one at a time, scores with intervals out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import deepcopy

import numpy as np

from evals.results import DialogueOutcome, Score
from evals.scoring.confusion import Confusion
from evals.scoring.counted import Counted, Counting
from evals.scoring.counts import NAMES
from evals.scoring.formula import Total
from evals.scoring.metrics import METRICS, Metric
from evals.scoring.slices import row_of
from evals.scoring.statistics import Interval, Sums, Vector, standard_error, t_interval, upper_bound, wilson
from evals.scoring.stream import ClusterStream, Wanted

SMALL_DIALOGUES = 50
SMALL_CLUSTERS = 20
NOT_ASKED = "not asked"
LABEL_METRICS = frozenset(("precision", "recall", "f1", "unsupported_rate", "memories_per_dialogue", "error_rate"))
POSITION = {name: position for position, name in enumerate(METRICS)}


def _denominators() -> Vector:
    """Each metric's denominator as a row of weights: `size` is linear, so unit vectors spell it out."""
    return np.array([[metric.size(unit) for unit in np.eye(len(NAMES))] for metric in METRICS.values()])


DENOMINATORS = _denominators()


class ScoreBoard:
    """The scores of one run, in memory that does not grow with it.

    Dialogues come in dataset order: records of a cluster together, repeats of one id adjacent (their counts are
    averaged). `scores` may be asked for at any time and changes nothing.
    """

    def __init__(self, *, keep: Callable[[Counted], object] | None = None, wanted: Wanted | None = None) -> None:
        """`keep` is handed every block of counted dialogues as it is complete, the last by `close`; `wanted` says
        which slices are scored (None: all)."""
        self._counting = Counting()
        self._stream = ClusterStream(presence=DENOMINATORS, wanted=wanted)
        self._confusion = Confusion()
        self._keep = keep

    def add(self, outcome: DialogueOutcome) -> None:
        """Add one dialogue, or one repeat of the dialogue added last."""
        self._take(self._counting.add(outcome))
        self._confusion.add(outcome)

    def add_block(self, block: Counted) -> None:
        """Add dialogues that were counted before; their types are not known, so that `confusion` leaves them out."""
        self._take(block)

    def close(self) -> None:
        """No dialogue follows."""
        self._take(self._counting.rest())

    def scores(self, metrics: Collection[str] = METRICS) -> tuple[Score, ...]:
        """Metrics in every slice they have a meaning in; slices in display order, metrics in that of `METRICS`."""
        stream = self._stream
        if (block := self._counting.pending()) is not None:
            stream = deepcopy(stream)
            stream.add(block.headers, block.averaged())
        return tuple(
            _score(metric, name, sums)
            for name, sums in stream.sums().items()
            for metric in METRICS.values()
            if metric.name in metrics and has_meaning(metric, name)
        )

    def confusion(self) -> dict[str, dict[str, dict[str, int]]]:
        """`memory_type`, `preference_type` and `list_leak`: gold label → predicted label → pairs, over all repeats."""
        return self._confusion.table()

    def _take(self, block: Counted | None) -> None:
        if block is None:
            return
        self._stream.add(block.headers, block.averaged())
        if self._keep:
            self._keep(block)


def has_meaning(metric: Metric, slice: str) -> bool:
    """Whether a metric is taken in a slice: labels have a few, kinds those that speak of the kind."""
    if slice.startswith("label=") and metric.name not in LABEL_METRICS:
        return False
    kind = row_of(slice)
    if kind is None:
        return metric.estimate is not None or slice == "all"
    return kind in metric.kinds


def ordered_bounds(bounds: tuple[float | None, float | None], value: float | None) -> tuple[float | None, float | None]:
    """The bounds, widened by the rounding error that could leave the value outside."""
    low, high = bounds
    if value is None or low is None or high is None:
        return low, high
    return min(low, value), max(high, value)


def size_note(value: float | None, dialogues: float, clusters: float) -> str | None:
    """What so few dialogues or clusters can show of a value; None where there are enough."""
    if value is None:
        return None
    if clusters < 2:
        return "one cluster: no interval"
    return "small sample" if dialogues < SMALL_DIALOGUES or clusters < SMALL_CLUSTERS else None


def _score(metric: Metric, slice: str, sums: Sums) -> Score:
    value = metric.value(sums.counts)
    n = max(metric.size(sums.counts), 0.0)
    dialogues, clusters = (float(seen[POSITION[metric.name]]) for seen in (sums.dialogues, sums.clusters))
    low, high = _interval(metric, value, n, sums, clusters) or (None, None)
    bound_low, bound_high = ordered_bounds(metric.bounds(sums.counts), value)
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


def _note(metric: Metric, value: float | None, counts: Vector, dialogues: float, clusters: float) -> str | None:
    seen = dict(zip(NAMES, counts, strict=True))
    if not seen["dialogues"]:
        return NOT_ASKED
    parts = [metric.note, size_note(value, dialogues, clusters)]
    if value is None:
        parts.append("all unjudged" if metric.bounds(counts)[0] is not None else metric.null_note)
    if value is None and metric.needs and not seen[metric.needs]:
        parts.append(f"needs {metric.needs} gold")
    formula = metric.estimate.value if metric.estimate else None
    if isinstance(formula, Total) and value is not None:
        parts.append(_rate_note(formula, counts, clusters))
    return "; ".join(part for part in parts if part) or None


def _rate_note(total: Total, counts: Vector, clusters: float) -> str:
    """How often it happened, and how often it may: `0 of 300: at most 1.0 %`."""
    n, share = total.size(counts), total.share(counts)
    among = f" in {clusters:.0f} clusters" if clusters < n else ""
    return f"{share * n:.4g} of {n:.0f}{among}: at most {100 * upper_bound(share, min(n, clusters)):.1f} %"
