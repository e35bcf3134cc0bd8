"""Asks an extractor about every dialogue: so many at a time, every answer stored as it lands, every failure a value.

Two doors, so that gold can only ever reach the extractors made to see it: `extract_all` hands out messages (or, to a
source of stored answers, dialogue ids), `control_all` dialogues with their gold. Which door is the caller's choice;
the shape of an extractor never opens the second one.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from evals.breaker import Breaker
from evals.errors import EvalsError, StoppedShort
from evals.limits import Limits
from evals.protocols import ControlExtractor, Extractor, Replay
from evals.results import ExtractionFailure, Prediction
from evals.spending import charged_for
from evals.types import Dialogue, ExtractionType
from evals.workers import Course, Crew, Job, Workers

_log = logging.getLogger(__name__)

LOOKAHEAD = 64
ENDING = tuple(signum for signum in signal.Signals if signum.name in ("SIGINT", "SIGTERM", "SIGHUP"))

Store = Callable[[Prediction], None]
Hire = Callable[[Course, Iterator[Job], Extractor, tuple[ExtractionType, ...], Limits], Crew]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What one pass did: predictions that hold an answer, that hold an error, and that were stored before."""

    ok: int = 0
    failed: int = 0
    reused: int = 0


class Interrupted(KeyboardInterrupt):
    """A signal ended the run early; everything that was answered is stored. `exit_code` is 129, 130 or 143."""

    def __init__(self, signum: int) -> None:
        self.signum = signum
        self.exit_code = 128 + signum
        super().__init__(f"interrupted by {signal.Signals(signum).name}; stored, the same command continues")


def extract_all(
    extractor: Extractor | Replay,
    dialogues: Iterable[Dialogue],
    *,
    extraction_types: Sequence[ExtractionType],
    repeats: int = 1,
    planned: int,
    limits: Limits,
    done: Container[tuple[str, int]] = frozenset(),
    failed_before: int = 0,
    store: Store,
    progress: Store | None = None,
    hire: Hire = Workers,
) -> Tally:
    """Sends the messages of each dialogue `repeats` times, except what is in `done`, and stores every answer.

    `planned` counts all (dialogue, repeat) pairs of the run, `done` ones included; `failed_before` of the latter are
    stored failures, which count against `max_error_rate` like new ones. Dialogues are drawn as places come free. A
    coroutine `extract` runs in the event loop, a plain one in `concurrency` threads; a `Replay` is asked by id, and an
    answer it lacks is a failure. An extractor's own `close()`, plain or async, is called at the end. `hire` says who
    asks.

    An exception becomes a failed prediction; only what says that the run itself is wrong (ConfigError, UsageError,
    StoppedShort, KeyboardInterrupt, SystemExit, CancelledError) goes through, after the calls in flight have landed.

    Raises StoppedShort when more than `max_error_rate` of `planned` failed, when the first ten all failed alike (the
    first three, where a key, a quota or a route is wrong) or `max_in_a_row` at any time, unless that rate is 1, and
    when `max_calls` or the purse are used up; Interrupted on SIGINT, SIGTERM and SIGHUP, where a second signal abandons
    the calls in flight.
    """
    course = _Course(planned=planned, limits=limits, failed=failed_before, store=store, progress=progress)
    jobs = course.jobs(dialogues, repeats=repeats, done=done)
    with _signals_to(course):
        if isinstance(extractor, Replay):
            for dialogue, repeat in jobs:
                course.land(extractor.replay(dialogue.id, repeat) or _not_stored(dialogue.id, repeat))
        else:
            asyncio.run(hire(course, jobs, extractor, tuple(extraction_types), limits).run())
    return course.finish()


def control_all(
    control: ControlExtractor,
    dialogues: Iterable[Dialogue],
    *,
    extraction_types: Sequence[ExtractionType],
    repeats: int = 1,
    planned: int,
    limits: Limits,
    done: Container[tuple[str, int]] = frozenset(),
    failed_before: int = 0,
    store: Store,
    progress: Store | None = None,
) -> Tally:
    """Hands each dialogue with its gold, and another one, to an extractor made to see gold. Else as extract_all.

    No latency is stored: it would be that of copying.
    """
    course = _Course(planned=planned, limits=limits, failed=failed_before, store=store, progress=progress)
    asked = tuple(extraction_types)
    with _signals_to(course):
        for dialogue, other in with_another(dialogues):
            for _, repeat in course.jobs([dialogue], repeats=repeats, done=done):
                extraction = control.extract_from_gold(dialogue, other, asked)
                course.land(Prediction(id=dialogue.id, repeat=repeat, extraction=extraction))
            if course.stopped is not None:
                break
    return course.finish()


