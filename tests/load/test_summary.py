"""What samples come to: exact percentiles, nothing from too few, lower bounds where requests were given up, rates."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.load.faults import CODES
from evals.load.samples import read_samples, write_samples
from evals.load.steady import in_flight, steadiness
from evals.load.summary import Slo, percentiles, summary
from tests.load.arrays import payload, plan, samples

TIMED_OUT, REFUSED = CODES["timed_out"], 1


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.floats(0.01, 1e5), min_size=1000, max_size=1500))
def test_percentiles_are_exact(values: list[float]) -> None:
    """As numpy's inverted empirical distribution has them, to the microsecond; p99.9 is not to be had from so few."""
    found, said = percentiles(np.array(values))
    for name, share in (("p50_ms", 0.5), ("p90_ms", 0.9), ("p95_ms", 0.95), ("p99_ms", 0.99)):
        exact = float(np.quantile(values, share, method="inverted_cdf"))
        low, high = said["intervals"][name]
        assert found[name] == pytest.approx(exact, abs=5.1e-4)
        assert low is None or low <= found[name]
        assert high is None or high >= found[name]
    assert found["p999_ms"] is None
    assert found["n"] == len(values)


@pytest.mark.parametrize(("n", "null"), [(19, 5), (20, 4), (999, 2), (1000, 1), (9999, 1), (10_000, 0)])
def test_too_few_samples_are_no_percentile(n: int, null: int) -> None:
    """p50 needs 20, p99 needs 1,000, p99.9 needs 10,000: else null, and no number that looks like one."""
    found, _ = percentiles(np.arange(n, dtype=np.float64))
    assert sum(found[name] is None for name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms", "p999_ms")) == null


def test_nothing_measured_is_null() -> None:
    """Not 0."""
    found, said = percentiles(np.array([]))
    assert {name: value for name, value in found.items() if value is not None} == {"n": 0}
    assert said == {"intervals": {}, "lower_bounds": []}


def test_merged_percentiles_are_those_of_all_samples() -> None:
    """Two parts put together give what their concatenation gives: raw samples are kept, never percentiles merged."""
    rng = np.random.default_rng(1)
    parts = [rng.lognormal(3, 1, 3000), rng.lognormal(4, 1, 2000)]
    whole, _ = percentiles(np.concatenate(parts))
    for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99)):
        everything = np.sort(np.concatenate(parts))
        assert whole[name] == round(float(everything[math.ceil(share * 5000) - 1]), 3)


def test_time_outs_are_lower_bounds_not_left_out() -> None:
    """Thirty of a thousand given up after a second: p99 is at least a second, p50 knows nothing of it."""
    total_ms = np.where(np.arange(1000) % 33 == 0, 1000.0, 20.0)
    given_up = np.where(total_ms == 1000.0, TIMED_OUT, 0)
    names = tuple("" if code == 0 else "timed_out" if code == TIMED_OUT else "x" for code in range(TIMED_OUT + 1))
    made = samples(np.linspace(0, 9.9, 1000), total_ms, fault=given_up, names=names, rate=100.0)
    said = summary(made, plan(rate=100.0), slo=Slo(latency_ms=50.0), edges=[])
    assert (said["latency"]["p50_ms"], said["latency"]["p99_ms"], said["latency"]["n"]) == (20.0, 1000.0, 1000)
    assert said["lower_bounds"] == ["p99_ms"]
    assert said["errors"] == {"count": 31, "rate": 0.031, "censored": 31, "classes": {"timed_out": 31}}
    assert said["goodput"]["share"] == 0.969


def test_a_fast_failure_is_not_a_fast_answer() -> None:
    """Refused requests are errors and in no percentile."""
    total_ms = np.where(np.arange(1000) % 2 == 0, 0.1, 20.0)
    made = samples(np.linspace(0, 9.9, 1000), total_ms, errors=(np.arange(1000) % 2 == 0) * REFUSED, rate=100.0)
    said = summary(made, plan(rate=100.0), slo=Slo(latency_ms=50.0), edges=[])
    assert (said["latency"]["p50_ms"], said["latency"]["n"]) == (20.0, 500)
    assert said["errors"]["classes"] == {"refused": 500}
    assert said["throughput_rps"] == 50.0
    assert said["goodput"] == {"slo_ms": 50.0, "rps": 50.0, "share": 0.5}


def test_rates_of_a_window() -> None:
    """A hundred requests of a planned two hundred in ten seconds: planned, sent, answered and lag tell apart."""
    made = samples(np.linspace(0, 9.9, 100), 20.0, wait_ms=5.0, rate=20.0)
    made.stamps.dispatched[:] += 3_000_000
    said = summary(made, plan(rate=20.0), slo=None, edges=[])
    assert (said["planned"], said["requests"], said["achieved_rate"], said["lag_p99_ms"]) == (200, 100, 10.0, 3.0)
    assert (said["parts"]["wait"]["p50_ms"], said["parts"]["service"]["p50_ms"]) == (5.0, 15.0)
    assert said["goodput"] is None
    assert said["little_ratio"] is None  # an open loop has no slots to keep busy


