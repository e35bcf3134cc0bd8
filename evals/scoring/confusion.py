"""Confusion matrices: which types matched pairs were given, and what leaked from one list into the other."""

from __future__ import annotations

from collections import Counter

from evals.results import DialogueOutcome
from evals.scoring.agreement import matched_pairs
from evals.scoring.legality import asked_kinds

NULL = "null"  # no type given
OTHER = "other"  # one more type than is kept apart
TYPES_KEPT = 24  # a model may invent a type for every memory; the matrix stays of one size

Matrix = dict[str, dict[str, int]]


class Confusion:
    """Pairs counted by gold and predicted label. Memory is bounded."""

    def __init__(self) -> None:
        self._cells: dict[str, Counter[tuple[str, str]]] = {
            name: Counter() for name in ("memory_type", "preference_type", "list_leak")
        }
        self._types: set[str] = set()

    def add(self, outcome: DialogueOutcome) -> None:
        """Count the correct and partial pairs of one dialogue, and its list leaks by kind."""
        for gold, item in matched_pairs(outcome):
            if gold.kind == "fact":
                self._cells["memory_type"][self._kept(gold.memory_type), self._kept(item.memory_type)] += 1
            else:
                self._cells["preference_type"][gold.kind, item.kind or NULL] += 1
        kinds: dict[str | None, str] = {gold.gid: gold.kind for gold in outcome.gold}
        for item in outcome.predicted:
            if item.list_leak and (item.kind or "implicit_preference") in asked_kinds(outcome.asked):
                self._cells["list_leak"][kinds.get(item.partner, NULL), item.kind or NULL] += 1

    def table(self) -> dict[str, Matrix]:
        """Matrix name → gold label → predicted label → pairs, labels in alphabetical order."""
        return {name: _nested(cells) for name, cells in self._cells.items()}

    def _kept(self, label: str | None) -> str:
        if label is None:
            return NULL
        if len(self._types) < TYPES_KEPT:
            self._types.add(label)
        return label if label in self._types else OTHER


def _nested(cells: Counter[tuple[str, str]]) -> Matrix:
    matrix: Matrix = {}
    for (gold, predicted), pairs in sorted(cells.items()):
        matrix.setdefault(gold, {})[predicted] = pairs
    return matrix
