"""Dialogues as arrays of what each contributes to every score, in blocks small enough to stream.

Everything a score or a comparison needs of a dialogue is in its counts: intervals, paired differences and permutations
are sums over these arrays, whatever the texts were.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.results import DialogueOutcome
from evals.scoring.counts import NAMES, count
from evals.scoring.legality import ROWS
from evals.scoring.statistics import Vector
from evals.types import ExtractionType, Split

BLOCK = 256  # dialogues: large enough that numpy's loop is the only one that counts
_ROW_INDEX = {row: position for position, row in enumerate(ROWS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which dialogue it is, and all that decides in which slices and clusters it counts."""

    id: str
    cluster: str
    language: str
    split: Split
    labels: tuple[str, ...] = ()
    asked: tuple[ExtractionType, ...] = ()
    in_hash: str | None = None
    pair_id: str | None = None

    @classmethod
    def of(cls, outcome: DialogueOutcome) -> Header:
        return cls(
            id=outcome.id,
            cluster=outcome.cluster,
            language=outcome.language,
            split=outcome.split,
            labels=outcome.labels,
            asked=outcome.asked,
            in_hash=outcome.in_hash,
            pair_id=outcome.pair_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Some dialogues in dataset order.

    `counts` is repeats × rows (`legality.ROWS`) × counts (`counts.NAMES`): the repeats of dialogue i are its entries
    from `starts[i]` to `starts[i + 1]`. `latency_ms` has an entry a repeat, NaN where none was measured.
    """

    headers: tuple[Header, ...]
    starts: NDArray[np.intp]
    counts: Vector
    latency_ms: Vector

    @property
    def repeats(self) -> NDArray[np.intp]:
        """How many repeats each dialogue has."""
        return np.diff(self.starts, append=len(self.counts))

    def at(self, position: int) -> Counted:
        """One dialogue of the block."""
        end = position + 1
        last = len(self.counts) if end == len(self.headers) else int(self.starts[end])
        rows = slice(int(self.starts[position]), last)
        return Counted(
            headers=self.headers[position:end],
            starts=np.zeros(1, dtype=np.intp),
            counts=self.counts[rows],
            latency_ms=self.latency_ms[rows],
        )

    @classmethod
    def joined(cls, parts: Sequence[Counted]) -> Counted:
        """Several blocks, at least one, as one."""
        offsets = np.cumsum([0, *(len(part.counts) for part in parts[:-1])])
        return cls(
            headers=tuple(header for part in parts for header in part.headers),
            starts=np.concatenate([part.starts + offset for part, offset in zip(parts, offsets, strict=True)]),
            counts=np.concatenate([part.counts for part in parts]),
            latency_ms=np.concatenate([part.latency_ms for part in parts]),
        )

    def averaged(self) -> Vector:
        """Dialogues × rows × counts, the repeats of each dialogue averaged."""
        if len(self.headers) == len(self.counts):
            return self.counts
        sums: Vector = np.add.reduceat(self.counts, self.starts, axis=0)
        return sums / self.repeats[:, None, None]


class Counting:
    """Counts outcomes and hands out whole dialogues in blocks; repeats of one dialogue come one after the other."""

    def __init__(self) -> None:
        self._headers: list[Header] = []
        self._starts: list[int] = []
        self._rows: list[Vector] = []
        self._latency_ms: list[float] = []

    def add(self, outcome: DialogueOutcome) -> Counted | None:
        """Count one outcome; gives back a block of earlier dialogues once there are enough of them."""
        last = self._headers[-1] if self._headers else None
        full = None
        if last is None or (last.cluster, last.id) != (outcome.cluster, outcome.id):
            full = self.rest() if len(self._headers) >= BLOCK else None
            self._headers.append(Header.of(outcome))
            self._starts.append(len(self._rows))
        self._rows.append(_rows(outcome))
        measured = outcome.latency_ms if outcome.error is None else None
        self._latency_ms.append(np.nan if measured is None else measured)
        return full

    def rest(self) -> Counted | None:
        """The dialogues not handed out yet, which are forgotten here; None where there are none."""
        block = self.pending()
        self._headers, self._starts, self._rows, self._latency_ms = [], [], [], []
        return block

    def pending(self) -> Counted | None:
        """The dialogues not handed out yet, which stay."""
        if not self._headers:
            return None
        starts = np.array(self._starts, dtype=np.intp)
        return Counted(
            headers=tuple(self._headers),
            starts=starts,
            counts=np.stack(self._rows),
            latency_ms=np.array(self._latency_ms),
        )


def counted(outcomes: Iterable[DialogueOutcome]) -> Iterator[Counted]:
    """The blocks of a stream of outcomes."""
    counting = Counting()
    for outcome in outcomes:
        if (block := counting.add(outcome)) is not None:
            yield block
    if (block := counting.rest()) is not None:
        yield block


def _rows(outcome: DialogueOutcome) -> Vector:
    """The counts of one outcome, row by row; a row that was not asked for is all 0."""
    rows = np.zeros((len(ROWS), len(NAMES)))
    for row, tally in count(outcome).items():
        rows[_ROW_INDEX[row]] = np.fromiter(tally.values(), dtype=np.float64, count=len(NAMES))
    return rows
