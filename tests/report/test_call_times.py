"""What `evals run` says of its own calls' times."""

from __future__ import annotations

from typing import Any

import pytest

from evals.report.call_times import call_times
from evals.results import Run

LATENCY = {"p50_ms": 21.34, "p90_ms": 30.0, "p95_ms": 45.0, "p99_ms": None, "p999_ms": None, "n": 400}


def run(latency: dict[str, Any], *, extractor: str = "cloud", calls: dict[str, Any] | None = None) -> Run:
    return Run(
        format=1,
        name="r",
        status="complete",
        signature="",
        created="",
        command="",
        config={"extractor": {"name": extractor}},
        environment={},
        dataset={},
        counts={},
        identity={},
        matching={},
        latency=latency,
        system={"calls": calls} if calls else None,
    )


def test_times_are_told_with_what_they_are_not() -> None:
    """p50 and p95 of the calls, and where a load test is to be had; p99 only where there are enough."""
    assert call_times(run(LATENCY)) == (
        "latency    p50 21.3 ms, p95 45.0 ms of 400 calls",
        "           not a load test; evals bench measures latency",
    )
    assert call_times(run({**LATENCY, "p99_ms": 1234.5, "n": 2000}))[0] == (
        "latency    p50 21.3 ms, p95 45.0 ms, p99 1,234.5 ms of 2,000 calls"
    )


def test_what_is_in_no_figure_is_told_apart() -> None:
    """Further tries, our own queue and backoff, answers taken over from another run."""
    calls = {"calls": 400, "attempts": 407, "queue_ms": 12_000.0, "wait_ms": 3400.0, "cached": 20}
    assert call_times(run(LATENCY, calls=calls))[2] == (
        "           7 further tries; 15.4 s waited by us, in no figure; 20 taken over, in no figure"
    )


@pytest.mark.parametrize("latency", [{}, {"p50_ms": None, "n": 3}])
def test_nothing_is_said_of_nothing(latency: dict[str, Any]) -> None:
    """Three calls have no median worth a line."""
    assert call_times(run(latency)) == ()


def test_recorded_times_are_somebody_elses() -> None:
    """Nothing was timed here."""
    assert "as recorded with the answers" in call_times(run(LATENCY, extractor="recorded"))[1]
