"""Comparing two runs of 100,000 dialogues: time and peak memory of counts and label swaps, with scipy beside."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import stats

from evals.counts_file import writing_counts
from evals.runs import RunFolder
from evals.scoring.counted import BLOCK, Counted, Header
from evals.scoring.counts import INDEX, NAMES
from evals.scoring.legality import ROWS
from evals.types import EXTRACTION_TYPES

DIALOGUES = 100_000
PER_USER = 5
SCIPY_CLUSTERS = 2000

COMPARE = """
import resource, sys, time
from pathlib import Path
from evals.compare.comparison import Counts, compare
from evals.counts_file import counted_run, headers_of
from evals.runs import RunFolder
folders = [RunFolder(Path(path)) for path in sys.argv[1:3]]
counts = [Counts(headers=lambda f=f: headers_of(f), blocks=lambda f=f: counted_run(f)) for f in folders]
start = time.perf_counter()
found = compare(counts[0], counts[1], slices=("kind", "language"))
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
delta = found.get("f1")
print(f"{len(found.shared.ids)} {took:.2f} {peak:.0f} {delta.difference:+.4f} {delta.p:.4g}")
"""


def comparing() -> None:
    """Two synthetic runs on disk, compared in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [_stored(Path(folder) / name, seed) for name, seed in (("base", 1), ("candidate", 2))]
        done = subprocess.run(
            [sys.executable, "-c", COMPARE, *map(str, paths)], capture_output=True, text=True, check=True
        )
        dialogues, took_s, peak_mb, difference, p = done.stdout.split()
        size_mb = sum((path / "counts.npz").stat().st_size for path in paths) / 2**20
    print(
        f"compare: {int(dialogues):,} dialogues on both sides, every metric by kind and language, 10,000 label swaps: "
        f"{took_s} s (aim 10), peak {peak_mb} MB (aim 1,000), counts on disk {size_mb:.0f} MB; "
        f"F1 {difference}, p {p}"
    )
    _beside_scipy()


def _beside_scipy() -> None:
    """The same permutation of a ratio of sums by scipy.stats.permutation_test, on fewer clusters."""
    rng = np.random.default_rng(3)
    gold = rng.integers(5, 40, SCIPY_CLUSTERS).astype(float)
    sides = [rng.binomial(gold.astype(int), share).astype(float) for share in (0.60, 0.61)]

    def gap(one: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        return (one.sum(axis=axis) - other.sum(axis=axis)) / gold.sum()

    start = time.perf_counter()
    theirs = stats.permutation_test(
        (sides[1], sides[0]), gap, permutation_type="samples", n_resamples=10_000, vectorized=True, batch=500, rng=0
    )
    scipy_s = time.perf_counter() - start
    from evals.scoring.permutation import SwapTest

    test = SwapTest("recall")
    blocks = [_ratio_block(found, gold) for found in (sides[1], sides[0])]
    start = time.perf_counter()
    test.add(*blocks)
    ours = test.p_value(seed=0)
    ours_s = time.perf_counter() - start
    print(
        f"label swaps of {SCIPY_CLUSTERS:,} clusters, 10,000 times: {ours_s / scipy_s:.3f} x the time of "
        f"scipy.stats.permutation_test; p {ours:.4f} and {theirs.pvalue:.4f}\n"
    )


def _ratio_block(found: np.ndarray, gold: np.ndarray) -> Counted:
    counts = np.zeros((len(gold), len(ROWS), len(NAMES)))
    counts[:, 0, INDEX["found"]], counts[:, 0, INDEX["gold"]] = found, gold
    headers = tuple(Header(id=str(i), cluster=str(i), language="en", split="dev") for i in range(len(gold)))
    return Counted(headers=headers, starts=np.arange(len(gold)), counts=counts, latency_ms=np.full(len(gold), np.nan))


def _stored(path: Path, seed: int) -> Path:
    """A run's folder with counts and an empty outcomes.jsonl: all that comparing counts reads."""
    path.mkdir()
    folder = RunFolder(path)
    folder.outcomes_path.touch()
    with writing_counts(folder) as keep:
        for block in _blocks(np.random.default_rng(seed)):
            keep(block)
    return path


def _blocks(rng: np.random.Generator) -> Iterator[Counted]:
    for start in range(0, DIALOGUES, BLOCK):
        numbers = range(start, min(start + BLOCK, DIALOGUES))
        counts = np.zeros((len(numbers), len(ROWS), len(NAMES)))
        for row in range(1, len(ROWS)):
            gold, predicted = rng.integers(1, 5, len(numbers)), rng.integers(1, 6, len(numbers))
            right = np.minimum(rng.binomial(gold, 0.6), predicted)
            for name, values in _named(gold, predicted, right):
                counts[:, row, INDEX[name]] = values
        counts[:, 0] = counts[:, 1:].sum(axis=1)
        for name in ("dialogues", "annotated", "complete", "parsed", "parse_ok"):
            counts[:, :, INDEX[name]] = 1
        headers = tuple(
            Header(
                id=f"synthetic/{number}",
                cluster=f"user/{number // PER_USER}",
                language=("en", "zh")[number // PER_USER % 2],
                split="test",
                asked=EXTRACTION_TYPES,
                in_hash=f"{number:016x}",
            )
            for number in numbers
        )
        yield Counted(
            headers=headers,
            starts=np.arange(len(numbers)),
            counts=counts,
            latency_ms=rng.lognormal(3, 0.3, len(numbers)),
        )


def _named(gold: np.ndarray, predicted: np.ndarray, right: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
    return (
        *((name, gold) for name in ("gold", "complete_gold", "gold_items", "cover_gold", "complete_cover_gold")),
        *((name, predicted) for name in ("predicted", "complete_predicted", "compared")),
        *(
            (name, right)
            for name in ("found", "complete_found", "complete_correct", "complete_covered", "gold_covered")
        ),
    )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    comparing()
