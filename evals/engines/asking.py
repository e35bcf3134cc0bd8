"""The workers of a cluster in the place of our own: the driver hands out jobs and lands what comes back.

The course stays with the driver, and so does everything that decides or is written. A worker is handed a few dialogues
without their gold and streams back one answer after the other. Ray repeats nothing: what a lost worker had not answered
is given to another one, and only that.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from evals.engines.arrival import Origin
from evals.engines.turns import shared
from evals.engines.worker import Asker, Order, Said
from evals.facts import Facts
from evals.limits import Limits
from evals.protocols import Extractor
from evals.spending import Purse
from evals.types import Dialogue, ExtractionType
from evals.workers import Course, Job, close

if TYPE_CHECKING:
    from evals.engines.cluster import Cluster

LOSSES = 3  # workers lost one after the other without an answer in between that end a run
AHEAD_S = 0.02  # a fast worker is handed what it answers in this time beside what it is asking; a slow one nothing
GRACE_S = 15.0  # what a worker gets to close its extractor once its calls are abandoned
SHOWN = 300  # characters of what Ray says

_log = logging.getLogger(__name__)


class Asking:
    """How a cluster asks an extractor, which every worker builds for itself from its configuration `node`.

    A `Hire` of the runner. `facts` is what the extractors said of themselves, once they were asked.
    """

    def __init__(self, cluster: Cluster, node: Mapping[str, Any]) -> None:
        self.facts: Facts = {}
        self._cluster, self._node = cluster, dict(node)

    def __call__(
        self,
        course: Course,
        jobs: Iterator[Job],
        extractor: Extractor,
        asked: tuple[ExtractionType, ...],
        limits: Limits,
    ) -> _Crew:
        throttle = getattr(extractor, "throttle", None)
        order = Order(
            node=self._node,
            asked=asked,
            limits=replace(limits, qps=None, max_calls=None, purse=Purse()),
            origin=Origin.here(),
            variables=_named_variables(self._node),
            turns=shared({"qps": limits.qps}),
            throttle=shared(getattr(throttle, "budgets", {})),
        )
        return _Crew(self, self._cluster, order, course=course, jobs=jobs, extractor=extractor, limits=limits)


@dataclass(eq=False, slots=True, kw_only=True)
class _Hand:
    """A worker of the cluster, how many calls it makes at a time, and what it was handed and has not answered."""

    actor: Any
    slots: int
    out: dict[tuple[str, int], Job] = field(default_factory=dict)
    begun_s: float | None = None
    answered: int = 0
    told_last: bool = False
    dismissed: bool = False


class _Crew:
    """A place for each worker; one that is lost is followed by another in its place."""

    def __init__(
        self,
        asking: Asking,
        cluster: Cluster,
        order: Order,
        *,
        course: Course,
        jobs: Iterator[Job],
        extractor: Extractor,
        limits: Limits,
    ) -> None:
        self._asking, self._cluster, self._order = asking, cluster, order
        self._course, self._jobs, self._extractor, self._limits = course, jobs, extractor, limits
        self._again: deque[Job] = deque()
        self._hands: set[_Hand] = set()
        self._losses = 0
        self._drawing = False

    async def run(self) -> None:
        """Runs until the jobs are done or the course is stopped; the reason to stop is left with the course."""
        self._loop = asyncio.get_running_loop()
        self._course.on_stop, self._course.on_abandon = self._on_stop, self._on_abandon
        places = min(self._cluster.workers, self._limits.concurrency)
        await asyncio.gather(*(self._place(slots) for slots in _shares(self._limits.concurrency, places)))
        self._course.on_stop = self._course.on_abandon = lambda: None
        await close(self._extractor)

    async def _place(self, slots: int) -> None:
        """One worker after the other, until nothing is left to hand out or the course is stopped."""
        try:
            while self._course.stopped is None and self._more():
                await self._employ(slots)
        except BaseException as error:  # raised by the course's owner, once the others have landed
            self._course.stop(error)

    async def _employ(self, slots: int) -> None:
        """One worker from its first job to its last answer, or to its end."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        actor = ray.remote(Asker).options(num_cpus=1, scheduling_strategy="SPREAD").remote()
        hand = _Hand(actor=actor, slots=slots)
        self._hands.add(hand)
        try:
            if wrong := await actor.begin.remote(self._order):
                raise wrong
            hand.begun_s = self._loop.time()
            self._give(hand)
            async for said in actor.answers.remote():
                self._take(hand, await said)
        except RayTaskError:  # our own code, or a plug-in's
            raise
        except RayError as error:
            self._lost(hand, error)
        finally:
            self._hands.discard(hand)
            ray.kill(actor)

    # --- handing out -----------------------------------------------------------------------------

    def _give(self, hand: _Hand) -> None:
        """Hands out what a worker can ask at a time, and what it answers before more could reach it.

        So a slow extractor is never handed, and a worker that is lost never costs, more than it had in flight.
        """
        assert hand.begun_s is not None
        rate = hand.answered / (self._loop.time() - hand.begun_s + AHEAD_S)
        ahead = min(self._cluster.batch, int(rate * AHEAD_S))
        count = _wanted(slots=hand.slots, ahead=ahead, out=len(hand.out))
        if hand.told_last or not count:
            return
        jobs = self._drawn(count) if self._course.stopped is None else []
        hand.out |= {(dialogue.id, repeat): (dialogue, repeat) for dialogue, repeat in jobs}
        hand.told_last = not jobs
        hand.actor.take.remote([(_bare(dialogue), repeat) for dialogue, repeat in jobs], last=hand.told_last)
        if hand.told_last:
            self._dismiss()

    def _more(self) -> bool:
        """Whether there is anything left to hand out."""
        self._again.extendleft(self._drawn(1))
        return bool(self._again)

    def _drawn(self, count: int) -> list[Job]:
        """So many of what lost workers left behind and what comes next, fewer where there are no more."""
        jobs = [self._again.popleft() for _ in range(min(count, len(self._again)))]
        self._drawing = True
        try:
            jobs += islice(self._jobs, count - len(jobs))
        except BaseException as error:  # a broken line: the answers that are under way still land
            self._course.stop(error)
        self._drawing = False
        return jobs

    # --- what comes back -------------------------------------------------------------------------

    def _take(self, hand: _Hand, said: Said) -> None:
        for prediction in said.landed:
            del hand.out[prediction.id, prediction.repeat]
            hand.answered += 1
            self._losses = 0
            try:
                self._course.land(prediction)
            except BaseException as error:  # a full disk: the others still try
                self._course.stop(error)
        if said.last:
            self._asking.facts = self._asking.facts or said.facts
            if said.stopped is not None:
                self._course.stop(said.stopped)
        else:
            self._give(hand)

    def _lost(self, hand: _Hand, error: Exception) -> None:
        """What a lost worker had not answered goes out again."""
        self._again.extendleft(reversed(hand.out.values()))
        if hand.dismissed or self._course.stopped is not None:
            return
        self._losses += 1
        _log.warning("a worker of the cluster was lost, %d dialogues go to another: %s", len(hand.out), _cause(error))
        if self._losses == LOSSES:
            self._course.stop(f"{LOSSES} workers in a row were lost without an answer in between: {_cause(error)}")

    # --- the end ---------------------------------------------------------------------------------

    def _on_stop(self) -> None:
        """Where drawing ends the course because its calls are used up, what was drawn was counted and is asked."""
        used_up = self._drawing and isinstance(self._course.stopped, str) and not self._limits.purse.is_empty
        if not used_up:
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if in_flight := sum(min(len(hand.out), hand.slots) for hand in self._hands):
            _log.warning("stopping: waiting for %d calls in flight; interrupt to abandon them", in_flight)
        self._dismiss()
        for hand in self._hands:
            if not hand.dismissed:
                hand.actor.stop.remote()

    def _on_abandon(self) -> None:
        self._loop.call_soon_threadsafe(self._abandon)

    def _abandon(self) -> None:
        import ray

        for hand in self._hands:
            if not hand.dismissed:
                hand.actor.abandon.remote()
                self._loop.call_later(GRACE_S, ray.kill, hand.actor)

    def _dismiss(self) -> None:
        """Ends the workers that have not begun, as where a cluster has no core left for them."""
        import ray

        for hand in self._hands:
            if hand.begun_s is None:
                hand.dismissed = True
                ray.kill(hand.actor)


def _shares(whole: int, places: int) -> list[int]:
    return [whole // places + (place < whole % places) for place in range(places)]


def _wanted(*, slots: int, ahead: int, out: int) -> int:
    """How many more dialogues a worker is handed: none before half of what it may have ahead is gone."""
    room = slots + ahead - out
    return room if room >= max(1, ahead // 2) else 0


def _bare(dialogue: Dialogue) -> Dialogue:
    """What a worker is handed: id and messages, nothing annotated."""
    return Dialogue(id=dialogue.id, messages=dialogue.messages, cluster="", language=dialogue.language)


def _named_variables(node: object) -> dict[str, str]:
    """The environment variables that keys ending in `_env` name, as far as they are set here."""
    if not isinstance(node, Mapping):
        return {}
    named = [value for key, value in node.items() if str(key).endswith("_env") and isinstance(value, str)]
    below = [item for value in node.values() for item in _named_variables(value).items()]
    return dict(below) | {name: os.environ[name] for name in named if name in os.environ}


def _cause(error: Exception) -> str:
    """Ray's many lines in one."""
    return " ".join(str(error).split())[:SHOWN]
