"""Was the system in a steady state? A window in which work piles up tells more of its length than of the system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evals.load.samples import Samples
from evals.scoring.statistics import Vector

PARTS = 3
ALIKE = 0.10  # rate and median of the thirds may differ by so much
GROWTH = 0.5  # in flight, the last third above the first
_FEWEST = 90
_NOISE = 3.0  # differences below three requests, or three standard errors, are none
_GRID = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """Whether the three thirds of a window were alike; `why` says what was not. None where there is too little."""

    steady: bool | None
    why: str | None
    in_flight: tuple[float, ...]


def steadiness(samples: Samples) -> Steadiness:
    """Compares the thirds of the window by rate of completion, median latency and requests in flight."""
    flying = _thirds(in_flight(samples)[1])
    ended = np.sort(samples.stamps.last_byte[samples.in_window & samples.ok])
    if len(ended) < _FEWEST or samples.window_s <= 0:
        return Steadiness(steady=None, why="too few answers to tell", in_flight=flying)
    why = _grows(flying) or _medians_differ(samples) or _rates_differ(samples)
    return Steadiness(steady=why is None, why=why, in_flight=flying)


def in_flight(samples: Samples) -> tuple[Vector, Vector]:
    """Seconds since the window began, and how many requests were due and not answered then."""
    begins_ns, ends_ns = samples.window_ns
    at_ns = np.linspace(begins_ns, ends_ns, _GRID)
    begun = np.searchsorted(np.sort(samples.stamps.intended), at_ns, side="right")
    ended = np.searchsorted(np.sort(samples.stamps.last_byte), at_ns, side="right")
    return (at_ns - begins_ns) / 1e9, (begun - ended).astype(np.float64)


def _thirds(values: Vector) -> tuple[float, ...]:
    return tuple(round(float(part.mean()), 2) for part in np.array_split(values, PARTS))


def _grows(flying: tuple[float, ...]) -> str | None:
    first, last = flying[0], flying[-1]
    if last - first > max(_NOISE, GROWTH * first) and flying[1] >= first:
        return f"requests in flight grew from {first:.0f} to {last:.0f}"
    return None


def _medians_differ(samples: Samples) -> str | None:
    rows = samples.in_window & samples.ok
    total, parts = samples.total_ms(rows), _part_of(samples)[rows]
    medians = [float(np.median(total[parts == part])) for part in range(PARTS) if np.any(parts == part)]
    spread = float(np.quantile(total, 0.75) - np.quantile(total, 0.25)) / 1.35
    noise = _NOISE * 1.25 * spread / np.sqrt(max(1, len(total) / PARTS))
    if max(medians) - min(medians) > max(noise, ALIKE * float(np.median(total))):
        return f"the median went from {medians[0]:.1f} to {medians[-1]:.1f} ms within the window"
    return None


def _rates_differ(samples: Samples) -> str | None:
    rows = samples.in_window & samples.ok
    counts = np.bincount(_part_of(samples)[rows], minlength=PARTS)
    if counts.max() - counts.min() > max(_NOISE * np.sqrt(2 * counts.mean()), ALIKE * counts.mean()):
        rates = counts / (samples.window_s / PARTS)
        return f"answers went from {rates[0]:.1f} to {rates[-1]:.1f} a second within the window"
    return None


def _part_of(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    begins_ns, ends_ns = samples.window_ns
    share = (samples.stamps.intended - begins_ns) / max(1, ends_ns - begins_ns)
    return np.clip(share * PARTS, 0, PARTS - 1).astype(np.int64)