def with_another(dialogues: Iterable[Dialogue]) -> Iterator[tuple[Dialogue, Dialogue | None]]:
    """Each dialogue with another one of its language, from another cluster wherever there is one.

    That is the last dialogue of the cluster before; those of a language's first cluster wait for the second cluster to
    begin. A language of one cluster gets its own neighbours, a single dialogue None. The order changes, memory does
    not grow: at most 64 dialogues wait for each language.
    """
    lines: dict[str, _Line] = {}
    for dialogue in dialogues:
        line = lines.setdefault(dialogue.language, _Line())
        if line.last is not None and line.last.cluster != dialogue.cluster:
            yield from ((waiting, dialogue) for waiting in line.waiting)
            line.waiting.clear()
            line.donor = line.last
        line.last = dialogue
        if line.donor is not None:
            yield dialogue, line.donor
            continue
        line.waiting.append(dialogue)
        if len(line.waiting) > LOOKAHEAD:
            yield line.waiting.popleft(), dialogue
    for line in lines.values():
        for position, waiting in enumerate(line.waiting):
            other = line.waiting[position - 1]
            yield waiting, other if other is not waiting else None


@dataclass(slots=True)
class _Line:
    """What is remembered of one language while its dialogues pass by."""

    waiting: deque[Dialogue] = field(default_factory=deque)
    donor: Dialogue | None = None
    last: Dialogue | None = None


# --- the course of one pass, whatever the source -------------------------------------------------


class _Course:
    """Hands out jobs, takes predictions in, and knows when and why to stop."""

    def __init__(self, *, planned: int, limits: Limits, failed: int, store: Store, progress: Store | None) -> None:
        self._planned, self._limits, self._store, self._progress = planned, limits, store, progress
        self._breaker = Breaker(limits, planned=planned, failed_before=failed)
        self._ok = self._reused = self._calls = 0
        self.stopped: BaseException | str | None = None
        self.on_stop: Callable[[], object] = lambda: None
        self.on_abandon: Callable[[], object] = lambda: None
        self._told: set[str] = set()

    def jobs(
        self, dialogues: Iterable[Dialogue], *, repeats: int, done: Container[tuple[str, int]]
    ) -> Iterator[tuple[Dialogue, int]]:
        """(dialogue, repeat) of what is left to do, until the course is stopped."""
        for dialogue in dialogues:
            for repeat in range(repeats):
                if self.stopped is not None:
                    return
                if (dialogue.id, repeat) in done:
                    self._reused += 1
                    self._breaker.reused = True
                    continue
                if self._calls == self._limits.max_calls:
                    self.stop(f"budget.max_calls={self._calls} is used up")
                    return
                if self._limits.purse.is_empty:
                    self.stop(str(self._limits.purse))
                    return
                self._calls += 1
                yield dialogue, repeat

    def land(self, prediction: Prediction) -> None:
        """Stores a prediction and stops the course when too many have failed."""
        self._store(prediction)
        limits = self._limits
        limits.purse.pay(charged_for(prediction).money(limits.price_in, limits.price_out))
        if prediction.error is None:
            self._ok += 1
            self._breaker.answered()
        elif reason := self._breaker.failed(prediction.error):
            self.stop(reason)
        if self._progress is not None:
            self._progress(prediction)

    def stop(self, reason: BaseException | str) -> None:
        """No new work from here on. The first reason is the one that is raised, a text as StoppedShort.

        Of the others those are told that cost an answer which came after it, as a full disk does.
        """
        if self.stopped is None:
            self.stopped = reason
            self.on_stop()
        elif isinstance(reason, EvalsError) and str(reason) not in self._told:
            self._told.add(str(reason))
            _log.warning("while stopping: %s", reason)

    def on_signal(self, signum: int) -> None:
        """Stops taking new work; where that has happened, abandons the calls in flight."""
        if self.stopped is None:
            self.stop(Interrupted(signum))
        else:
            self.on_abandon()

    def finish(self) -> Tally:
        """The tally, or the reason why the course ended early."""
        if self.stopped is None and (reason := self._breaker.too_many()):
            self.stop(reason)
        if self.stopped is None:
            return Tally(ok=self._ok, failed=self._breaker.new, reused=self._reused)
        if isinstance(self.stopped, BaseException):
            raise self.stopped
        stored = f"{self._ok + self._reused} of {self._planned} answers are stored"
        raise StoppedShort(f"{self.stopped}; {stored} and the same command continues from there")


@contextmanager
def _signals_to(course: _Course) -> Iterator[None]:
    """Signals that ask to end stop the course instead of the process. Outside the main thread nothing changes.

    What is ignored stays so: under nohup a closed terminal ends nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        signum: signal.signal(signum, lambda number, _frame: course.on_signal(number))
        for signum in ENDING
        if signal.getsignal(signum) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _not_stored(id: str, repeat: int) -> Prediction:
    failure = ExtractionFailure(type="ExtractorError", message="no prediction stored for this id")
    return Prediction(id=id, repeat=repeat, error=failure)
