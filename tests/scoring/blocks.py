"""Blocks of latencies made in tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evals.scoring.quantiles import Blocks
from evals.scoring.statistics import Vector


def blocks_of(parts: Sequence[Vector]) -> Blocks:
    """The parts one after the other, each a block."""
    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Blocks(samples=np.concatenate(parts), block=numbers)
