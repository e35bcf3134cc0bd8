"""Formulas: gradients against finite differences, bounds against the definition."""

from __future__ import annotations

import numpy as np
import pytest

from evals.scoring.counts import INDEX, NAMES
from evals.scoring.formula import Harmonic, Ratio, share
from evals.scoring.metrics import METRICS


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.estimate])
def test_gradient_is_the_derivative(name: str) -> None:
    """Central differences at a generic point agree, for every metric that has a formula."""
    metric = METRICS[name]
    rng = np.random.default_rng(7)
    sums = rng.uniform(20, 40, len(NAMES))
    sums[[INDEX[n] for n in NAMES if "open" in n or "mistyped" in n]] = rng.uniform(
        1, 3, sum("open" in n or "mistyped" in n for n in NAMES)
    )  # far fewer, so that no denominator is near 0
    step = 1e-5
    slopes = [
        (metric.value(sums + step * unit) - metric.value(sums - step * unit)) / (2 * step)
        for unit in np.eye(len(NAMES))
    ]
    np.testing.assert_allclose(metric.gradient(sums), slopes, atol=1e-7)


def test_undefined_formulas_have_no_value_and_no_slope() -> None:
    """Nothing over nothing is None; a harmonic mean at zero does not divide by it."""
    nothing = np.zeros(len(NAMES))
    for metric in METRICS.values():
        assert metric.value(nothing) is None
        assert metric.bounds(nothing) == (None, None)
        assert not metric.gradient(nothing).any()
    ratio = Ratio({"found": 1}, {"gold": 1})
    all_missed = nothing.copy()
    all_missed[INDEX["gold"]] = 3
    assert Harmonic(ratio, ratio).value(all_missed) == 0
    assert not Harmonic(ratio, ratio).gradient(all_missed).any()


def test_share_bounds_follow_from_the_counts() -> None:
    """4 found of 10, 2 open, 1 optional open: 4/8 between 4/10 and 7/11."""
    estimate = share({"found": 1}, {"gold": 1}, open={"gold_open": 1}, open_optional={"gold_open_optional": 1})
    sums = np.zeros(len(NAMES))
    for name, count in {"found": 4, "gold": 10, "gold_open": 2, "gold_open_optional": 1}.items():
        sums[INDEX[name]] = count
    assert (estimate.value.value(sums), estimate.low.value(sums), estimate.high.value(sums)) == (4 / 8, 4 / 10, 7 / 11)
