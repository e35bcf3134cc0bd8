"""Quantiles of latencies: exact values, order-statistic intervals, and the ratio of a quantile between two systems.

An order-statistic interval needs no shape of the distribution: the number of samples below the true quantile is
binomial, so two ranks bracket it (David and Nagaraja, Order Statistics, 7.1). It takes samples as independent; where a
server drifts they are not, and the ratio between two systems is therefore bootstrapped over whole blocks of samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrik, stdtrit

from evals.scoring.statistics import CONFIDENCE, Vector

RESAMPLES = 1000
_TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracketed:
    """A value and its two-sided 95 % interval; an end is None where the samples cannot show it."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Samples and the block each belongs to, numbered from 0: a stretch of time, or the dialogue asked about."""

    samples: Vector
    block: NDArray[np.intp]


def rank_of(share: float, n: int) -> int:
    """Nearest rank, counted from 0: the smallest of n samples that at least `share` of them do not exceed."""
    return max(0, -int(-share * n // 1) - 1)


def quantile(samples: Vector, share: float) -> Bracketed:
    """The nearest-rank quantile of independent samples with its order-statistic interval; None for no samples."""
    n = len(samples)
    if not n:
        return Bracketed(value=None)
    below, above = _bracketing_ranks(share, n)
    wanted = [rank for rank in (below, rank_of(share, n), above) if rank is not None]
    ordered = np.partition(samples, sorted(set(wanted)))
    return Bracketed(
        value=float(ordered[rank_of(share, n)]),
        low=None if below is None else float(ordered[below]),
        high=None if above is None else float(ordered[above]),
    )


def quantile_ratio(base: Blocks, candidate: Blocks, share: float, *, paired: bool, seed: int) -> Bracketed:
    """One quantile of `quantile_ratios`."""
    return quantile_ratios(base, candidate, (share,), paired=paired, seed=seed)[0]


def quantile_ratios(
    base: Blocks, candidate: Blocks, shares: Sequence[float], *, paired: bool, seed: int
) -> tuple[Bracketed, ...]:
    """Candidate's quantiles over base's, with t intervals on the logarithm from one bootstrap over blocks.

    `paired` draws block i of both sides together: blocks that were measured side by side, or the same dialogues. Null
    where a side is empty or its quantile is not positive; without an interval where a side has fewer than two blocks.
    """
    sides = (_Sorted.of(base), _Sorted.of(candidate))
    if not all(side.blocks for side in sides):
        return tuple(Bracketed(value=None) for _ in shares)
    seen = _logs(sides, shares, tuple(np.ones(side.blocks) for side in sides))
    fewest = min(side.blocks for side in sides)
    if fewest < 2:
        return tuple(Bracketed(value=None if math.isnan(log) else math.exp(log)) for log in seen)
    rng = np.random.default_rng(seed)
    drawn = np.array([_logs(sides, shares, _draw(rng, sides, paired)) for _ in range(RESAMPLES)])
    t = float(stdtrit(fewest - 1, 1 - _TAIL))
    return tuple(_around(float(log), drawn[:, place], t) for place, log in enumerate(seen))


def _around(log: float, drawn: Vector, t: float) -> Bracketed:
    """The ratio whose logarithm this is, and t standard errors around it."""
    if math.isnan(log):
        return Bracketed(value=None)
    known = drawn[~np.isnan(drawn)]
    if len(known) < 2:
        return Bracketed(value=math.exp(log))
    reach = t * float(np.std(known, ddof=1))
    return Bracketed(value=math.exp(log), low=math.exp(log - reach), high=math.exp(log + reach))


def _bracketing_ranks(share: float, n: int) -> tuple[int | None, int | None]:
    """The ranks, from 0, whose samples lie below and above the true quantile with 2.5 % error each."""
    lower = _highest_count(share, n)  # samples [0, lower) lie below the quantile but for 2.5 % of the time
    upper = n - _highest_count(1 - share, n)
    return (lower - 1 if lower > 0 else None), (upper if upper < n else None)


def _highest_count(share: float, n: int) -> int:
    """The most k for which fewer than k of n samples fall below the quantile at most 2.5 % of the time."""
    k = max(0, math.floor(float(bdtrik(_TAIL, n, share)))) + 1
    while k > 0 and float(bdtr(k - 1, n, share)) > _TAIL:
        k -= 1
    return k


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Samples in order, so that a resample of blocks is a set of weights and its quantile one cumulative sum."""

    samples: Vector
    block: NDArray[np.intp]
    blocks: int

    @classmethod
    def of(cls, given: Blocks) -> _Sorted:
        order = np.argsort(given.samples, kind="stable")
        block = given.block[order]
        return cls(given.samples[order], block, int(block.max()) + 1 if len(block) else 0)

    def quantiles(self, shares: Sequence[float], weights: Vector) -> Vector:
        """The quantiles when block b counts `weights[b]` times; NaN where every sample has weight 0."""
        reached = np.cumsum(weights[self.block])
        if not len(reached) or reached[-1] == 0:
            return np.full(len(shares), np.nan)
        wanted = np.array(shares) * (reached[-1] * (1 - 1e-9))  # a rank that rounding pushed over the edge
        found: Vector = self.samples[np.searchsorted(reached, wanted)]
        return found


def _draw(rng: np.random.Generator, sides: tuple[_Sorted, _Sorted], paired: bool) -> tuple[Vector, Vector]:
    """How often each block of either side is drawn."""
    if paired:
        blocks = max(side.blocks for side in sides)
        counts = np.bincount(rng.integers(blocks, size=blocks), minlength=blocks).astype(np.float64)
        return counts, counts
    drawn = [np.bincount(rng.integers(side.blocks, size=side.blocks), minlength=side.blocks) for side in sides]
    return drawn[0].astype(np.float64), drawn[1].astype(np.float64)


def _logs(sides: tuple[_Sorted, _Sorted], shares: Sequence[float], weights: Sequence[Vector]) -> Vector:
    """The logarithms of the ratios; NaN where a side has no positive quantile."""
    bottom, top = (side.quantiles(shares, weight) for side, weight in zip(sides, weights, strict=True))
    positive = (bottom > 0) & (top > 0)
    logs = np.full(len(shares), np.nan)
    logs[positive] = np.log(top[positive] / bottom[positive])
    return logs
