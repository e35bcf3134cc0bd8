"""Pace: calls in flight fall when a service refuses or slows down, and rise again; never above what is configured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evals.errors import RateLimited
from evals.limits import Limits
from evals.pace import FEWEST_TIMED, Pace
from evals.results import ExtractionFailure, Prediction
from evals.types import Attempt, Branch, Extraction, Message, Trace
from tests.test_runner import run_all


def answered(latency_ms: float = 10.0, *, refused: bool = False) -> Prediction:
    """An answer, after a first try that was refused for its rate where asked for."""
    attempts = (Attempt(error="RateLimited", wait_ms=0.0),) if refused else ()
    trace = Trace(branches=(Branch(attempts=(*attempts, Attempt(service_ms=latency_ms))),))
    return Prediction(id="d", extraction=Extraction(trace=trace), latency_ms=latency_ms)


def failed(kind: str) -> Prediction:
    return Prediction(id="d", error=ExtractionFailure(type=kind, message="no"), latency_ms=1.0)


async def paced(pace: Pace, predictions: list[Prediction]) -> list[int]:
    """What was allowed after each prediction."""
    allowed = []
    for prediction in predictions:
        await pace.begin()
        pace.end(prediction)
        allowed.append(pace.allowed)
    return allowed


def allowed_after(ceiling: int, predictions: list[Prediction], **options: Any) -> list[int]:
    async def run() -> list[int]:
        return await paced(Pace(ceiling, **options), predictions)

    return asyncio.run(run())


def test_a_refusal_halves_and_peace_adds_one_a_round() -> None:
    """16 → 8 with one refused try among sixteen answers, then 9, 10 … back to 16 and no further."""
    calm = [answered() for _ in range(200)]
    seen = allowed_after(16, [answered(refused=True), *[answered()] * 15, *calm])
    assert seen[15] == 8
    assert sorted(set(seen[15:])) == [8, 9, 10, 11, 12, 13, 14, 15, 16]
    assert seen[15:] == sorted(seen[15:])


def test_it_never_falls_below_one() -> None:
    """A service that refuses everything is still asked, one call at a time."""
    assert allowed_after(16, [failed("RateLimited")] * 200)[-1] == 1


def test_latency_that_rises_takes_calls_away_and_latency_that_falls_gives_them_back() -> None:
    """Ten times the best seen: fewer and fewer; as before: more again."""
    quick, slow = [answered(100)] * 40, [answered(1000)] * 40
    seen = allowed_after(10, [*quick, *slow, *quick, *quick, *quick])
    assert seen[39] == 10
    assert seen[79] < 7
    assert seen[-1] == 10


def test_milliseconds_are_no_overload() -> None:
    """Twice as long but by less than a tenth of a second is noise."""
    assert set(allowed_after(10, [*[answered(1)] * 40, *[answered(40)] * 40])) == {10}


def test_failures_of_the_service_stop_the_growth_alone() -> None:
    """Servers that fail are no reason to ask less; they are none to ask more either."""
    seen = allowed_after(16, [failed("RateLimited")] * 16 + [failed("ServerFailed")] * 100)
    assert set(seen[15:]) == {8}


def test_what_is_not_adaptive_stays() -> None:
    """`runner.adaptive=false`."""
    assert set(allowed_after(16, [failed("RateLimited")] * 100, adaptive=False)) == {16}


@given(st.integers(1, 40), st.lists(st.sampled_from(["ok", "slow", "RateLimited", "ServerFailed"]), max_size=300))
def test_it_stays_between_one_and_the_ceiling(ceiling: int, kinds: list[str]) -> None:
    """Whatever happens."""
    made: dict[str, Callable[[], Prediction]] = {"ok": answered, "slow": lambda: answered(5000)}
    seen = allowed_after(ceiling, [made.get(kind, lambda kind=kind: failed(kind))() for kind in kinds])
    assert all(1 <= each <= ceiling for each in seen)


class Shop:
    """A service that serves three at once and refuses the rest, as a coroutine extractor sees it."""

    def __init__(self, places: int) -> None:
        self.places, self.inside, self.refused, self.answers = places, 0, 0, 0

    async def extract(self, messages: tuple[Message, ...], extraction_types: tuple[str, ...]) -> Extraction:
        self.inside += 1
        try:
            await asyncio.sleep(0.002)
            if self.inside > self.places:
                self.refused += 1
                raise RateLimited("HTTP 429")
            self.answers += 1
            return Extraction()
        finally:
            self.inside -= 1


def test_a_run_finds_what_a_service_can_take() -> None:
    """A service for three at a time asked by sixteen: refused less than half as often as without adapting."""
    steady, adaptive = Shop(3), Shop(3)
    run_all(steady, 600, limits=Limits(concurrency=16))
    run_all(adaptive, 600, limits=Limits(concurrency=16, adaptive=True))
    assert steady.answers + steady.refused == adaptive.answers + adaptive.refused == 600
    assert adaptive.refused < steady.refused / 2


def test_what_a_call_waited_for_stands_in_its_prediction() -> None:
    """`waited_ms` names our own limits; a call that waited for nothing has none, and latency holds no wait."""
    _, stored = run_all(Shop(99), 20, limits=Limits(concurrency=4, qps=200))
    waits = [each.waited_ms or {} for each in stored.values()]
    assert all(set(wait) <= {"qps", "pace"} for wait in waits)
    assert sum("qps" in wait for wait in waits) >= 15
    assert all((each.latency_ms or 0) < 100 for each in stored.values())
    _, stored = run_all(Shop(99), 20, limits=Limits(concurrency=4))
    assert all(each.waited_ms is None for each in stored.values())


def test_a_median_needs_answers() -> None:
    """One slow answer among failures is no trend."""
    seen = allowed_after(8, [*[answered(10)] * 16, answered(9000), *[failed("ServerFailed")] * (FEWEST_TIMED - 1)])
    assert set(seen) == {8}
