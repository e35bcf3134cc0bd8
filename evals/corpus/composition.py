"""What a dataset is made of: dialogues by language, split, length and label, as tables that a data card can quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evals.types import KINDS, Dialogue

Row: TypeAlias = tuple[str | int, ...]

MIXED = "mixed"
LENGTHS = ((1, "1"), (6, "2–6"), (12, "7–12"), (24, "13–24"), (None, "25+"))  # (most messages, name)
# Labels that few dialogues can have, or that belong to one language: never called thin there.
_RARE = frozenset(("near_limit",))
_ONLY_IN = {"mixed_language": MIXED, "traditional": "zh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTable:
    """A table of counts: the first column holds names."""

    title: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


class Composition:
    """Counts of a dataset, filled dialogue by dialogue; its size is that of its tables."""

    def __init__(self) -> None:
        self._sizes: dict[tuple[str, str], Counter[str]] = {}
        self._lengths: Counter[tuple[str, str]] = Counter()
        self._labels: Counter[tuple[str, str]] = Counter()
        self._languages: Counter[str] = Counter()

    def add(self, dialogue: Dialogue) -> None:
        language, gold = dialogue.language, dialogue.gold
        self._languages[language] += 1
        self._lengths[length_name(len(dialogue.messages)), language] += 1
        self._labels.update((label, language) for label in set(dialogue.labels))
        size = self._sizes.setdefault((language, dialogue.split), Counter())
        size.update(dialogues=1, empty=int(not gold.items), messages=len(dialogue.messages))
        size.update(optional=sum(item.optional for item in gold.items), forbidden=len(gold.forbidden))
        size.update(item.kind for item in gold.items)

    def tables(self) -> tuple[CountTable, ...]:
        """By class of memory, by length in messages and by label, each against language."""
        return self._by_class(), self._by_length(), self.by_label()

    def by_label(self) -> CountTable:
        """Dialogues a label and language."""
        return self._against_language("Labels", "label", sorted({label for label, _ in self._labels}), self._labels)

    def thin(self, wanted: int) -> Iterator[tuple[str, str, int]]:
        """(label, language, dialogues) where a label has fewer dialogues than wanted in a language.

        Left out are `near_limit`, the labels of one language elsewhere, and mixed dialogues, which are a label of
        their own (`mixed_language`).
        """
        for label in sorted({label for label, _ in self._labels} - _RARE):
            for language in sorted(self._languages):
                if language == _ONLY_IN.get(label, language if language != MIXED else None):
                    count = self._labels[label, language]
                    if count < wanted:
                        yield label, language, count

    def _by_class(self) -> CountTable:
        columns = ("dialogues", "empty", "messages", *KINDS, "optional", "forbidden")
        total: Counter[str] = sum(self._sizes.values(), Counter())
        sizes = [*sorted(self._sizes.items()), (("all", ""), total)]
        rows: list[Row] = [(*key, *(size[name] for name in columns)) for key, size in sizes]
        header = ("language", "split", *(name.replace("_", " ") for name in columns))
        return CountTable(title="Classes", header=header, rows=tuple(rows))

    def _by_length(self) -> CountTable:
        return self._against_language("Lengths", "messages", [name for _, name in LENGTHS], self._lengths)

    def _against_language(
        self, title: str, first: str, names: Sequence[str], counts: Counter[tuple[str, str]]
    ) -> CountTable:
        languages = sorted(self._languages)
        rows: list[Row] = []
        for name in names:
            cells = [counts[name, language] for language in languages]
            rows.append((name, *cells, sum(cells)))
        return CountTable(title=title, header=(first, *languages, "all"), rows=tuple(rows))


def length_name(messages: int) -> str:
    """The band of lengths a dialogue falls in."""
    return next(name for most, name in LENGTHS if most is None or messages <= most)
