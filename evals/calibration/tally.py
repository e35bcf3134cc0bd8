"""What a matcher or a judge said of labelled pairs, counted by kind and language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from evals.calibration.pairs import Answer, Answered, Label

ANSWERS: tuple[Answer, ...] = ("match", "partial", "no", "open")


@dataclass
class Cell:
    """The answers to the pairs of one label, kind and language."""

    label: Label
    kind: str
    lang: str
    answers: dict[Answer, int] = field(default_factory=lambda: dict.fromkeys(ANSWERS, 0))

    @property
    def n(self) -> int:
        return sum(self.answers.values())

    @property
    def false_accepts(self) -> int:
        """Pairs that do not match and were called right; 0 where the label is another one."""
        return self.answers["match"] if self.label == "no" else 0

    @property
    def false_rejects(self) -> int:
        """Pairs that match and were called wrong, missing or invented."""
        return self.answers["no"] if self.label == "match" else 0

    @property
    def wrong(self) -> int:
        return self.false_accepts + self.false_rejects


def tally(answers: Iterable[Answered]) -> tuple[Cell, ...]:
    """One cell for every label, kind and language, sorted."""
    cells: dict[tuple[Label, str, str], Cell] = {}
    for answered in answers:
        pair = answered.pair
        key = (pair.label, pair.kind, pair.lang)
        cells.setdefault(key, Cell(*key)).answers[answered.answer] += 1
    return tuple(cells[key] for key in sorted(cells))


def merged(
    cells: Iterable[Cell], *, label: Label, kinds: frozenset[str] | None = None, lang: str | None = None
) -> Cell:
    """The cells of a label, of some kinds and of a language together."""
    whole = Cell(label, "all", lang or "all")
    for cell in cells:
        if cell.label == label and (kinds is None or cell.kind in kinds) and lang in (None, cell.lang):
            for answer, count in cell.answers.items():
                whole.answers[answer] += count
    return whole


def to_json(cells: Iterable[Cell]) -> list[dict[str, object]]:
    """The cells as rows, for machines."""
    return [{"label": cell.label, "kind": cell.kind, "lang": cell.lang, "n": cell.n, **_plain(cell)} for cell in cells]


def _plain(cell: Cell) -> dict[str, object]:
    return {str(answer): count for answer, count in cell.answers.items()}
