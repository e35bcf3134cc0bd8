"""Dialogues in dataset order to sums per slice: averages repeats, closes clusters, forgets both.

Memory depends on the number of slices and counts, never on the number of dialogues.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evals.scoring.legality import ROWS, Row
from evals.scoring.slices import display_order, slices_of
from evals.scoring.statistics import Moments, Sums, Vector
from evals.types import DialogueOutcome

_ROW_INDEX = {row: position for position, row in enumerate(ROWS)}


class ClusterStream:
    """Sums of counts over clusters, for every slice met.

    The caller hands over dialogues in dataset order: records of a cluster stand together, and repeats of one dialogue
    are adjacent. A cluster that comes back later would count as a new one.
    """

    def __init__(self, *, counts: int, presence: NDArray[np.float64]) -> None:
        """`presence` (metrics × counts) gives each metric's denominator, to count where there was one."""
        self._counts = counts
        self._presence = presence
        self._slices: dict[str, Moments] = {}
        self._cluster: dict[str, Vector] = {}  # the cluster being read, without the dialogue being read
        self._rows = np.zeros((len(ROWS), counts))  # the dialogue being read, summed over its repeats
        self._repeats = 0
        self._reading: DialogueOutcome | None = None

    def add(self, outcome: DialogueOutcome, rows: Mapping[Row, Vector]) -> None:
        """Add the counts of one outcome, one vector for each row that was asked for."""
        before = self._reading
        if before is None or (before.cluster, before.id) != (outcome.cluster, outcome.id):
            self._cluster = self._with_dialogue()
            if before is not None and before.cluster != outcome.cluster:
                self._close_cluster()
            self._reading, self._repeats = outcome, 0
            self._rows = np.zeros((len(ROWS), self._counts))
        self._repeats += 1
        for row, vector in rows.items():
            self._rows[_ROW_INDEX[row]] += vector

    def sums(self) -> dict[str, Sums]:
        """The sums of every slice, in display order, as if the stream ended here; changes nothing."""
        unfinished = self._with_dialogue()
        return {
            name: self._moments(name).sums(unfinished.get(name)) for name in sorted(self._names(), key=display_order)
        }

    def _names(self) -> set[str]:
        reading = () if self._reading is None else slices_of(self._reading)
        return {*self._slices, *self._cluster, *(name for _, names in reading for name in names)}

    def _with_dialogue(self) -> dict[str, Vector]:
        """The cluster being read, with the dialogue being read."""
        if self._reading is None:
            return {}
        rows = self._rows / self._repeats
        present = rows @ self._presence.T > 0
        vectors = np.hstack((rows, present))
        cluster = dict(self._cluster)
        for row, names in slices_of(self._reading):
            vector = vectors[_ROW_INDEX[row]]
            for name in names:
                cluster[name] = cluster[name] + vector if name in cluster else vector
        return cluster

    def _close_cluster(self) -> None:
        for name, vector in self._cluster.items():
            self._moments(name).add(vector)
        self._cluster = {}

    def _moments(self, name: str) -> Moments:
        if name not in self._slices:
            self._slices[name] = Moments(counts=self._counts, metrics=len(self._presence))
        return self._slices[name]
