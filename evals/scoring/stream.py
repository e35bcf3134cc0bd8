"""Dialogues in dataset order to sums per slice: closes clusters and forgets them.

Memory depends on the number of slices and counts, never on the number of dialogues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evals.scoring.counted import Header
from evals.scoring.legality import ROWS
from evals.scoring.slices import Slices, display_order, slices_of
from evals.scoring.statistics import Moments, Sums, Vector

_ROW_INDEX = {row: position for position, row in enumerate(ROWS)}
Wanted = Callable[[str], bool]


class ClusterStream:
    """Sums of counts over clusters, for every slice met.

    The caller hands over dialogues in dataset order: records of a cluster stand together. A cluster that comes back
    later would count as a new one.
    """

    def __init__(self, *, presence: NDArray[np.float64], wanted: Wanted | None = None) -> None:
        """`presence` (metrics × counts) gives each metric's denominator, to count where there was one; `wanted` says
        which slices are kept (None: all)."""
        self._presence = presence
        self._wanted = wanted or (lambda _name: True)
        self._slices: dict[str, _Slice] = {}

    def add(self, headers: Sequence[Header], counts: Vector) -> None:
        """Add dialogues: counts are dialogues × rows × counts, averaged over repeats."""
        present = (counts @ self._presence.T > 0).astype(np.float64)
        vectors = np.concatenate((counts, present), axis=2)
        clusters = [header.cluster for header in headers]
        for name, (row, members) in self._members(headers).items():
            if name not in self._slices:
                metrics, width = self._presence.shape
                self._slices[name] = _Slice(Moments(counts=width, metrics=metrics))
            self._slices[name].add([clusters[member] for member in members], vectors[members, row])

    def sums(self) -> dict[str, Sums]:
        """The sums of every slice, in display order, as if the stream ended here; changes nothing."""
        return {
            name: self._slices[name].moments.sums(self._slices[name].open)
            for name in sorted(self._slices, key=display_order)
        }

    def _members(self, headers: Sequence[Header]) -> dict[str, tuple[int, list[int]]]:
        """For each slice, the row of counts that feeds it and the dialogues that belong to it, in order."""
        alike: dict[Slices, list[int]] = {}  # few dialogues belong to slices that no other belongs to
        for position, header in enumerate(headers):
            alike.setdefault(slices_of(header), []).append(position)
        members: dict[str, tuple[int, list[int]]] = {}
        for slices, positions in alike.items():
            for row, names in slices:
                for name in filter(self._wanted, names):
                    members.setdefault(name, (_ROW_INDEX[row], []))[1].extend(positions)
        return {name: (row, sorted(positions)) for name, (row, positions) in members.items()}


@dataclass(slots=True)
class _Slice:
    """The closed clusters of a slice, and the one that may go on in the next block."""

    moments: Moments
    cluster: str | None = None
    open: Vector | None = field(default=None)

    def add(self, clusters: Sequence[str], vectors: Vector) -> None:
        starts = [at for at, name in enumerate(clusters) if at == 0 or name != clusters[at - 1]]
        sums: Vector = np.add.reduceat(vectors, starts, axis=0)
        if self.open is not None and self.cluster == clusters[0]:
            sums[0] += self.open
        elif self.open is not None:
            self.moments.add(self.open[None])
        self.moments.add(sums[:-1])
        self.cluster, self.open = clusters[-1], sums[-1].copy()  # a view would keep the block
