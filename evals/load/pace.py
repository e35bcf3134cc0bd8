"""Keeps to a plan: lets every request go when it is due, or keeps so many in flight; warm-up, window and drain."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evals.load.faults import CODES
from evals.load.plan import Plan
from evals.load.senders import LoadSender
from evals.load.stamps import Stamps

LEAD_S = 0.05  # between "go" and the first start
_NAP_S = 0.2  # a sleeping schedule looks this often whether it has been stopped
_SPIN_NS = 2_000_000  # a precise schedule does not sleep through the last two milliseconds
_ABANDONED_WAIT_S = 5.0
_NEVER = 2**62


@dataclass(slots=True, kw_only=True)
class Course:
    """How far a run is, and the way to stop it. Times are perf_counter_ns."""

    started_ns: int = 0
    window_ns: tuple[int, int] = (0, 0)
    dispatched: int = 0
    landed: int = 0
    stopped_by: str | None = None
    abandoned: bool = False

    def stop(self, reason: str) -> None:
        """Lets no further request go; those in flight land. The first reason counts."""
        self.stopped_by = self.stopped_by or reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a plan is kept to. `drain_s` is how long what is in flight may take once nothing new is let go."""

    drain_s: float
    precise: bool = False
    on_window: Callable[[], None] = lambda: None
    on_window_end: Callable[[], None] = lambda: None


async def drive(plan: Plan, sender: LoadSender, stamps: Stamps, course: Course, pace: Pace) -> None:
    """Runs a plan to its end, or until the course is stopped; afterwards every row let go has its stamps."""
    loop = asyncio.get_running_loop()
    course.started_ns = time.perf_counter_ns() + int(LEAD_S * 1e9)
    begins_ns = course.started_ns + int(plan.warmup_s * 1e9)
    course.window_ns = (begins_ns, begins_ns + int(plan.duration_s * 1e9))
    timers = [loop.call_later(LEAD_S + plan.warmup_s, pace.on_window)]
    if plan.starts_ns is not None or plan.requests is None:
        timers.append(loop.call_later(LEAD_S + plan.warmup_s + plan.duration_s, pace.on_window_end))
    if plan.starts_ns is not None:
        flying = await _let_go(plan, sender, stamps, course, pace)
    else:
        flying = await _keep_in_flight(plan, sender, stamps, course)
    pace.on_window_end()
    if not np.any(stamps.intended[: course.dispatched] >= begins_ns):  # stopped early, the warm-up is all there is
        begins_ns = course.started_ns
    course.window_ns = (begins_ns, min(time.perf_counter_ns(), course.window_ns[1]))
    await _drain(flying, course, pace.drain_s)
    for timer in timers:
        timer.cancel()
    _close_rows(stamps, course.dispatched)


async def _let_go(
    plan: Plan, sender: LoadSender, stamps: Stamps, course: Course, pace: Pace
) -> set[asyncio.Task[None]]:
    """Open loop: starts every request when it is due, whatever became of those before. Returns what is in flight."""
    assert plan.starts_ns is not None
    slots, order = _Slots(plan.in_flight), plan.order
    flying: set[asyncio.Task[None]] = set()

    async def one(row: int) -> None:
        slot = await slots.take()
        try:
            await sender.send(slot, row, int(order[row % len(order)]))
        finally:
            slots.give(slot)
            course.landed += 1

    for row in range(plan.rows):
        due_ns = course.started_ns + int(plan.starts_ns[row])
        await _until(due_ns, course, precise=pace.precise)
        if course.stopped_by:
            break
        stamps.intended[row], stamps.dispatched[row] = due_ns, time.perf_counter_ns()
        course.dispatched = row + 1
        task = asyncio.create_task(one(row))
        flying.add(task)
        task.add_done_callback(flying.discard)
    if not course.stopped_by:  # the window is as long as planned, whenever the last request was due
        await _until(course.window_ns[1], course, precise=False)
    return flying


