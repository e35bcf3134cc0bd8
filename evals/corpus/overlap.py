"""Dialogues that say the same: within a dataset, and between a dataset and somebody's training data.

Kept are hashes alone: eight bytes for a long sentence and at most 4 kB for a dialogue, never its text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evals.corpus.sketch import Sketch, likeness, long_sentences, sketch
from evals.errors import DataError
from evals.io import FaultList, read_lines

NEAR = 0.5  # likeness from which two dialogues are near-duplicates
_HEAD = 64  # smallest hashes that dialogues are found by; near-duplicates share some forty of them
_ASSISTANTS = frozenset(("assistant", "gpt", "model", "bot", "tool", "function"))
_TALKS = ("messages", "conversations", "conversation", "dialogue", "prompt")
_PLAIN = ("text", "prompt", "instruction", "input", "question", "content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Long sentences that a dialogue has in common with an earlier one, and the first of them."""

    other: str
    sentence: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Two dialogues whose users say nearly the same."""

    id: str
    other: str
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A dialogue that stands in other data: the first line, how many lines, and the most that any of them shares."""

    id: str
    line: int
    lines: int = 1
    sentence: str | None = None
    likeness: float = 0.0


class UserTexts:
    """The fingerprints of a dataset, filled dialogue by dialogue."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._sketches: list[Sketch] = []
        self._saying: dict[int, int] = {}  # the first dialogue that says a sentence
        self._also: dict[int, list[int]] = {}  # further ones
        self._by_head: dict[int, list[int]] | None = None

    def add(self, id: str, texts: Iterable[str]) -> tuple[Shared, ...]:
        """Takes in what the user of one dialogue says; gives back what earlier dialogues say too."""
        said = list(texts)
        number = len(self.ids)
        self.ids.append(id)
        self._sketches.append(sketch(said))
        self._by_head = None
        found: dict[int, Shared] = {}
        for key, sentence in dict(pair for text in said for pair in long_sentences(text)).items():
            first = self._saying.setdefault(key, number)
            if first != number:
                self._also.setdefault(key, []).append(number)
                before = found.get(first) or Shared(other=self.ids[first], sentence=sentence, count=0)
                found[first] = replace(before, count=before.count + 1)
        return tuple(found.values())

    def near_duplicates(self) -> Iterator[Near]:
        """The pairs of dialogues that are alike by `NEAR` or more, in the order added.

        Of many that are alike each is told with its nearest neighbours, not with every other.
        """
        if not self._sketches:
            return
        heads = np.concatenate([each[:_HEAD] for each in self._sketches])
        owners = np.repeat(np.arange(len(self.ids)), [min(len(each), _HEAD) for each in self._sketches])
        order = np.lexsort((owners, heads))
        heads, owners = heads[order], owners[order]
        meet = heads[1:] == heads[:-1]
        codes, counts = np.unique(owners[1:][meet] * len(self.ids) + owners[:-1][meet], return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            number, other = divmod(code, len(self.ids))
            if self._may_be_near(self._sketches[number], self._sketches[other], count):
                alike = likeness(self._sketches[number], self._sketches[other])
                if alike >= NEAR:
                    yield Near(id=self.ids[number], other=self.ids[other], likeness=alike)

    def saying(self, text: str) -> Iterator[tuple[int, str]]:
        """(number of a dialogue, sentence) for every long sentence of a text that a dialogue's user says."""
        for key, sentence in long_sentences(text):
            if key in self._saying:
                yield from ((number, sentence) for number in (self._saying[key], *self._also.get(key, ())))

    def like(self, texts: Iterable[str]) -> Iterator[tuple[int, float]]:
        """(number of a dialogue, likeness) for every dialogue alike by `NEAR` or more."""
        other = sketch(texts)
        met = Counter(number for key in other[:_HEAD].tolist() for number in self._heads().get(key, ()))
        for number, count in sorted(met.items()):
            if self._may_be_near(self._sketches[number], other, count):
                alike = likeness(self._sketches[number], other)
                if alike >= NEAR:
                    yield number, alike

    def _heads(self) -> dict[int, list[int]]:
        if self._by_head is None:
            self._by_head = {}
            for number, each in enumerate(self._sketches):
                for key in each[:_HEAD].tolist():
                    self._by_head.setdefault(key, []).append(number)
        return self._by_head

    @staticmethod
    def _may_be_near(left: Sketch, right: Sketch, met: int) -> bool:
        """Whether so many common smallest hashes are enough to look closer; a quarter is far below what NEAR gives."""
        return 4 * met >= min(len(left), len(right), _HEAD)


def against(texts: UserTexts, path: Path) -> tuple[tuple[Overlap, ...], int, int]:
    """What of a dataset stands in a JSONL file of others; the lines read, and those without messages or text.

    The file is streamed. A sentence counts whoever says it there; likeness is to what its users say, or to its text.
    Raises DataError when no line of it can be read.
    """
    faults = FaultList()
    found: dict[int, Overlap] = {}
    read = unread = 0
    for line, content in read_lines(path, faults=faults):
        talk = _talk_of(content)
        if talk is None:
            unread += 1
            continue
        read += 1
        for number, sentence, alike in _met(texts, *talk):
            found[number] = _merged(found.get(number), Overlap(id=texts.ids[number], line=line), sentence, alike)
    if not read:
        message = "no line holds messages or text" if not faults.total else faults.kept[0].message
        raise DataError.at(path, message)
    return tuple(found[number] for number in sorted(found)), read, unread + faults.total


def _met(texts: UserTexts, said: list[str], by_users: list[str]) -> Iterator[tuple[int, str | None, float]]:
    """(number of a dialogue, sentence, likeness), once a dialogue."""
    met: dict[int, tuple[str | None, float]] = {}
    for text in said:
        for number, sentence in texts.saying(text):
            met.setdefault(number, (sentence, 0.0))
    for number, alike in texts.like(by_users):
        met[number] = (met.get(number, (None, 0.0))[0], alike)
    return ((number, sentence, alike) for number, (sentence, alike) in met.items())


def _merged(before: Overlap | None, here: Overlap, sentence: str | None, alike: float) -> Overlap:
    known = before or replace(here, lines=0)
    return replace(
        known,
        lines=known.lines + 1,
        sentence=known.sentence or sentence,
        likeness=max(known.likeness, alike),
    )


def _talk_of(content: bytes) -> tuple[list[str], list[str]] | None:
    """All that is said in a line, and what users say; None where there is neither messages nor text."""
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    said: list[str] = []
    by_users: list[str] = []
    for turn in (turn for name in _TALKS if isinstance(record.get(name), list) for turn in record[name]):
        role, text = _turn(turn)
        said.append(text)
        if role not in _ASSISTANTS and role != "system":
            by_users.append(text)
    plain = [record[name] for name in _PLAIN if isinstance(record.get(name), str)]
    said, by_users = [*said, *plain], [*by_users, *plain]
    return (said, by_users) if any(said) else None


def _turn(turn: Any) -> tuple[str, str]:
    """(role, text) of a message in any of the usual shapes."""
    if not isinstance(turn, dict):
        return "", turn if isinstance(turn, str) else ""
    content = next((turn[name] for name in ("content", "value", "text") if turn.get(name)), "")
    if isinstance(content, list):  # parts, as in multimodal chats
        content = "\n".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    role = turn.get("role") or turn.get("from") or ""
    return str(role).lower(), content if isinstance(content, str) else ""
