"""Where the variance of a score comes from: which dialogues were drawn, or how the extractor answers from time to time.

One-way analysis of variance on the influence of each repeat of each dialogue, u = g·x with g the gradient of the score:
the mean square within dialogues is the extractor's, the rest between dialogues is sampling (Searle, Casella and
McCulloch, Variance Components, 3.6, unbalanced). Verdicts are cached, so that a judge that wavers is not seen here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evals.scoring.counted import Counted
from evals.scoring.legality import ROWS
from evals.scoring.metrics import METRICS
from evals.scoring.slices import row_of

_ROW_INDEX = {row: position for position, row in enumerate(ROWS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """Shares of the variance of a score, adding up to 1, and the repeats they were told from."""

    sampling: float
    extractor: float
    repeats: float


def variance_components(blocks: Iterable[Counted], *, metric: str, kind: str = "all") -> Components | None:
    """The shares for one metric over all dialogues; None where nothing was repeated or nothing varies.

    `kind` is "all" or a slice of one kind. The blocks are held as one number a repeat.
    """
    row = _ROW_INDEX[row_of(kind)]
    rows, sizes = [], []
    for block in blocks:
        rows.append(block.counts[:, row])
        sizes.append(block.repeats)
    if not rows:
        return None
    counts, repeats = np.concatenate(rows), np.concatenate(sizes)
    weights = np.repeat(1 / repeats, repeats)
    influence = counts @ METRICS[metric].gradient(weights @ counts)
    return _components(influence, repeats)


def _components(influence: np.ndarray, repeats: np.ndarray) -> Components | None:
    """Method of moments: E[MS within] = σe², E[MS between] = σe² + k₀·σd²."""
    n, total = len(repeats), len(influence)
    if total <= n or n < 2:
        return None
    starts = np.cumsum(repeats) - repeats
    means = np.add.reduceat(influence, starts) / repeats
    within = float(((influence - np.repeat(means, repeats)) ** 2).sum()) / (total - n)
    grand = float(influence.mean())
    between = float((repeats * (means - grand) ** 2).sum()) / (n - 1)
    k0 = (total - float((repeats**2).sum()) / total) / (n - 1)
    of_dialogues, of_repeats = max(between - within, 0.0) / k0, within / (total / n)
    whole = of_dialogues + of_repeats
    if whole == 0:
        return None
    return Components(sampling=of_dialogues / whole, extractor=of_repeats / whole, repeats=total / n)
