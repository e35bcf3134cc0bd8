"""Latencies of two runs: pairs of the same dialogues, the percentiles there are enough calls for, nothing invented."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from evals.compare.comparison import compare
from evals.compare.latency import PairedLatencies, latency_deltas
from evals.results import DialogueOutcome
from evals.scoring.counted import Counted, counted
from tests.compare.runs import counts_of, run_of
from tests.scoring.blocks import blocks_of


def timed(run: list[DialogueOutcome], factor: float, *, seed: int) -> list[DialogueOutcome]:
    """The run with latencies that depend on the dialogue, and a little on the call."""
    of_dialogue, of_call = random.Random(1), random.Random(seed)
    return [
        replace(outcome, latency_ms=factor * 20 * of_dialogue.lognormvariate(0, 0.8) * of_call.lognormvariate(0, 0.05))
        for outcome in run
    ]


def test_a_tenth_slower_is_seen_through_dialogues_of_every_length() -> None:
    """Pairs cancel what makes a dialogue long: the ratio of p50 is 1.1 and its interval excludes 1."""
    run = run_of(300, 1)
    found = compare(counts_of(timed(run, 1.0, seed=2)), counts_of(timed(run, 1.1, seed=3)), swaps=100)
    by_name = {each.percentile: each for each in found.latency}
    assert set(by_name) == {"p50_ms", "p90_ms", "p95_ms"}  # too few calls for p99
    ratio = by_name["p50_ms"].ratio
    assert ratio.value == pytest.approx(1.1, abs=0.05)
    assert ratio.low is not None
    assert ratio.low > 1.0
    assert found.latency_shift_ms.value == pytest.approx(2, abs=1.5)


def test_calls_measured_on_one_side_alone_are_left_out() -> None:
    """Failed and cached answers have no latency; their dialogues count on neither side."""
    run = run_of(60, 4)
    base = [replace(o, latency_ms=10.0) for o in run]
    candidate = [replace(o, latency_ms=None if n % 3 == 0 else 20.0) for n, o in enumerate(run)]
    pairs = PairedLatencies()
    for theirs, ours in zip(counted(base), counted(candidate), strict=True):
        pairs.add(theirs, ours)
    (p50,) = pairs.deltas(seed=0)
    assert (p50.n, p50.base_ms, p50.candidate_ms, p50.ratio.value) == (40, 10, 20, pytest.approx(2))
    assert pairs.shift_ms().value == pytest.approx(10)


def test_failed_extractions_have_no_latency() -> None:
    """A call that timed out tells how long we waited, not how fast it is."""
    run = [replace(o, latency_ms=5.0, error="TimedOut" if n % 2 else None) for n, o in enumerate(run_of(10, 5))]
    block = Counted.joined(list(counted(run)))
    assert int(np.isnan(block.latency_ms).sum()) == 5


def test_nothing_measured_nothing_said() -> None:
    """Runs without latencies have no rows."""
    assert compare(counts_of(run_of(30, 6)), counts_of(run_of(30, 7)), swaps=10).latency == ()
    assert latency_deltas(blocks_of([np.zeros(0)]), blocks_of([np.ones(30)]), paired=False, seed=0) == ()
