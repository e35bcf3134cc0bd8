"""Is a difference between two runs more than chance? Swaps which run is which, cluster by cluster.

Were the two runs alike, each cluster's counts could as well have been the other's. The share of random swaps whose
difference is at least as far from 0 as the one seen is the p-value, with the add-one correction of Phipson and Smyth
(2010), so that it is never 0. Nothing is assumed of the distribution; the t interval is what it checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evals.scoring.counted import Counted
from evals.scoring.counts import INDEX, NAMES
from evals.scoring.legality import ROWS
from evals.scoring.metrics import METRICS
from evals.scoring.slices import row_of, slices_of
from evals.scoring.statistics import Vector

SWAPS = 10_000
_AT_ONCE = 2**24  # random signs in memory at a time
_ROW_INDEX = {row: position for position, row in enumerate(ROWS)}


class SwapTest:
    """The clusters of one metric in one slice: memory is a few counts a cluster."""

    def __init__(self, metric: str, slice: str = "all") -> None:
        self._metric, self._slice = METRICS[metric], slice
        self._columns = np.array(sorted(INDEX[name] for name in self._metric.names()), dtype=np.intp)
        self._last: str | None = None  # the cluster that may go on in the next block
        self._sums: list[Vector] = []

    def add(self, candidate: Counted, base: Counted) -> None:
        """Add counted dialogues, the same ones on both sides; records of a cluster stand together."""
        row = _ROW_INDEX[row_of(self._slice)]
        inside = [at for at, header in enumerate(candidate.headers) if self._belongs(slices_of(header))]
        if not inside:
            return
        sides = (side.averaged()[inside, row][:, self._columns] for side in (candidate, base))
        vectors = np.concatenate(tuple(sides), axis=1)
        names = [candidate.headers[at].cluster for at in inside]
        starts = [at for at, name in enumerate(names) if at == 0 or name != names[at - 1]]
        sums: Vector = np.add.reduceat(vectors, starts, axis=0)
        if self._last == names[0]:
            self._sums[-1][-1] += sums[0]
            sums = sums[1:]
        self._last = names[-1]
        if len(sums):
            self._sums.append(sums)

    def p_value(self, *, seed: int, swaps: int = SWAPS) -> float | None:
        """Two-sided; None where the difference is not defined or there are fewer than two clusters."""
        if not self._sums:
            return None
        sides = np.concatenate(self._sums)
        width = len(self._columns)
        gaps, total = sides[:, :width] - sides[:, width:], sides[:, :width] + sides[:, width:]
        observed = self._difference(total.sum(axis=0)[None], gaps.sum(axis=0)[None])[0]
        if np.isnan(observed) or len(sides) < 2:
            return None
        rng = np.random.default_rng(seed)
        nearer = 0
        for drawn in _signs(rng, swaps, len(sides)):
            found = self._difference(total.sum(axis=0)[None], drawn @ gaps)
            nearer += int((np.abs(found) < abs(observed) - 1e-12).sum())
        return (swaps - nearer + 1) / (swaps + 1)

    def _belongs(self, slices: Sequence[tuple[object, tuple[str, ...]]]) -> bool:
        return self._slice == "all" or any(self._slice in names for _, names in slices)

    def _difference(self, total: Vector, gaps: Vector) -> Vector:
        """candidate − base of the metric, for summed counts given as their total and their gaps."""
        candidate, base = ((total + sign * gaps) / 2 for sign in (1, -1))
        return self._metric.values(self._whole(candidate)) - self._metric.values(self._whole(base))

    def _whole(self, counts: Vector) -> Vector:
        whole = np.zeros((len(counts), len(NAMES)))
        whole[:, self._columns] = counts
        return whole


def _signs(rng: np.random.Generator, swaps: int, clusters: int) -> Iterator[Vector]:
    """Random signs, swaps × clusters, in parts that fit into memory."""
    at_once, width = max(1, _AT_ONCE // clusters), -(-clusters // 8)
    for start in range(0, swaps, at_once):
        drawn = min(at_once, swaps - start)
        packed = np.frombuffer(rng.bytes(drawn * width), dtype=np.uint8).reshape(drawn, width)
        signs: Vector = np.unpackbits(packed, axis=1, count=clusters).astype(np.float64) * 2 - 1
        yield signs
