"""A chat of BEAM as upstream writes it: its turns, the plan it was written from, and which questions link turns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from evals.errors import Fault
from evals.io import FaultList, read_lines

_TOLERANT = {"extra": "ignore", "strict": True}
_BATCH = re.compile(r"\W*BATCH\s+(\d+)\s+PLAN\W*", re.IGNORECASE)
_BULLET = re.compile(r"[•*-]\s*\*\*(?P<label>[^*]+?)[:\s]*\*\*:?\s*(?P<text>\S.*)")
_INDEX = re.compile(r"(\d+)\s*,\s*(\d+)\)?")  # a bracket too many stands behind some
_MARK = re.compile(r"\s*->->\s*\d+\s*,\s*\S+\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message; `index` names the bullet of the plan that a main question was written from."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    role: Literal["user", "assistant"]
    id: int
    content: str
    index: str | None = None
    time_anchor: str | None = None

    @property
    def bullet(self) -> tuple[int, int] | None:
        """(batch, number of the bullet from 1), or None where the index is none or no two numbers."""
        found = _INDEX.fullmatch((self.index or "").strip())
        return (int(found[1]), int(found[2])) if found else None

    @property
    def text(self) -> str:
        """What was said, without the annotation key at its end."""
        return _MARK.sub("", self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some days of a chat: groups of a main question, what followed it, and the answers."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    batch_number: int
    turns: tuple[Annotated[tuple[Turn, ...], Field(min_length=1)], ...]
    time_anchor: str | None = None

    @property
    def anchor(self) -> str | None:
        """The day it begins on, which upstream writes at its first question."""
        return self.time_anchor or next((turn.time_anchor for group in self.turns for turn in group), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a chat is about."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question of two roles of turns: what was said first and what later."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    source_chat_ids: Any = None

    def ids(self, role: str) -> tuple[int, ...]:
        """The ids of the turns in a role; none where upstream did not fill it in."""
        found = self.source_chat_ids.get(role) if isinstance(self.source_chat_ids, dict) else None
        return tuple(each for each in found if isinstance(each, int)) if isinstance(found, list) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The questions that link a turn to an earlier one; upstream has eight kinds more."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    knowledge_update: tuple[Question, ...] = ()
    contradiction_resolution: tuple[Question, ...] = ()

    def links(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """(id of a turn, ids of the turns it updates or contradicts)."""
        for question in self.knowledge_update:
            yield from ((later, question.ids("original_info")) for later in question.ids("updated_info"))
        for question in self.contradiction_resolution:  # which of the two came first is not always told rightly
            first, second = question.ids("first_statement"), question.ids("second_statement")
            yield from ((later, first) for later in second)
            yield from ((later, second) for later in first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullet:
    """One statement of the plan: what the user is to say, and of which sort it is."""

    label: str
    text: str


def read_plan(path: Path) -> dict[tuple[int, int], Bullet]:
    """The bullets of a plan by batch and number. Raises DataError naming every line that is no bullet but begins so."""
    faults = FaultList()
    plan: dict[tuple[int, int], Bullet] = {}
    batch, number = None, 0
    for line, raw in read_lines(path, faults=faults):
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            faults.add(Fault(path=path, line=line, field=None, message="not UTF-8; save the file as UTF-8"))
            continue
        if found := _BATCH.fullmatch(text):
            batch, number = int(found[1]), 0
            continue
        if text[0] not in "•*-" or set(text) <= set("*-"):  # prose, or a rule between batches
            continue
        bullet = _BULLET.fullmatch(text)
        if bullet is None or batch is None:
            wanted = "'• **label:** text' is wanted" if batch is not None else "'BATCH n PLAN' is wanted before it"
            faults.add(Fault(path=path, line=line, field=None, message=f"bullet {text[:60]!r}; {wanted}"))
            continue
        number += 1
        plan[batch, number] = Bullet(label=bullet["label"].strip(), text=bullet["text"].strip())
    faults.raise_any()
    return plan
