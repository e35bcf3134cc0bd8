"""The breaker: when going on makes no sense, and when it does."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from evals.breaker import Breaker
from evals.errors import AuthRejected, StoppedShort, TimedOut
from evals.limits import Limits
from evals.results import ExtractionFailure
from tests.test_runner import Async, Failing, Plain, run_all

CAPPED = Limits(max_error_rate=0.5, max_in_a_row=20)


def failure(kind: str = "ServerFailed", message: str = "down") -> ExtractionFailure:
    return ExtractionFailure(type=kind, message=message)


def test_a_wrong_key_stops_after_three() -> None:
    """Where somebody has to put something right first, three failures alike show as much as ten."""
    extractor = Failing(AuthRejected("HTTP 401: wrong key"))
    with pytest.raises(StoppedShort, match="the first 3 extractions all failed alike: AuthRejected"):
        run_all(extractor, 1000, limits=CAPPED)
    assert len(extractor.seen) == 3


def test_a_server_that_dies_midway_stops_the_run() -> None:
    """So many failures alike in a row end it long before the cap of all that is planned."""

    class Dies(Plain):
        def answer(self, text: str) -> Any:
            if int(text) >= 30:
                raise ConnectionError(f"port {text} refused")
            return super().answer(text)

    extractor = Dies()
    with pytest.raises(StoppedShort, match="20 extractions in a row failed alike: ConnectionError: port 49 refused"):
        run_all(extractor, 10_000, limits=CAPPED)
    assert len(extractor.seen) == 50


def test_an_answer_or_another_failure_between_begins_the_row_anew() -> None:
    """Nineteen, an answer, nineteen: the service works."""
    breaker = Breaker(CAPPED, planned=1000, failed_before=0)
    breaker.answered()
    for _ in range(3):
        assert [breaker.failed(failure()) for _ in range(19)] == [None] * 19
        breaker.answered()
    assert [breaker.failed(failure(message=str(number % 2 * "x"))) for number in range(60)] == [None] * 60


def test_failures_of_before_count_against_the_cap() -> None:
    """But only those of now say whether the service works."""
    breaker = Breaker(Limits(max_error_rate=0.1), planned=100, failed_before=9)
    breaker.answered()
    for _ in range(9):
        breaker.answered()
    assert breaker.failed(failure()) is None
    assert "11 extractions failed, more than runner.max_error_rate=0.1 allows of 100" in (
        breaker.failed(failure()) or ""
    )
    kept = Breaker(Limits(max_error_rate=0.1), planned=100, failed_before=11).too_many()
    assert kept is not None
    assert kept.endswith("they are final: another system, or runner.ask_again=all")


# --- calls that take too long --------------------------------------------------------------------


def test_a_coroutine_that_takes_too_long_is_cancelled_and_stored_as_late() -> None:
    """The dialogue fails with the limit named, its latency is the time it had, and its place is free again."""
    cancelled = []

    class Hanging(Async):
        async def extract(self, messages: Any, extraction_types: Any) -> Any:
            try:
                self.seconds = 30 if messages[0].content == "1" else 0
                return await super().extract(messages, extraction_types)
            except BaseException:
                cancelled.append(messages[0].content)
                raise

    tally, stored = run_all(Hanging(), 5, limits=Limits(timeout_s=0.2))
    assert (tally.ok, tally.failed, cancelled) == (4, 1, ["1"])
    late = stored["d1", 0]
    assert late.error == ExtractionFailure(type="TimedOut", message="no answer within runner.timeout_s=0.2")
    assert (late.latency_ms or 0) >= 200


def test_a_plain_call_that_hangs_is_left_behind() -> None:
    """Its thread cannot be ended, so the worker goes on in a new one."""
    released = threading.Event()

    class Hanging(Plain):
        def answer(self, text: str) -> Any:
            if text == "1":
                released.wait(30)
            return super().answer(text)

    tally, stored = run_all(Hanging(), 5, limits=Limits(timeout_s=0.2))
    released.set()
    assert (tally.ok, tally.failed) == (4, 1)
    assert stored["d1", 0].error is not None


def test_when_every_thread_hangs_the_run_stops() -> None:
    """Threads are not piled up: more hanging calls than may be in flight end the run, stored and resumable."""
    released = threading.Event()

    class Hanging(Plain):
        def answer(self, text: str) -> Any:
            released.wait(30)

    with pytest.raises(StoppedShort, match="3 calls hang in threads that cannot be ended; no answer within"):
        run_all(Hanging(), 100, limits=Limits(concurrency=2, timeout_s=0.1))
    released.set()


def test_an_extractors_own_timeout_is_its_own() -> None:
    """A TimeoutError it raises is not taken for ours."""
    _, stored = run_all(Failing(TimeoutError("mine")), 1, limits=Limits(timeout_s=30))
    assert stored["d0", 0].error == ExtractionFailure(type="TimeoutError", message="mine")
    _, stored = run_all(Failing(TimedOut("http")), 1, limits=Limits(timeout_s=30))
    assert stored["d0", 0].error == ExtractionFailure(type="TimedOut", message="http")
