"""The Hodges–Lehmann shift against brute force over all differences and the statistic it inverts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evals.scoring.shift import hodges_lehmann

samples = st.lists(st.integers(-1000, 1000).map(lambda value: value / 8), min_size=1, max_size=40)


@settings(deadline=None)
@given(base=samples, candidate=samples)
def test_equals_the_median_of_all_differences(base: list[float], candidate: list[float]) -> None:
    """Brute force over every pair gives the same number, ties and even counts included."""
    differences = np.subtract.outer(np.array(candidate), np.array(base))
    assert hodges_lehmann(np.array(base), np.array(candidate)).value == pytest.approx(float(np.median(differences)))


@settings(deadline=None)
@given(base=samples, candidate=samples)
def test_the_ends_are_differences_of_their_ranks(base: list[float], candidate: list[float]) -> None:
    """Both ends stand at mirrored ranks among all differences, around the value."""
    found = hodges_lehmann(np.array(base), np.array(candidate))
    if found.low is None or found.high is None:
        return
    n, m = len(base), len(candidate)
    rank = int(np.floor(n * m / 2 - 1.959963984540054 * np.sqrt(n * m * (n + m + 1) / 12)))
    differences = np.sort(np.subtract.outer(np.array(candidate), np.array(base)).ravel())
    assert (found.low, found.high) == (differences[rank - 1], differences[-rank])


def test_shifting_by_an_end_makes_mann_whitney_indifferent() -> None:
    """Oracle: scipy.stats.mannwhitneyu of the samples moved back by an end has p close to 0.05."""
    rng = np.random.default_rng(4)
    base, candidate = rng.normal(20, 2, 200), rng.normal(21, 2, 180)
    found = hodges_lehmann(base, candidate)
    for end in (found.low, found.high):
        p = stats.mannwhitneyu(candidate - end, base, method="asymptotic", use_continuity=False).pvalue
        assert p == pytest.approx(0.05, abs=0.005)


def test_an_empty_side_has_no_shift() -> None:
    """Nothing to compare with is undefined, not 0."""
    assert hodges_lehmann(np.array([]), np.array([1.0])).value is None
