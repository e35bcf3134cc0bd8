"""Keeping to a plan over a real socket: all that is planned is sent, so many are in flight, nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from evals.load.faults import CODES
from evals.load.pace import Course, Pace, drive
from evals.load.plan import Plan
from evals.load.samples import Samples
from evals.load.stamps import Stamps
from evals.load.worker import Job, Measured
from tests.load.servers import Steady

Measure = Callable[[Job], Measured]


def test_an_open_loop_sends_all_that_was_planned_on_time(
    job: Callable[..., Job], constant: Callable[..., Plan], measure: Measure
) -> None:
    """However slow the system is: intended starts are the plan's own, and nothing starts before it is due."""
    plan = constant(100, 1.0)
    with Steady(service_s=0.15) as server:
        stamps = measure(job(server.url, plan)).stamps
    assert len(stamps) == len(server.requests) == 100
    assert plan.starts_ns is not None
    assert np.array_equal(np.diff(stamps.intended), np.diff(plan.starts_ns))
    assert np.all(stamps.dispatched >= stamps.intended)
    assert np.all(stamps.sent >= stamps.dispatched)
    assert np.all(stamps.first_byte >= stamps.sent)
    assert np.all(stamps.last_byte >= stamps.first_byte)
    assert np.all(stamps.fault == 0)


def test_waiting_for_a_free_connection_counts(
    job: Callable[..., Job], constant: Callable[..., Plan], measure: Measure
) -> None:
    """Two connections to a server that takes 100 ms bear 20 a second: of 40 a second half wait, and are seen to."""
    with Steady(service_s=0.1) as server:
        stamps = measure(job(server.url, constant(40, 1.0, in_flight=2))).stamps
    service_ms, total_ms = (stamps.last_byte - stamps.sent) / 1e6, (stamps.last_byte - stamps.intended) / 1e6
    assert server.most_in_flight == 2
    assert np.median(service_ms) < 200
    assert total_ms[-1] > 500  # by then a second's work waits
    assert np.all(np.diff(stamps.sent) >= 0)  # first come, first served


@pytest.mark.parametrize("concurrency", [1, 7])
def test_a_closed_loop_keeps_so_many_in_flight(
    concurrency: int, job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """Never more, and hardly ever less."""
    with Steady(service_s=0.05) as server:
        measured = measure(job(server.url, closed(concurrency, 0.6)))
    assert server.most_in_flight == concurrency
    assert 0.5 * 12 * concurrency <= len(measured.stamps) <= 12 * concurrency + concurrency


def test_a_closed_loop_ends_with_its_requests(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """`requests` counts those of the window alone, and ends it."""
    with Steady(service_s=0.01) as server:
        plan = closed(4, 60.0, warmup_s=0.2, requests=40)
        measured = measure(job(server.url, plan))
    begins_ns, ends_ns = measured.window_ns
    inside = (measured.stamps.intended >= begins_ns) & (measured.stamps.intended < ends_ns)
    assert np.count_nonzero(inside) == 40
    assert len(measured.stamps) > 40


def test_a_closed_loop_keeps_to_the_advice(
    job: Callable[..., Job], closed: Callable[..., Plan], measure: Measure
) -> None:
    """Eight in flight, but no more than twenty a second; the wait is nobody's latency."""
    with Steady() as server:
        stamps = measure(job(server.url, closed(8, 1.0, max_rate=20.0))).stamps
    assert 10 <= len(stamps) <= 21
    assert np.median(stamps.last_byte - stamps.intended) < 40e6


def test_what_never_lands_is_a_sample_all_the_same(
    job: Callable[..., Job], constant: Callable[..., Plan], measure: Measure
) -> None:
    """A server that hangs: every request has its row, abandoned when the drain was over, at least that long."""
    with Steady(service_s=30.0) as server:
        measured = measure(job(server.url, constant(20, 0.5, in_flight=4), drain_s=0.3))
    stamps = measured.stamps
    assert len(stamps) == 10
    assert np.all(stamps.fault == CODES["abandoned"])
    assert np.all(stamps.last_byte - stamps.intended >= 0.25e9)


def test_a_stopped_course_lets_requests_land(
    job: Callable[..., Job], constant: Callable[..., Plan], pool: Any, tmp_path: Any
) -> None:
    """After a stop nothing new is let go, and what was is answered."""
    plan = constant(100, 10.0)
    course, stamps, landed = Course(), Stamps.allocated(plan.rows), []

    class Slow:
        async def open(self, slots: int) -> None: ...
        async def close(self) -> None: ...
        async def send(self, slot: int, row: int, payload: int) -> None:
            await asyncio.sleep(0.2)
            stamps.last_byte[row] = 1
            landed.append(row)

    async def run() -> None:
        asyncio.get_running_loop().call_later(0.3, course.stop, "interrupted")
        await drive(plan, Slow(), stamps, course, Pace(drain_s=10.0))

    asyncio.run(run())
    assert 5 < course.dispatched < 100
    assert sorted(landed) == list(range(course.dispatched))


def test_the_window_follows_the_warmup(
    job: Callable[..., Job], constant: Callable[..., Plan], measure: Measure, pool: Any
) -> None:
    """Of two seconds at 20 a second, of which half a second is warm-up, thirty requests are measured."""
    from evals.load.replies import Answers

    with Steady() as server:
        plan = constant(20, 1.5, warmup_s=0.5)
        measured = measure(job(server.url, plan))
    rows = len(measured.stamps)
    answers = Answers(errors=np.zeros(rows, dtype=np.int16), names=("",), cached=np.zeros(rows, dtype=np.bool_))
    samples = Samples.of(measured, answers, plan, pool)
    assert (rows, int(samples.in_window.sum())) == (40, 30)
    assert measured.signals is not None
    assert 0 < measured.signals.cpu_share < 2
