"""Two systems measured in turns, so that what the machine does to one it does to the other: A B B A A B …"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.special import stdtrit

from evals.load.measurement import Step
from evals.load.summary import counted, percentiles
from evals.scoring.quantiles import Blocks, Bracketed, quantile_ratio
from evals.scoring.shift import hodges_lehmann
from evals.scoring.statistics import Vector

RATIOS = {"p50": (0.50, 20), "p95": (0.95, 200), "p99": (0.99, 1000)}


def turns(blocks: int) -> Iterator[tuple[int, int]]:
    """(block, side) in the order measured; the side that begins changes, so that neither always comes second."""
    for block in range(blocks):
        first = block % 2
        yield block, first
        yield block, 1 - first


def comparison(base: Sequence[Step], candidate: Sequence[Step], *, seed: int) -> dict[str, Any]:
    """Candidate against base, block by block: ratios of percentiles and throughput, and the shift of block medians."""
    sides = (_blocks(base), _blocks(candidate))
    found = {
        name: asdict(quantile_ratio(*sides, share, paired=True, seed=seed))
        for name, (share, fewest) in RATIOS.items()
        if min(len(side.samples) for side in sides) >= fewest
    }
    shift = hodges_lehmann(_medians(base), _medians(candidate))
    return {
        "ratios": found,
        "throughput_ratio": asdict(_throughput_ratio(base, candidate)),
        "shift_ms": asdict(shift),
        "blocks": len(base),
    }


def together(steps: Sequence[Step]) -> dict[str, Any]:
    """All blocks of one side as one distribution, and the rate over all of them."""
    rows = [counted(step.samples) for step in steps]
    total_ms = np.concatenate([step.samples.total_ms(row) for step, row in zip(steps, rows, strict=True)])
    given_up = np.concatenate([step.samples.censored[row] for step, row in zip(steps, rows, strict=True)])
    latency, said = percentiles(total_ms, given_up)
    seconds = sum(step.samples.window_s for step in steps)
    answered = sum(int(np.count_nonzero(step.samples.in_window & step.samples.ok)) for step in steps)
    return {"latency": latency, **said, "throughput_rps": round(answered / seconds, 3) if seconds else None}


def noise_floor(steps: Sequence[Step], *, seed: int) -> dict[str, Any]:
    """A system against itself, even blocks against odd ones: what this machine makes of no difference."""
    even, odd = steps[0::2], steps[1::2]
    pairs = min(len(even), len(odd))
    return comparison(even[:pairs], odd[:pairs], seed=seed)


def _blocks(steps: Sequence[Step]) -> Blocks:
    samples, numbers = [], []
    for number, step in enumerate(steps):
        samples.append(step.samples.total_ms(counted(step.samples)))
        numbers.append(np.full(len(samples[-1]), number, dtype=np.intp))
    return Blocks(samples=np.concatenate(samples), block=np.concatenate(numbers))


def _medians(steps: Sequence[Step]) -> Vector:
    values = [step.quantile_ms(0.5) for step in steps]
    return np.array([value for value in values if np.isfinite(value)])


def _throughput_ratio(base: Sequence[Step], candidate: Sequence[Step]) -> Bracketed:
    """The mean of the logarithms of the blocks' ratios, with the interval of a t test on pairs."""
    rates = [[step.said["throughput_rps"] for step in steps] for steps in (base, candidate)]
    logs = np.array([np.log(b / a) for a, b in zip(*rates, strict=True) if a and b])
    if not len(logs):
        return Bracketed(value=None)
    middle = float(logs.mean())
    if len(logs) < 2:
        return Bracketed(value=float(np.exp(middle)))
    reach = float(stdtrit(len(logs) - 1, 0.975)) * float(logs.std(ddof=1)) / np.sqrt(len(logs))
    return Bracketed(value=float(np.exp(middle)), low=float(np.exp(middle - reach)), high=float(np.exp(middle + reach)))
