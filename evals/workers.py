"""Calls an extractor so many times at once and hands every answer in as it lands, a failure as a value.

Coroutines run in the event loop, plain functions in one daemon thread a worker. A coroutine that takes longer than a
dialogue may is cancelled; a thread cannot be, so its call is left alone and the worker takes a new thread.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from evals.errors import ConfigError, StoppedShort, TimedOut, UsageError
from evals.limits import Limits
from evals.memos.lists import ShapeError
from evals.pace import Pace
from evals.predictions import as_extraction, sound_trace
from evals.protocols import Extractor
from evals.results import ExtractionFailure, Prediction
from evals.throttle import Throttle, Turns
from evals.tries import noting_tries
from evals.types import Branch, Dialogue, ExtractionType, Message, Trace

MESSAGE_CHARACTERS = 300
SHORTEST_MS = 1.0  # a wait that is worth storing

Job = tuple[Dialogue, int]  # a dialogue and which repeat of it
_Calls = queue.SimpleQueue[Callable[[], None] | None]

_log = logging.getLogger(__name__)


class Course(Protocol):
    """What the workers answer to: it takes predictions in and says when to stop."""

    stopped: BaseException | str | None
    on_stop: Callable[[], object]
    on_abandon: Callable[[], object]

    def land(self, prediction: Prediction) -> None: ...
    def stop(self, reason: BaseException | str) -> None: ...


class Crew(Protocol):
    """Whoever does the jobs of a course until they are done or it is stopped."""

    async def run(self) -> None: ...


class Workers:
    """As many workers as calls may be in flight, each doing one job at a time.

    Jobs are drawn as workers come free, or awaited where they come from elsewhere. `turns` are `limits.qps` unless
    others share that limit.
    """

    def __init__(
        self,
        course: Course,
        jobs: Iterator[Job] | AsyncIterator[Job],
        extractor: Extractor,
        asked: tuple[ExtractionType, ...],
        limits: Limits,
        *,
        turns: Turns | None = None,
    ) -> None:
        self._course, self._jobs, self._extractor, self._asked = course, jobs, extractor, asked
        self._limits = limits
        self._plain = not inspect.iscoroutinefunction(extractor.extract)
        self._wants_time = bool(getattr(extractor, "wants_time", False))
        self._turns = turns or (None if limits.qps is None else Throttle(qps=limits.qps))
        self._put_back: list[Job] = []
        self._stopping = asyncio.Event()
        self._pace = Pace(limits.concurrency, adaptive=limits.adaptive)
        self._hanging: list[threading.Thread] = []

    async def run(self) -> None:
        """Runs until the jobs are done or the course is stopped; the reason to stop is left with the course."""
        loop = asyncio.get_running_loop()
        await self._prepare(loop)
        if self._course.stopped is not None:
            return await close(self._extractor)
        workers = [asyncio.create_task(self._work()) for _ in range(self._limits.concurrency)]
        self._course.on_stop = lambda: loop.call_soon_threadsafe(self._announce)
        self._course.on_abandon = lambda: loop.call_soon_threadsafe(lambda: [worker.cancel() for worker in workers])
        await asyncio.gather(*workers)
        self._course.on_stop = self._course.on_abandon = lambda: None
        return await close(self._extractor)

    async def _prepare(self, loop: asyncio.AbstractEventLoop) -> None:
        """Lets the extractor get ready, if it wants to and there is work, so that no dialogue's latency holds it."""
        prepare = getattr(self._extractor, "prepare", None)
        if prepare is None:
            return
        try:
            if (first := await self._next()) is None:
                return
            self._put_back.append(first)
            preparing = asyncio.ensure_future(prepare())
            self._course.on_stop = self._course.on_abandon = lambda: loop.call_soon_threadsafe(preparing.cancel)
            await preparing
        except BaseException as error:  # raised by the course's owner; a signal that cancelled it came first
            self._course.stop(error)

    def _announce(self) -> None:
        self._stopping.set()
        if self._pace.in_flight:
            _log.warning("stopping: waiting for %d calls in flight; interrupt to abandon them", self._pace.in_flight)
        self._pace.stop()

    async def _next(self) -> Job | None:
        if self._put_back:
            return self._put_back.pop()
        if isinstance(self._jobs, AsyncIterator):
            return await anext(self._jobs, None)
        return next(self._jobs, None)

    async def _work(self) -> None:
        """Does job after job. Whatever ends this worker ends the course, but no other worker's call."""
        thread = _Thread() if self._plain else None
        try:
            while (job := await self._next()) is not None:
                await self._do(*job, thread)
        except BaseException as error:  # raised by the course's owner, once the others have landed
            self._course.stop(error)
        finally:
            if thread is not None:
                thread.end()

    async def _do(self, dialogue: Dialogue, repeat: int, thread: _Thread | None) -> None:
        """One job, once it may start: its answer lands, or the course was stopped before."""
        waits_ms = {"qps": await self._wait_for_turn(), "pace": await self._pace.begin()}
        prediction: Prediction | None = None
        try:
            if self._course.stopped is None:
                answer = await self._ask(_visible(dialogue.messages, time=self._wants_time), thread)
                prediction = _prediction(dialogue.id, repeat, answer)
        finally:
            self._pace.end(prediction)
        if prediction is not None:
            waited_ms = {name: round(wait_ms, 3) for name, wait_ms in waits_ms.items() if wait_ms >= SHORTEST_MS}
            self._course.land(replace(prediction, waited_ms=waited_ms or None))

    async def _wait_for_turn(self) -> float:
        """Waits until a call may start, or the course is stopped. Returns the wait in milliseconds."""
        if self._turns is None:
            return 0.0
        started_ns = time.perf_counter_ns()
        turn, stopping = (asyncio.ensure_future(each) for each in (self._turns.admit(0), self._stopping.wait()))
        try:
            await asyncio.wait((turn, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            given_up = turn.cancel()
        return _ms_since(started_ns) if given_up else turn.result()

    async def _ask(self, messages: tuple[Message, ...], thread: _Thread | None) -> _Answer:
        """One call within the time a dialogue may take; what takes longer is left alone and its place is free again."""
        started_ns = time.perf_counter_ns()
        try:
            with noting_tries() as tries:
                async with asyncio.timeout(self._limits.timeout_s):
                    return await self._extracted(messages, thread)
        except TimeoutError:  # ours: what an extractor raises comes back as a value
            late = TimedOut(f"no answer within runner.timeout_s={self._limits.timeout_s:g}")
            if tries:
                late.trace = Trace(branches=(Branch(attempts=tuple(tries), error=TimedOut.__name__),))
        if thread is not None:
            self._hanging.append(thread.leave_behind())
            self._hanging = [each for each in self._hanging if each.is_alive()]
            if len(self._hanging) > self._limits.concurrency:
                raise StoppedShort(f"{len(self._hanging)} calls hang in threads that cannot be ended; {late}")
        return _Answer(None, late, _ms_since(started_ns))

    async def _extracted(self, messages: tuple[Message, ...], thread: _Thread | None) -> _Answer:
        """One call of extract(): in this worker's thread when it is plain, here when it is a coroutine."""
        extract, asked = self._extractor.extract, self._asked
        if thread is None:
            answer = _call(extract, messages, asked)
        else:
            answer = await thread.call(lambda: _call(extract, messages, asked))
        if not inspect.isawaitable(answer.value):
            return answer
        started_ns = time.perf_counter_ns()
        value: object = None
        failed: Exception | None = None
        try:
            value = await answer.value
        except Exception as error:
            failed = error
        return _Answer(value, failed, answer.latency_ms + _ms_since(started_ns))


async def close(extractor: object) -> None:
    """Calls an extractor's own `close()`, plain or async, if it has one."""
    closing = getattr(extractor, "close", None)
    if closing is not None and inspect.isawaitable(closed := closing()):
        await closed


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a call gave or raised, and how long it took."""

    value: object
    error: BaseException | None
    latency_ms: float


class _Thread:
    """One daemon thread that calls what it is given: a call that hangs must not keep the process from ending."""

    def __init__(self) -> None:
        self._calls = _Calls()
        self._thread: threading.Thread | None = None

    async def call(self, function: Callable[[], _Answer]) -> _Answer:
        """The answer of a function that never raises."""
        if self._thread is None:
            self._thread = threading.Thread(target=_serve, args=(self._calls,), name="evals-extract", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Answer] = loop.create_future()

        def settle(answer: _Answer) -> None:
            if not future.done():
                future.set_result(answer)

        def run() -> None:
            answer = function()
            with suppress(RuntimeError):  # the loop is closed: the call was abandoned
                loop.call_soon_threadsafe(settle, answer)

        self._calls.put(run)
        return await future

    def end(self) -> None:
        """Lets the thread end after the call it is in."""
        self._calls.put(None)

    def leave_behind(self) -> threading.Thread:
        """Gives up a thread whose call hangs; the next call gets a new one."""
        assert self._thread is not None
        left = self._thread
        self.end()
        self._calls, self._thread = _Calls(), None
        return left


def _serve(calls: _Calls) -> None:
    while (call := calls.get()) is not None:
        call()


def _visible(messages: Sequence[Message], *, time: bool) -> tuple[Message, ...]:
    """Role and content alone, and the time for an extractor that `wants_time`: speaker and source are never sent."""
    return tuple(
        Message(role=message.role, content=message.content, time=message.time if time else None) for message in messages
    )


def _call(extract: Callable[..., object], messages: tuple[Message, ...], asked: tuple[ExtractionType, ...]) -> _Answer:
    started_ns = time.perf_counter_ns()
    try:
        return _Answer(extract(messages, asked), None, _ms_since(started_ns))
    except BaseException as error:  # handed over to the worker, which knows what to do with it
        return _Answer(None, error, _ms_since(started_ns))


def _prediction(id: str, repeat: int, answer: _Answer) -> Prediction:
    """What is stored of an answer. Raises the errors that are about the run, not about one extraction."""
    error = answer.error
    try:
        extraction = as_extraction(answer.value) if error is None else None
    except Exception as wrong:  # what came may be anything, and may fail in any way when looked at
        extraction, error = None, wrong
    if error is None:
        return Prediction(id=id, repeat=repeat, extraction=extraction, latency_ms=answer.latency_ms)
    if isinstance(error, (ConfigError, UsageError, StoppedShort)) or not isinstance(error, Exception):
        raise error
    return Prediction(id=id, repeat=repeat, error=_failure(error), latency_ms=answer.latency_ms)


def _failure(error: Exception) -> ExtractionFailure:
    """An exception as a value: its type, its message on one line, and the trace it carries, if any."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # an exception that cannot be shown is still a failure
        message = "(its message cannot be shown)"
    if len(message) > MESSAGE_CHARACTERS:
        message = message[:MESSAGE_CHARACTERS] + "…"
    trace = Trace()
    with suppress(ShapeError):  # a trace that is none is left out
        trace = sound_trace(getattr(error, "trace", trace))
    return ExtractionFailure(type=type(error).__name__, message=message, trace=trace)


def _ms_since(started_ns: int) -> float:
    return (time.perf_counter_ns() - started_ns) / 1e6
