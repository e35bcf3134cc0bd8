"""By how much one set of latencies lies above another: the Hodges–Lehmann shift, without forming all differences.

The shift is the median of all candidate − base differences. Its interval takes the two differences whose ranks the
Mann–Whitney statistic leaves open (Lehmann, Nonparametrics, 2.5), and treats samples as independent: give it block
summaries where a server may drift. Time is O((n + m) log n) for n and m samples, memory linear.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from evals.scoring.quantiles import Bracketed
from evals.scoring.statistics import CONFIDENCE, Vector

_BISECTIONS = 100


def hodges_lehmann(base: Vector, candidate: Vector) -> Bracketed:
    """The shift candidate − base in the unit of the samples, with its 95 % interval; None where a side is empty."""
    n, m = len(base), len(candidate)
    if not n or not m:
        return Bracketed(value=None)
    low, high = np.sort(base), np.sort(candidate)
    pairs = n * m
    middle = (_difference(low, high, (pairs - 1) // 2) + _difference(low, high, pairs // 2)) / 2
    z = float(stdtrit(math.inf, 1 - (1 - CONFIDENCE) / 2))
    rank = math.floor(pairs / 2 - z * math.sqrt(pairs * (n + m + 1) / 12))
    if rank < 1:
        return Bracketed(value=middle)
    return Bracketed(value=middle, low=_difference(low, high, rank - 1), high=_difference(low, high, pairs - rank))


def _difference(base: Vector, candidate: Vector, rank: int) -> float:
    """The difference of that rank, counted from 0, among all candidate − base; both sides sorted.

    Bisects on the value, counting differences at most that large, then takes the smallest difference above what was
    found too small: exact, whatever the bisection left open.
    """
    too_small = float(candidate[0] - base[-1]) - 1.0
    enough = float(candidate[-1] - base[0])
    for _ in range(_BISECTIONS):
        guess = (too_small + enough) / 2
        if guess in (too_small, enough):
            break
        if int(np.searchsorted(candidate, base + guess, side="right").sum()) > rank:
            enough = guess
        else:
            too_small = guess
    after = np.searchsorted(candidate, base + too_small, side="right")
    left = after < len(candidate)
    return float((candidate[after[left]] - base[left]).min())
