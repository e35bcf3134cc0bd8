"""The search for the highest rate, on a queue whose answer is known by simulation; and systems compared in turns."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from evals.errors import CannotAnswer
from evals.load.interleave import comparison, noise_floor, together, turns
from evals.load.measurement import Step
from evals.load.quiet import ClientSignals
from evals.load.slo import ABOVE, Bounds, Found, search
from evals.load.summary import Slo
from tests.load.arrays import QUIET, plan, samples, step

SERVERS, SERVICE_S = 4, 0.020
CAPACITY = SERVERS / SERVICE_S
BOUNDS = Bounds(low=1.0, high=1000.0, tolerance=0.05, most_errors=0.01, confirm_factor=2.0)


def queue_ms(rate: float, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Poisson arrivals at four servers of 20 ms each: seconds of arrival, milliseconds until the answer."""
    arrivals = np.cumsum(rng.exponential(1 / rate, count))
    free = [0.0] * SERVERS
    total = np.empty(count)
    for place, at in enumerate(arrivals):
        ends = max(at, heapq.heappop(free)) + SERVICE_S
        heapq.heappush(free, ends)
        total[place] = (ends - at) * 1e3
    return arrivals, total


class Queue:
    """What a bench would measure of such a queue; `client` is how its client fared."""

    def __init__(self, seed: int, client: ClientSignals = QUIET, *, requests: int = 3000) -> None:
        self.rng, self.client, self.requests, self.rates = np.random.default_rng(seed), client, requests, [0.0]

    def at(self, rate: float, name: str, factor: float) -> Step:
        self.rates.append(rate)
        count = int(self.requests * factor)
        arrivals, total_ms = queue_ms(rate, count, self.rng)
        seconds = count / rate
        return step(
            samples(np.minimum(arrivals, seconds - 1e-6), total_ms, seconds=seconds, rate=rate),
            plan(rate=rate, seconds=seconds),
            client=self.client,
        )


def found(seed: int, slo_ms: float, bounds: Bounds = BOUNDS) -> Found:
    return search(Queue(seed).at, capacity_rps=CAPACITY, slo=Slo(latency_ms=slo_ms), bounds=bounds)


@pytest.fixture(scope="module")
def truth() -> float:
    """The highest rate with p99 within 60 ms, from a long simulation of each of many rates."""
    rng = np.random.default_rng(0)
    kept = [
        rate
        for rate in np.arange(0.60, 0.96, 0.02) * CAPACITY
        if np.quantile(queue_ms(rate, 60_000, rng)[1], 0.99) <= 60.0
    ]
    return float(max(kept))


def test_the_search_finds_the_rate_of_a_known_queue(truth: float) -> None:
    """Within 15 % below and 5 % above the truth, in at most eight steps before it is confirmed, five times over."""
    for seed in range(5):
        result = found(seed, 60.0)
        assert result.rate is not None
        assert 0.85 <= result.rate / truth <= 1.05
        assert sum(probe.name == "search" for probe in result.probes) <= 8
        assert result.confirmed is not None
        assert result.confirmed.kept


class Once:
    """A queue whose first steps above the answer are kept, whatever they are."""

    def __init__(self, lucky: int) -> None:
        self.queue, self.lucky = Queue(0), lucky

    def at(self, rate: float, name: str, factor: float) -> Step:
        if name == "above" and self.lucky:
            self.lucky -= 1
            rate /= 2
        return self.queue.at(rate, name, factor)


@pytest.mark.parametrize(("lucky", "higher"), [(0, 1.0), (1, 1.0), (2, ABOVE), (3, ABOVE)])
def test_a_lucky_step_above_the_answer_does_not_raise_it(lucky: int, higher: float) -> None:
    """Two that keep the limit do: then the steps below it met a noisy moment."""
    plain = found(0, 60.0).rate
    result = search(Once(lucky).at, capacity_rps=CAPACITY, slo=Slo(latency_ms=60.0), bounds=BOUNDS)
    assert plain is not None
    assert result.rate == pytest.approx(plain * higher)
    assert result.confirmed is not None
    assert result.confirmed.rate == result.rate


def test_a_limit_nothing_keeps_has_no_rate() -> None:
    """Less than the service time itself: the search ends at the lowest rate and says so."""
    result = found(0, 10.0, Bounds(low=20.0, high=1000.0, tolerance=0.05, most_errors=0.01, confirm_factor=2.0))
    assert (result.rate, result.confirmed) == (None, None)
    assert result.probes[-1].rate == 20.0
    assert result.probes[-1].why is not None
    assert result.probes[-1].why.startswith("p99 ")


def test_the_highest_rate_allowed_is_not_exceeded() -> None:
    """Where it keeps the limit, it is the answer."""
    queue = Queue(0)
    bounds = Bounds(low=1.0, high=50.0, tolerance=0.05, most_errors=0.01, confirm_factor=2.0)
    result = search(queue.at, capacity_rps=CAPACITY, slo=Slo(latency_ms=60.0), bounds=bounds)
    assert result.rate == 50.0
    assert max(queue.rates) == 50.0


def test_a_client_that_is_the_limit_is_no_answer() -> None:
    """A step that breaks the limit while the client was saturated says nothing of the system; three times is enough."""
    queue = Queue(
        0, ClientSignals(cpu_share=1.0, run_delay_share=0.0, heartbeat_p99_ms=1.0, gc_pauses=0, gc_longest_ms=0)
    )
    with pytest.raises(CannotAnswer, match="the client is the limit: CPU of the load process"):
        search(queue.at, capacity_rps=2000.0, slo=Slo(latency_ms=60.0), bounds=BOUNDS)
    assert len(queue.rates) == 4


def test_turns_begin_with_either_side_in_turn() -> None:
    """A B, B A, A B: neither always comes second."""
    assert list(turns(3)) == [(0, 0), (0, 1), (1, 1), (1, 0), (2, 0), (2, 1)]


def blocks(slower: float, seed: int, count: int = 8) -> list[Step]:
    """Blocks of a system that drifts from block to block and is slower by a factor."""
    rng = np.random.default_rng(seed)
    drift = 1 + 0.05 * np.sin(np.arange(count))
    return [
        step(
            samples(np.linspace(0, 9.9, 500), slower * by * rng.lognormal(3, 0.2, 500), rate=50.0),
            plan(rate=50.0),
        )
        for by in drift
    ]


def test_a_slower_system_is_found_and_an_equal_one_is_not() -> None:
    """A tenth slower: the ratio's interval lies above 1 and holds 1.1; the same system: it holds 1."""
    slower = comparison(blocks(1.0, 1), blocks(1.1, 2), seed=0)
    equal = comparison(blocks(1.0, 1), blocks(1.0, 3), seed=0)
    ratio = slower["ratios"]["p50"]
    assert 1.0 < ratio["low"] <= 1.1 <= ratio["high"]
    assert equal["ratios"]["p50"]["low"] <= 1.0 <= equal["ratios"]["p50"]["high"]
    assert slower["shift_ms"]["value"] > 1.0
    assert slower["throughput_ratio"]["value"] == pytest.approx(1.0)


def test_the_noise_floor_is_the_system_against_itself() -> None:
    """Even blocks against odd ones; all blocks together are one distribution."""
    floor = noise_floor(blocks(1.0, 1), seed=0)
    assert floor["blocks"] == 4
    assert floor["ratios"]["p50"]["value"] == pytest.approx(1.0, abs=0.1)
    assert together(blocks(1.0, 1))["latency"]["n"] == 4000