def test_littles_ratio_finds_slots_that_starve() -> None:
    """Eight in flight of which three never get a connection: throughput times time is five eighths."""
    whole = samples(np.repeat(np.arange(0, 10, 0.1), 8), 100.0, rate=None)
    starved = samples(np.repeat(np.arange(0, 10, 0.1), 5), 100.0, rate=None)
    ratios = [
        summary(made, plan(rate=None, in_flight=8), slo=None, edges=[])["little_ratio"] for made in (whole, starved)
    ]
    assert ratios == [pytest.approx(1.0, abs=0.01), pytest.approx(0.625, abs=0.01)]


def test_littles_ratio_needs_many_requests_a_slot() -> None:
    """One request of 20 s that begins in a window of 30 says nothing of how busy a slot was."""
    long = samples(np.array([17.0]), 20_000.0, seconds=30.0, rate=None)
    assert summary(long, plan(rate=None, in_flight=1, seconds=30.0), slo=None, edges=[])["little_ratio"] is None


def test_slices_by_length_and_language() -> None:
    """Latency by bucket, in the order of length; one value alone is no slice. Service as a line over tokens."""
    pool = tuple(payload(str(n), tokens=100 * (n + 1), language="zh" if n % 2 else "en") for n in range(10))
    made = samples(np.linspace(0, 9.9, 1000), 10.0 + np.arange(1000) % 10, payloads=pool, rate=100.0)
    said = summary(made, plan(rate=100.0), slo=None, edges=[200, 500])
    assert list(said["by"]["tokens"]) == ["<=200", "201-500", ">500"]
    assert [found["n"] for found in said["by"]["language"].values()] == [500, 500]
    assert said["by"]["asked"] == said["by"]["branch"] == {}
    assert said["by"]["tokens"]["<=200"]["mean_ms"] == 10.5
    assert said["per_token"] == {"ms_per_1000_tokens": pytest.approx(10.0), "ms_at_zero": pytest.approx(9.0)}


def test_samples_are_a_table(tmp_path: Path) -> None:
    """One row a request with every moment, null where it never came; read back as columns."""
    made = samples(np.array([0.0, 1.0, 2.0]), np.array([20.0, 30.0, 40.0]), errors=np.array([0, REFUSED, 0]))
    made.stamps.first_byte[1] = made.stamps.sent[1] = 0
    made.stamps.new_connection[:] = [1, 0, -1]
    write_samples(tmp_path / "samples.parquet", [({"step": 0}, made), ({"step": 1}, made)])
    table = pq.read_table(tmp_path / "samples.parquet").to_pylist()
    assert len(table) == 6
    assert table[0] == {
        "step": 0,
        "block": 0,
        "phase": "window",
        "intended_ns": 0,
        "dispatched_ns": 0,
        "sent_ns": 0,
        "first_byte_ns": 20_000_000,
        "last_byte_ns": 20_000_000,
        "total_ms": 20.0,
        "wait_ms": 0.0,
        "service_ms": 20.0,
        "status": 200,
        "reply_bytes": 0,
        "error": None,
        "censored": False,
        "cached": False,
        "new_connection": True,
        "dialogue_id": "d0",
        "language": "en",
        "branch": "extract",
        "input_tokens": 100,
    }
    failed = table[1]
    assert (failed["error"], failed["sent_ns"], failed["service_ms"], failed["first_byte_ns"]) == (
        "refused",
        None,
        None,
        None,
    )
    assert table[2]["new_connection"] is None
    assert [row["block"] for row in table[:3]] == [0, 1, 2]
    columns = read_samples(tmp_path / "samples.parquet")
    assert columns["total_ms"].tolist() == [20.0, 30.0, 40.0] * 2
    assert columns["failed"].tolist() == [False, True, False] * 2
    assert columns["window"].all()


def test_a_steady_window() -> None:
    """Evenly spaced requests that take the same time are a steady state; three are too few to tell."""
    assert steadiness(samples(np.linspace(0, 9.99, 1000), 50.0, rate=100.0)).steady is True
    assert steadiness(samples(np.array([0.0, 1.0, 2.0]), 50.0)).steady is None


@pytest.mark.parametrize(
    ("total_ms", "said"),
    [
        (np.linspace(50, 9000, 1000), "requests in flight grew"),
        (np.where(np.arange(1000) < 500, 50.0, 70.0), "the median went from 50.0 to 70.0 ms"),
    ],
)
def test_a_window_that_is_not_steady(total_ms: np.ndarray, said: str) -> None:
    """Work that piles up, or a system that became slower on the way."""
    found = steadiness(samples(np.linspace(0, 9.99, 1000), total_ms, rate=100.0))
    assert found.steady is False
    assert found.why is not None
    assert said in found.why


def test_requests_in_flight() -> None:
    """A hundred a second that take 50 ms are five at a time (Little)."""
    _, flying = in_flight(samples(np.arange(0, 10, 0.01), 50.0, rate=100.0))
    assert flying[10:-1].mean() == pytest.approx(5.0, abs=0.5)
