"""How far a score could be from what was seen: its interval, widened by what nobody has judged."""

from __future__ import annotations

import math

from evals.results import Score


def ends(score: Score) -> tuple[float, float]:
    """(low, high) with every unjudged item counted wrong, then right; without an interval nothing is excluded.

    Raises ValueError for a score without a value.
    """
    if score.value is None:
        raise ValueError(f"{score.metric} in {score.slice} has no value")
    low = -math.inf if score.low is None else score.low
    high = math.inf if score.high is None else score.high
    below = 0.0 if score.bound_low is None else score.value - score.bound_low
    above = 0.0 if score.bound_high is None else score.bound_high - score.value
    return low - below, high + above
