"""What runs in a worker of the cluster: an extractor of its own that answers what is handed over.

The worker knows no gold, no run folder and no other dialogues; what it has not been handed it cannot ask.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.config import build
from evals.engines.arrival import Origin
from evals.engines.turns import SharedTurns
from evals.errors import EvalsError
from evals.facts import Facts, facts_of
from evals.limits import Limits
from evals.protocols import Extractor
from evals.results import Prediction
from evals.types import ExtractionType
from evals.workers import Job, Workers

TOGETHER_S = 0.005  # answers landing within this time are sent together: sending costs more than a quick answer itself


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a worker is told before the first job. `variables` hold keys: they are sent, set and never shown."""

    node: dict[str, Any]
    asked: tuple[ExtractionType, ...]
    limits: Limits
    origin: Origin
    variables: dict[str, str] = field(repr=False)
    turns: SharedTurns | None = None
    throttle: SharedTurns | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What comes back: answers that have landed and, in the last one, why the worker stopped and its facts."""

    landed: list[Prediction]
    last: bool = False
    stopped: BaseException | str | None = None
    facts: Facts = field(default_factory=dict)


class Asker:
    """One worker of the cluster, which does the jobs it is handed as our own workers do."""

    async def begin(self, order: Order) -> EvalsError | None:
        """Builds the extractor. Returns what is wrong with it, or with this worker."""
        os.environ.update(order.variables)
        try:
            order.origin.arrive()
            self._extractor: Extractor = build("extractor", order.node, Extractor)
        except EvalsError as error:
            return error
        if order.throttle is not None:
            self._extractor.throttle = order.throttle
        self._course, self._inbox = _Course(), _Inbox()
        self._workers = Workers(
            self._course, self._inbox, self._extractor, order.asked, order.limits, turns=order.turns
        )
        return None

    async def take(self, jobs: Sequence[Job], *, last: bool) -> None:
        """More jobs; after the `last` ones no more come."""
        self._inbox.put(jobs, last=last)

    async def stop(self) -> None:
        """What has not begun is not begun; the calls in flight land."""
        self._inbox.close()
        self._course.stop("the run was stopped")

    async def abandon(self) -> None:
        """Leaves the calls in flight alone."""
        self._course.on_abandon()

    async def answers(self) -> AsyncIterator[Said]:
        """Does the jobs; every answer as it lands, and at the end what there is to say of the whole."""
        running = asyncio.ensure_future(self._workers.run())
        running.add_done_callback(lambda _: self._course.landed.set())
        while not running.done():
            await self._course.landed.wait()
            await asyncio.sleep(TOGETHER_S)
            if answers := self._course.taken():
                yield Said(answers)
        stopped = _sendable(running.exception() or self._course.stopped)
        yield Said(self._course.taken(), last=True, stopped=stopped, facts=facts_of(self._extractor))


class _Course:
    """The end of the driver's course that reaches into the worker: what lands is kept until it is sent."""

    def __init__(self) -> None:
        self.stopped: BaseException | str | None = None
        self.on_stop: Callable[[], object] = lambda: None
        self.on_abandon: Callable[[], object] = lambda: None
        self.landed = asyncio.Event()
        self._answers: list[Prediction] = []

    def land(self, prediction: Prediction) -> None:
        self._answers.append(prediction)
        self.landed.set()

    def stop(self, reason: BaseException | str) -> None:
        if self.stopped is None:
            self.stopped = reason
            self.on_stop()

    def taken(self) -> list[Prediction]:
        """What has landed since the last time."""
        self.landed.clear()
        answers, self._answers = self._answers, []
        return answers


class _Inbox:
    """Jobs in the order they came; whoever wants one waits until there is one or no more will come."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._last = False
        self._changed = asyncio.Event()

    def put(self, jobs: Sequence[Job], *, last: bool) -> None:
        self._jobs.extend(jobs)
        self._last = self._last or last
        self._changed.set()

    def close(self) -> None:
        self._jobs.clear()
        self.put((), last=True)

    def __aiter__(self) -> _Inbox:
        return self

    async def __anext__(self) -> Job:
        while not self._jobs:
            if self._last:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._jobs.popleft()


def _sendable(reason: BaseException | str | None) -> BaseException | str | None:
    """The reason, or what there is to read of one that another process may not be able to take apart."""
    if reason is None or isinstance(reason, (str, EvalsError, SystemExit, KeyboardInterrupt)):
        return reason
    return RuntimeError("".join(traceback.format_exception(reason)).rstrip())