async def _keep_in_flight(plan: Plan, sender: LoadSender, stamps: Stamps, course: Course) -> set[asyncio.Task[None]]:
    """Closed loop: every slot sends its next request when the last one is answered. Returns what is in flight."""
    rows, order = _ClosedRows(plan, course), plan.order

    async def slot_of(slot: int) -> None:
        while (row := await rows.next()) is not None:
            stamps.intended[row] = stamps.dispatched[row] = time.perf_counter_ns()
            try:
                await sender.send(slot, row, int(order[row % len(order)]))
            finally:
                course.landed += 1

    flying = {asyncio.create_task(slot_of(slot)) for slot in range(plan.in_flight)}
    while flying and not course.stopped_by and (left_ns := course.window_ns[1] - time.perf_counter_ns()) > 0:
        _, flying = await asyncio.wait(flying, timeout=min(left_ns / 1e9, _NAP_S))
    return flying


class _ClosedRows:
    """Hands out the rows of a closed loop, no faster than is allowed, until its time or its requests are over."""

    def __init__(self, plan: Plan, course: Course) -> None:
        self._course, self._requests, self._last = course, plan.requests, plan.rows
        self._turn_ns, self._gap_ns = course.started_ns, 0 if plan.max_rate is None else int(1e9 / plan.max_rate)
        if plan.requests is not None:
            course.window_ns = (course.window_ns[0], _NEVER)  # it ends with its last request

    async def next(self) -> int | None:
        """The next row when it is its turn, None when there is none."""
        now_ns = time.perf_counter_ns()
        mine_ns = max(self._turn_ns, now_ns)
        self._turn_ns = mine_ns + self._gap_ns
        if mine_ns > now_ns:
            await _until(mine_ns, self._course, precise=False)
        return self._taken(time.perf_counter_ns())

    def _taken(self, now_ns: int) -> int | None:
        row, (begins_ns, ends_ns) = self._course.dispatched, self._course.window_ns
        if self._requests is not None and now_ns >= begins_ns:  # those of the window are counted from here
            self._last, self._requests = min(self._last, row + self._requests), None
        if self._course.stopped_by or row >= self._last or now_ns >= ends_ns:
            return None
        self._course.dispatched = row + 1
        return row


class _Slots:
    """Free slots, handed out first come, first served."""

    def __init__(self, count: int) -> None:
        self._free = deque(range(count))
        self._waiting: deque[asyncio.Future[int]] = deque()

    async def take(self) -> int:
        if self._free:
            return self._free.popleft()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return await future

    def give(self, slot: int) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():  # it may have been abandoned
                future.set_result(slot)
                return
        self._free.append(slot)


async def _until(due_ns: int, course: Course, *, precise: bool) -> None:
    """Waits for a moment, or for the course to be stopped. A timer may fire early, so one looks again."""
    await asyncio.sleep(0)  # a schedule that is behind must not keep replies from being read
    while (left_ns := due_ns - time.perf_counter_ns()) > 0 and not course.stopped_by:
        if precise:
            left_ns = max(0, left_ns - _SPIN_NS)
        await asyncio.sleep(min(left_ns / 1e9, _NAP_S))


async def _drain(flying: set[asyncio.Task[None]], course: Course, drain_s: float) -> None:
    """Waits for what is in flight, so long and no longer, and cancels the rest."""
    left, ends_s = set(flying), time.monotonic() + drain_s
    while left and not course.abandoned and (wait_s := ends_s - time.monotonic()) > 0:
        _, left = await asyncio.wait(left, timeout=min(wait_s, _NAP_S))
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=_ABANDONED_WAIT_S)


def _close_rows(stamps: Stamps, rows: int) -> None:
    """Requests that never landed are samples too: they took at least until now."""
    open_rows = np.flatnonzero(stamps.last_byte[:rows] == 0)
    stamps.last_byte[open_rows] = time.perf_counter_ns()
    stamps.fault[open_rows] = CODES["abandoned"]
