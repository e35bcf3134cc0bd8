"""Order-statistic intervals and ratios of quantiles against definitions and independent tools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evals.scoring.quantiles import Blocks, quantile, quantile_ratio, rank_of
from tests.scoring.blocks import blocks_of


@settings(deadline=None)
@given(n=st.integers(1, 400), share=st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999]))
def test_ranks_leave_the_stated_error_on_either_side(n: int, share: float) -> None:
    """Each end is the closest rank that scipy's binomial distribution allows."""
    found = quantile(np.arange(n, dtype=float), share)
    below = stats.binom(n, share)
    ranks = [k for k in range(1, n + 1) if below.cdf(k - 1) <= 0.025]
    assert found.low == (ranks[-1] - 1 if ranks else None)
    above = [k for k in range(n) if below.sf(k) <= 0.025]
    assert found.high == (above[0] if above else None)


def test_the_interval_covers_the_true_quantile_as_often_as_it_says() -> None:
    """Of 2,000 draws of 300 log-normal latencies, 95 % of the intervals of p95 hold the true one."""
    rng = np.random.default_rng(1)
    truth = float(stats.lognorm(0.5).ppf(0.95))
    found = [quantile(rng.lognormal(0, 0.5, 300), 0.95) for _ in range(2000)]
    covered = np.mean([(one.low or 0) <= truth <= (one.high or np.inf) for one in found])
    assert 0.94 <= covered <= 0.98


def test_a_quantile_of_nothing_is_not_defined() -> None:
    """No samples, no value; one sample lies below p99 for all but sure, and nothing is known above."""
    assert quantile(np.array([]), 0.5).value is None
    alone = quantile(np.array([3.0]), 0.99)
    assert (alone.value, alone.low, alone.high) == (3.0, 3.0, None)


@pytest.mark.parametrize(
    ("share", "n", "rank"), [(0.5, 4, 1), (0.5, 5, 2), (0.99, 100, 98), (0.99, 101, 99), (0.5, 1, 0)]
)
def test_nearest_rank(share: float, n: int, rank: int) -> None:
    """The smallest sample that at least that share does not exceed."""
    assert rank_of(share, n) == rank


def test_paired_blocks_see_a_slowdown_that_drift_would_hide() -> None:
    """Ten per cent slower in every block is found at once when blocks are drawn together, and not when they are not."""
    rng = np.random.default_rng(2)
    speeds = rng.lognormal(0, 0.5, 20)
    base = [20 * speed * rng.lognormal(0, 0.05, 50) for speed in speeds]
    slower = [22 * speed * rng.lognormal(0, 0.05, 50) for speed in speeds]
    together = quantile_ratio(blocks_of(base), blocks_of(slower), 0.5, paired=True, seed=0)
    apart = quantile_ratio(blocks_of(base), blocks_of(slower), 0.5, paired=False, seed=0)
    assert together.value == apart.value
    assert together.low is not None
    assert apart.low is not None
    assert together.low > 1.0 > apart.low


def test_an_unchanged_system_is_flagged_about_one_time_in_twenty() -> None:
    """A/A over drifting blocks: the interval of the ratio leaves 1 out in at most a tenth of 100 repeats."""
    rng = np.random.default_rng(3)
    outside = 0
    for repeat in range(100):
        sides = [blocks_of([20 * rng.lognormal(0, 0.3) * rng.lognormal(0, 0.1, 40) for _ in range(20)]) for _ in "ab"]
        found = quantile_ratio(sides[0], sides[1], 0.5, paired=False, seed=repeat)
        outside += not (found.low or 0) <= 1.0 <= (found.high or np.inf)
    assert outside <= 10


def test_a_ratio_needs_two_blocks_for_an_interval_and_two_sides_for_a_value() -> None:
    """One block shows a value and no certainty; an empty or zero side shows nothing."""
    one, nothing = blocks_of([np.array([1.0, 2.0])]), Blocks(samples=np.array([]), block=np.array([], dtype=np.intp))
    ratio = quantile_ratio(one, blocks_of([np.array([2.0, 4.0])]), 0.5, paired=False, seed=0)
    assert (ratio.value, ratio.low) == (2.0, None)
    assert quantile_ratio(one, nothing, 0.5, paired=False, seed=0).value is None
    assert quantile_ratio(blocks_of([np.zeros(3)]), one, 0.5, paired=False, seed=0).value is None
