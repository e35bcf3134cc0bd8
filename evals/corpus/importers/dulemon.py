"""DuLeMon's sample file: Chinese chats of a user with a bot, and which persona sentence stands behind an utterance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.record import AnnotatedLine, FactLine, ForbiddenLine, Record
from evals.errors import Fault
from evals.io import FaultList, read_jsonl, writing_jsonl
from evals.types import Message

PUBLIC = PublicSet(
    name="dulemon",
    about="20 Chinese chats with a bot (the sample file), persona sentences of both sides linked to utterances",
    repository="PaddlePaddle/Research",
    commit="46593e156c3331bffb6ed707e853fc309ab5879b",
    path="NLP/ACL2022-DuLeMon/data/samples.json",
    licence="Apache-2.0",
    terms="with notice; the repository's licence, the corpus has no statement of its own",
    redistributable=True,
    sha256="629b6f2c10631e53b88a3b7e2d76d33ef2c31c0b41278dbea432a9bc674f20e3",
    note="(of samples.json with 15 of the 20 lines)",
)

_DERIVATION = "dulemon/1: persona sentences by the ids behind utterances, with the user for the first person"
_PERSONA = re.compile(r"(?P<id>[BU]\d+)\s*[:：]\s*(?P<text>\S.*)", re.DOTALL)
_SPOKEN = re.compile(r"(?P<who>Usr|Bot)\s*[:：]\s*(?P<said>[^\t]*\S)\s*(?:\t(?P<ids>.*))?", re.DOTALL)
_ROLES: dict[str, Literal["user", "assistant"]] = {"Usr": "user", "Bot": "assistant"}
_BLANK = re.compile(r"(?<![A-Za-z0-9]) +| +(?![A-Za-z0-9])")  # words are set apart by blanks; Latin ones stay apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One line of the file."""

    __pydantic_config__: ClassVar[Any] = {"extra": "ignore", "strict": True}
    bot_persona: tuple[str, ...]
    user_said_persona: tuple[str, ...]
    user_no_said_persona: tuple[str, ...]
    conversation: tuple[str, ...]


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `dulemon.jsonl` into `dest`, one record a line of upstream's file.

    Raises DataError naming every line that is not as upstream writes them.
    """
    files = upstream_files(source, "samples.json*", "NLP/ACL2022-DuLeMon/data/samples.json*")
    path = dest / "dulemon.jsonl"
    counts: Counter[str] = Counter()
    with writing_jsonl(path) as write:
        for record in _records(files[0]):
            write(as_line(record))
            counts.update({"dialogues": 1, "messages": len(record.messages), **count([record])})
    return ImportReport(
        name=PUBLIC.name, files={path: counts["dialogues"]}, counts=dict(counts), sha256=digest(source, files[:1])
    )


def _records(path: Path) -> Iterator[Record]:
    faults = FaultList()
    for line, chat in read_jsonl(path, Chat, faults=faults):
        try:
            yield _record(line, chat)
        except _MalformedError as error:
            field, message = error.args
            faults.add(Fault(path=path, line=line, field=field, message=message))
    faults.raise_any()


class _MalformedError(ValueError):
    """A line is not as upstream writes them: the field, and what is wrong."""


def _record(line: int, chat: Chat) -> Record:
    personas = dict(_personas(chat))
    spoken = list(_spoken(chat, personas))
    if not spoken:
        raise _MalformedError("conversation", "empty; at least one utterance is wanted")
    return Record(
        id=f"dulemon/{line}",
        dataset="dulemon",
        messages=tuple(message for message, _ in spoken),
        language="zh",
        gold_facts=tuple(
            FactLine(
                memory_value=personas[name],
                evidence=where,
                value_language="zh",
                annotator="crowd",
                source_label=name,
            )
            for name, where in _behind(spoken, "user", "U")
        ),
        forbidden=tuple(
            ForbiddenLine(value=personas[name], kind="third_party", evidence=where, annotator="crowd")
            for name, where in _behind(spoken, "assistant", "B")
        ),
        annotated=AnnotatedLine(facts="partial", forbidden="partial"),
        provenance=PUBLIC.provenance(path=PUBLIC.path, upstream_id=str(line), derivation=_DERIVATION),
    )


def _personas(chat: Chat) -> Iterator[tuple[str, str]]:
    """(id, sentence) of both sides, as a memory of the user would have it."""
    for field in ("bot_persona", "user_said_persona", "user_no_said_persona"):
        for index, each in enumerate(getattr(chat, field)):
            persona = _PERSONA.fullmatch(each.strip())
            if persona is None:
                raise _MalformedError(f"{field}[{index}]", f"{each[:40]!r}; 'U1: text' or 'B1: text' is wanted")
            yield persona["id"], _joined(persona["text"]).replace("我", "用户")


def _spoken(chat: Chat, personas: dict[str, str]) -> Iterator[tuple[Message, tuple[str, ...]]]:
    """Each utterance and the ids of the persona sentences behind it."""
    for index, each in enumerate(chat.conversation):
        found = _SPOKEN.fullmatch(each.strip())
        if found is None:
            message = f"{each[:40]!r}; 'Usr: words' or 'Bot: words' is wanted"
            raise _MalformedError(f"conversation[{index}]", message)
        names = tuple(dict.fromkeys(re.findall(r"[BU]\d+", found["ids"] or "")))
        if unknown := [name for name in names if name not in personas]:
            message = f"no persona of that name (value {unknown[0]!r}); there is {', '.join(personas)}"
            raise _MalformedError(f"conversation[{index}]", message)
        yield Message(role=_ROLES[found["who"]], content=_joined(found["said"])), names


def _behind(
    spoken: list[tuple[Message, tuple[str, ...]]], role: Literal["user", "assistant"], side: Literal["U", "B"]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The ids of a side's own sentences behind what that side says, each with the messages."""
    where: dict[str, list[int]] = {}
    for index, (message, names) in enumerate(spoken):
        for name in names:
            if message.role == role and name.startswith(side):
                where.setdefault(name, []).append(index)
    yield from ((name, tuple(indexes)) for name, indexes in where.items())


def _joined(text: str) -> str:
    return _BLANK.sub("", text.strip())
