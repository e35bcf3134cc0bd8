"""Many tests at once: p-values adjusted so that few false alarms are left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted so that the chance of any false alarm is the level (Holm 1979).

    scipy has none, and statsmodels would be a dependency of every run for these four lines.
    """
    n = len(p_values)
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(n)
    adjusted[order] = np.maximum.accumulate(np.array(p_values, dtype=float)[order] * (n - np.arange(n)))
    return [float(p) for p in np.minimum(adjusted, 1.0)]


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted so that the share of false alarms among the findings is the level (Benjamini and Hochberg 1995)."""
    from scipy.stats import false_discovery_control  # half a second to import

    return [float(p) for p in false_discovery_control(p_values)] if p_values else []
