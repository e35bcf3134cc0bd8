"""Latency of two runs side by side: the ratio of a percentile over the dialogues both answered, with its interval.

Dialogues are drawn in pairs, because a long one is slow for either system. A run measures the calls it made, a few at a
time, and was no load test; benches are compared by stretches of time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from evals.scoring.counted import Counted
from evals.scoring.latency import PERCENTILES
from evals.scoring.quantiles import Blocks, Bracketed, quantile, quantile_ratios
from evals.scoring.shift import hodges_lehmann
from evals.scoring.statistics import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyDelta:
    """One percentile of both sides in milliseconds, and the ratio candidate / base with its 95 % interval."""

    percentile: str
    base_ms: float | None
    candidate_ms: float | None
    ratio: Bracketed
    n: int


@dataclass(slots=True)
class PairedLatencies:
    """The latencies of the dialogues both runs answered; two numbers a call are kept."""

    base: list[Blocks] = field(default_factory=list)
    candidate: list[Blocks] = field(default_factory=list)
    dialogues: int = 0

    def add(self, base: Counted, candidate: Counted) -> None:
        """Add counted dialogues, the same ones on both sides; those measured on one side alone are left out."""
        known = [np.maximum.reduceat(~np.isnan(side.latency_ms), side.starts) for side in (base, candidate)]
        both = known[0] & known[1]
        numbers = np.cumsum(both) - 1 + self.dialogues
        for side, kept in ((base, self.base), (candidate, self.candidate)):
            owner = np.repeat(np.arange(len(side.headers)), side.repeats)
            used = both[owner] & ~np.isnan(side.latency_ms)
            kept.append(Blocks(samples=side.latency_ms[used], block=numbers[owner[used]]))
        self.dialogues += int(both.sum())

    def deltas(self, *, seed: int) -> tuple[LatencyDelta, ...]:
        """p50 … p99.9 where both sides have enough samples for them; nothing where nothing was measured."""
        return latency_deltas(_joined(self.base), _joined(self.candidate), paired=True, seed=seed)

    def shift_ms(self) -> Bracketed:
        """The Hodges–Lehmann shift of the means of the dialogues, in milliseconds."""
        sides = [_means(_joined(side)) for side in (self.base, self.candidate)]
        return hodges_lehmann(sides[0], sides[1])


def latency_deltas(base: Blocks, candidate: Blocks, *, paired: bool, seed: int) -> tuple[LatencyDelta, ...]:
    """Every percentile that both sets of samples have enough of."""
    n = min(len(base.samples), len(candidate.samples))
    shares = {name: share for name, (share, fewest) in PERCENTILES.items() if n >= fewest}
    ratios = quantile_ratios(base, candidate, tuple(shares.values()), paired=paired, seed=seed) if shares else ()
    return tuple(
        LatencyDelta(
            percentile=name,
            base_ms=quantile(base.samples, share).value,
            candidate_ms=quantile(candidate.samples, share).value,
            ratio=ratio,
            n=n,
        )
        for (name, share), ratio in zip(shares.items(), ratios, strict=True)
    )


def _joined(parts: Iterable[Blocks]) -> Blocks:
    held = list(parts)
    return Blocks(
        samples=np.concatenate([part.samples for part in held] or [np.zeros(0)]),
        block=np.concatenate([part.block for part in held] or [np.zeros(0, dtype=np.intp)]),
    )


def _means(blocks: Blocks) -> Vector:
    """The mean of each block; blocks stand together."""
    if not len(blocks.samples):
        return blocks.samples
    starts = np.flatnonzero(np.diff(blocks.block, prepend=-1))
    sums: Vector = np.add.reduceat(blocks.samples, starts)
    return sums / np.diff(starts, append=len(blocks.samples))
