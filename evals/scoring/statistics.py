"""Intervals for smooth functions of summed counts, clustered, from running sums alone.

Let x_c be the vector of counts of cluster c, S = Σ x_c, M = Σ x_c x_cᵀ, C the number of clusters, and f(S) a score with
gradient g. To first order f moves by g·x_c when cluster c is drawn once more, so that the influences are
u_c = g·x_c − g·S/C, and

    Var f = C/(C−1) · Σ u_c² = C/(C−1) · (gᵀ M g − (g·S)²/C).

A ratio does not change when all counts are doubled, hence g·S = 0 (Euler) and Var = C/(C−1)·gᵀMg. For
F1 = 2·tp/(pred + gold), g·x_c is (2·tp_c − F·(pred_c + gold_c))/(pred + gold). This is the linearised, cluster-robust
error that Miller recommends ("Adding Error Bars to Evals", arXiv 2411.00640); the interval takes the t quantile with
C−1 degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, stdtrit

Vector = NDArray[np.float64]
Interval = tuple[float, float]

CONFIDENCE = 0.95
_UPPER_TAIL = 1 - (1 - CONFIDENCE) / 2
_AT_ONCE = 16  # clusters; blocks this small stay below the size at which BLAS wakes threads that only spin


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is left of all clusters: sums and second moment of the counts, and where each metric had a denominator."""

    counts: Vector
    second_moment: NDArray[np.float64]
    dialogues: Vector
    clusters: Vector


class Moments:
    """Running sums over closed clusters of one slice. Memory depends on the number of counts only."""

    __slots__ = ("_clusters", "_second_moment", "_sums", "_width")

    def __init__(self, *, counts: int, metrics: int) -> None:
        self._width = counts
        self._sums = np.zeros(counts + metrics)
        self._clusters = np.zeros(metrics)
        self._second_moment = np.zeros((counts, counts))

    def add(self, clusters: Vector) -> None:
        """Add closed clusters, a row each: its counts, then for each metric its dialogues with a denominator."""
        self._sums += clusters.sum(axis=0)
        self._clusters += (clusters[:, self._width :] > 0).sum(axis=0)
        for start in range(0, len(clusters), _AT_ONCE):
            counts = clusters[start : start + _AT_ONCE, : self._width]
            self._second_moment += counts.T @ counts

    def sums(self, unfinished: Vector | None = None) -> Sums:
        """The sums so far, with the cluster still being read counted as if it ended here; changes nothing."""
        extra = np.zeros_like(self._sums) if unfinished is None else unfinished
        counts, presence = extra[: self._width], extra[self._width :]
        return Sums(
            counts=self._sums[: self._width] + counts,
            second_moment=self._second_moment + np.outer(counts, counts),
            dialogues=self._sums[self._width :] + presence,
            clusters=self._clusters + (presence > 0),
        )


def standard_error(gradient: Vector, sums: Sums, clusters: float) -> float | None:
    """The clustered delta-method standard error (formula above); None for fewer than two clusters."""
    if clusters < 2:
        return None
    drift = float(gradient @ sums.counts)
    squares = float(gradient @ sums.second_moment @ gradient) - drift**2 / clusters
    return math.sqrt(max(squares, 0.0) * clusters / (clusters - 1))


def t_interval(value: float, error: float, clusters: float) -> Interval:
    """The two-sided 95 % interval value ± t(C−1)·error."""
    reach = float(stdtrit(clusters - 1, _UPPER_TAIL)) * error
    return value - reach, value + reach


def wilson(rate: float, n: float) -> Interval:
    """Wilson's score interval for a proportion seen in n draws (Wilson 1927), 95 % two-sided."""
    z2 = float(stdtrit(math.inf, _UPPER_TAIL)) ** 2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    reach = math.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(min(centre - reach, rate), 0.0), min(max(centre + reach, rate), 1.0)  # rounding never excludes the rate


def upper_bound(rate: float, n: float) -> float:
    """The one-sided 95 % Clopper–Pearson bound above a proportion seen in n draws: 0 of 300 is at most 1.0 %."""
    hits = rate * n
    return 1.0 if hits >= n else float(betaincinv(hits + 1, n - hits, CONFIDENCE))
