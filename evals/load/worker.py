"""The load process: it sends and stamps and does nothing else, while its parent talks to people."""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from evals.errors import ConfigError, EvalsError, StoppedShort
from evals.load.faults import OK
from evals.load.pace import Course, Pace, drive
from evals.load.payloads import Payload
from evals.load.plan import Plan
from evals.load.quiet import ClientSignals, LoopName, Quiet, loop_factory
from evals.load.senders import Destination, Rig, SenderName, sender
from evals.load.spool import Spool
from evals.load.stamps import Stamps

TICK_S = 0.25
RECENT = 4096  # requests that a report of progress looks back on
_STORM_AFTER = 50
_IDLE_S = 3.0  # a server may close a connection that waits longer: more are not opened beforehand
_GRACE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """One plan and all it takes to carry it out. `storm` is the share of recent failures above which it stops."""

    plan: Plan
    sender: SenderName
    destination: Destination
    payloads: tuple[Payload, ...]
    spool: Path
    loop: LoopName = "auto"
    precise: bool = False
    drain_s: float = 60.0
    storm: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How far a run is; percentiles and failures are of its latest requests."""

    elapsed_s: float
    dispatched: int
    landed: int
    recent_failed: int
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a job came to: stamps of every request that was let go, and how the client fared in the window.

    `window_ns` is where the window began and ended; `stopped_by` says why the plan was not carried out to its end.
    """

    stamps: Stamps
    window_ns: tuple[int, int]
    drained_s: float
    loop: str
    signals: ClientSignals | None
    stopped_by: str | None


class LoadProcess:
    """The parent's side: starts the process, gives it jobs, watches. Use as a context manager."""

    def __init__(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._connection, theirs = spawning.Pipe()
        self._process = spawning.Process(target=serve, args=(theirs,))
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()  # it ends when nobody listens
        self._process.join(_GRACE_S if error is None else 0.5)
        self._process.kill()
        self._process.join()

    def measure(
        self,
        job: Job,
        *,
        watch: Callable[[Snapshot], object] = lambda _: None,
        interrupted: Callable[[], int] = lambda: 0,
    ) -> Measured:
        """Carries out a job. `interrupted` counts signals: the first lets requests in flight land, the second abandons.

        Raises the EvalsError the job came to, StoppedShort when the process died.
        """
        told = 0
        try:
            self._connection.send(job)
            while True:
                if self._connection.poll(TICK_S):
                    said = self._connection.recv()
                    if isinstance(said, Measured):
                        return replace(said, stamps=Stamps.received(self._connection))
                    if isinstance(said, EvalsError):
                        raise said
                    watch(said)
                if interrupted() > told:
                    told = interrupted()
                    self._connection.send("stop" if told == 1 else "abandon")
        except (EOFError, OSError):
            raise StoppedShort("the load process died; nothing of this measurement is left") from None


def serve(connection: Connection) -> None:
    """The process itself: does job after job until nobody sends another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says what it means
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        try:
            made, factory = loop_factory(job.loop)
            with asyncio.Runner(loop_factory=factory) as runner:
                measured = replace(runner.run(perform(job, connection)), loop=made)
        except EvalsError as error:
            connection.send(error)
        except OSError as error:  # the disk is full, or there are no more sockets
            connection.send(ConfigError(f"load: {error.strerror or error}"))
        else:
            connection.send(replace(measured, stamps=Stamps.allocated(0)))
            measured.stamps.send(connection)


async def perform(job: Job, connection: Connection | None = None) -> Measured:
    """Carries out a job in this event loop, telling the other end of `connection` how far it is."""
    plan, course, stamps = job.plan, Course(), Stamps.allocated(job.plan.rows)
    with Spool(job.spool) as spool, Quiet(job.sender) as quiet:
        rig = Rig(destination=job.destination, payloads=job.payloads, stamps=stamps, spool=spool)
        sending = sender(job.sender, rig)
        await sending.open(_opened_beforehand(plan, job.sender))
        pace = Pace(drain_s=job.drain_s, precise=job.precise, on_window=quiet.begin, on_window_end=quiet.end)
        with _Telling(connection, course, stamps, job.storm):
            await drive(plan, sending, stamps, course, pace)
            ended_ns = time.perf_counter_ns()
        await sending.close()
    return Measured(
        stamps=stamps.head(course.dispatched),
        window_ns=course.window_ns,
        drained_s=max(0.0, (ended_ns - course.window_ns[1]) / 1e9),
        loop="",
        signals=quiet.signals,
        stopped_by=course.stopped_by,
    )


def _opened_beforehand(plan: Plan, name: SenderName) -> int:
    """How many slots get ready before the clock starts: no connections that would idle until they are closed."""
    if plan.rate is None or name == "processes":
        return plan.in_flight
    return min(plan.in_flight, max(4, math.ceil(plan.rate * _IDLE_S)))


class _Telling:
    """Reports to the parent now and then, hears when to stop, and stops by itself in a storm of failures."""

    def __init__(self, connection: Connection | None, course: Course, stamps: Stamps, storm: float) -> None:
        self._connection, self._course, self._stamps, self._storm = connection, course, stamps, storm
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        self._timer = self._loop.call_later(TICK_S, self._tick)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        snapshot = _snapshot(self._course, self._stamps)
        landed = min(snapshot.landed, RECENT)
        if landed >= _STORM_AFTER and snapshot.recent_failed > self._storm * landed:
            self._course.stop("error storm")
        if self._connection is not None:  # asked now and then: an event loop would make its end non-blocking
            self._talk(self._connection, snapshot)
        self._timer = self._loop.call_later(TICK_S, self._tick)

    def _talk(self, connection: Connection, snapshot: Snapshot) -> None:
        try:
            while connection.poll():
                said = connection.recv()
                self._course.stop("interrupted")
                self._course.abandoned = said == "abandon"
            connection.send(snapshot)
        except (EOFError, OSError):  # the parent is gone: nobody will read what comes
            self._course.stop("interrupted")
            self._course.abandoned = True


def _snapshot(course: Course, stamps: Stamps) -> Snapshot:
    recent = slice(max(0, course.dispatched - RECENT), course.dispatched)
    ended = stamps.last_byte[recent]
    done = ended > 0
    failed = done & ((stamps.fault[recent] != OK) | (stamps.status[recent] >= 400))
    took_ms = (ended - stamps.intended[recent])[done & ~failed] / 1e6
    few = len(took_ms) < RECENT // 100
    return Snapshot(
        elapsed_s=(time.perf_counter_ns() - course.started_ns) / 1e9,
        dispatched=course.dispatched,
        landed=course.landed,
        recent_failed=int(np.count_nonzero(failed)),
        p50_ms=float(np.quantile(took_ms, 0.5)) if len(took_ms) else None,
        p99_ms=None if few else float(np.quantile(took_ms, 0.99)),
    )
