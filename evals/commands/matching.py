"""Matching the answers of a run, in this process or spread over others: what comes out is the same to the last byte.

Dialogues go out in batches and come back in the order they went, so that only the processes differ. At most two
batches a process are under way, whatever the size of the set.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, cast

from evals.corpus.hashes import in_hash
from evals.errors import ConfigError, StoppedShort
from evals.extractors.controls import GOLD_CONTROLS
from evals.matching.grade import grade
from evals.protocols import ControlExtractor, Extractor, Matcher
from evals.results import DialogueOutcome, Prediction
from evals.types import Dialogue, Extraction, ExtractionType

if TYPE_CHECKING:
    from evals.engines.cluster import Cluster

BATCH = 32  # dialogues sent to a process at a time

Asked = tuple[Dialogue, Sequence[Prediction]]
Paired = tuple[Dialogue, Dialogue | None]
Answered = dict[str, DialogueOutcome]
T = TypeVar("T")
R = TypeVar("R")
Made = TypeVar("Made", covariant=True)


class Promised(Protocol[Made]):
    """What work elsewhere will come to."""

    def result(self) -> Made: ...


class Pool(Protocol):
    """Other processes that work: executors of the standard library, and whoever has their face."""

    def submit(self, work: Callable[..., R], /, *arguments: Any) -> Promised[R]: ...
    def shutdown(self, *, cancel_futures: bool) -> None: ...


class Matching:
    """How answers are matched: a matcher, the controls beside the system, and who does it.

    That is this process, so many `processes` of this machine, or the workers of a `cluster`. Use as a context manager.
    Raises ConfigError where other processes cannot be handed the matcher.
    """

    def __init__(
        self,
        matcher: Matcher,
        controls: Mapping[str, Extractor | ControlExtractor],
        extraction_types: Sequence[ExtractionType],
        *,
        processes: int = 1,
        cluster: Cluster | None = None,
    ) -> None:
        self._work = _Work(matcher, dict(controls), tuple(extraction_types))
        self._processes, self._batch = (processes, BATCH) if cluster is None else (cluster.workers, cluster.batch)
        self._cluster = cluster
        self._pool: Pool | None = None

    def __enter__(self) -> Self:
        if self._cluster is not None:
            self._pool = self._cluster.pool(_take, self._work.packed())
        elif self._processes > 1:
            self._pool = ProcessPoolExecutor(
                self._processes,
                mp_context=get_context("spawn"),  # fork would copy whatever threads and locks are about
                initializer=_begin,
                initargs=(self._work.packed(),),
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def outcomes(self, asked: Iterable[Asked]) -> Iterator[tuple[Dialogue, list[DialogueOutcome], Answered]]:
        """What became of each answer of each dialogue, and of those of the controls that see no gold, by name."""
        return ((dialogue, *made) for (dialogue, _), made in self._mapped(_Work.outcomes, asked))

    def from_gold(self, pairs: Iterable[Paired]) -> Iterator[tuple[Dialogue, Answered]]:
        """What becomes of the answers of the controls that see gold; nothing is drawn where there is none of them."""
        if not self._work.with_gold:
            return iter(())
        return ((dialogue, made) for (dialogue, _), made in self._mapped(_Work.from_gold, pairs))

    def _mapped(self, work: Callable[[_Work, T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        if self._pool is None:
            return ((item, work(self._work, item)) for item in items)
        return self._spread(self._pool, work, iter(items))

    def _spread(self, pool: Pool, work: Callable[[_Work, T], R], items: Iterator[T]) -> Iterator[tuple[T, R]]:
        waiting: deque[tuple[list[T], Promised[list[R]]]] = deque()
        try:
            while True:
                batch = list(islice(items, self._batch))
                if batch:
                    waiting.append((batch, pool.submit(_done, work, batch)))
                if not waiting:
                    return
                if len(waiting) >= 2 * self._processes or not batch:
                    sent, made = waiting.popleft()
                    yield from zip(sent, made.result(), strict=True)
        except BrokenProcessPool:
            raise StoppedShort(
                "a matching process was killed (out of memory?); give grading.processes=1 or more memory"
            ) from None


class _Work:
    """What every process does with one dialogue."""

    def __init__(
        self,
        matcher: Matcher,
        controls: dict[str, Extractor | ControlExtractor],
        extraction_types: tuple[ExtractionType, ...],
    ) -> None:
        self._matcher, self._asked = matcher, extraction_types
        gold = {name: control for name, control in controls.items() if isinstance(control, GOLD_CONTROLS)}
        self.with_gold = cast(dict[str, ControlExtractor], gold)  # ours alone, whatever methods others have
        self._plain = cast(dict[str, Extractor], {name: each for name, each in controls.items() if name not in gold})

    def packed(self) -> bytes:
        try:
            return pickle.dumps(self)
        except Exception as error:  # whatever a plug-in raises when it is taken apart
            what = f"{type(self._matcher).__name__} cannot be handed to other processes"
            raise ConfigError(f"grading.processes: {what} ({error}); give 1") from None

    def outcomes(self, asked: Asked) -> tuple[list[DialogueOutcome], Answered]:
        dialogue, predictions = asked
        sent = in_hash(dialogue)
        outcomes = [
            grade(dialogue, prediction, self._matcher, extraction_types=self._asked, in_hash=sent)
            for prediction in predictions
        ]
        said = {name: control.extract(dialogue.messages, self._asked) for name, control in self._plain.items()}
        return outcomes, {name: self._answered(dialogue, answer) for name, answer in said.items()}

    def from_gold(self, pair: Paired) -> Answered:
        dialogue, other = pair
        return {
            name: self._answered(dialogue, control.extract_from_gold(dialogue, other, self._asked))
            for name, control in self.with_gold.items()
        }

    def _answered(self, dialogue: Dialogue, answer: object) -> DialogueOutcome:
        assert isinstance(answer, Extraction)  # our own controls are plain functions
        prediction = Prediction(id=dialogue.id, extraction=answer)
        return grade(dialogue, prediction, self._matcher, extraction_types=self._asked)


# --- in the other processes ----------------------------------------------------------------------

_work: _Work


def _begin(packed: bytes) -> None:
    """Takes the work over. Whoever started us deals with signals, and we end when it does, however it ends."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _take(packed)


def _take(packed: bytes) -> None:
    global _work
    _work = pickle.loads(packed)  # noqa: S301 - written a moment ago by the process that started this one


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _done(work: Callable[[_Work, T], R], batch: Sequence[T]) -> list[R]:
    return [work(_work, item) for item in batch]
