"""Adjusted p-values against statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evals.scoring.multiplicity import benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@settings(deadline=None, max_examples=30)
@given(p_values)
def test_holm(given_p: list[float]) -> None:
    """Oracle: statsmodels' multipletests."""
    assert holm(given_p) == pytest.approx(list(multipletests(given_p, method="holm")[1]))


@settings(deadline=None, max_examples=30)
@given(p_values)
def test_benjamini_hochberg(given_p: list[float]) -> None:
    """Oracle: statsmodels' multipletests."""
    assert benjamini_hochberg(given_p) == pytest.approx(list(multipletests(given_p, method="fdr_bh")[1]))


def test_nothing_to_adjust() -> None:
    """No tests, no p-values."""
    assert holm([]) == benjamini_hochberg([]) == []
