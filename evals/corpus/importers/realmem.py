"""RealMem: sessions of people with projects, what a model noted of them, and noise sessions with nothing to note."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.importers.windows import token_estimate, windows
from evals.corpus.importers.wording import Said
from evals.corpus.record import AnnotatedLine, Context, ExplicitLine, FactLine, Record
from evals.errors import Fault
from evals.io import FaultList, read_json, writing_jsonl
from evals.types import Message, Role

WINDOW_TOKENS = 8_000

PUBLIC = PublicSet(
    name="realmem",
    about="about 2,000 sessions of ten people with projects (en), memories noted by a model, half of them noise",
    repository="AvatarMemory/RealMemBench",
    commit="67afd0891d603adcc4458ff0449df306ef296b7a",
    path="dataset/*_dialogues_256k.json",
    licence="Apache-2.0",
    terms="its README says MIT; the noise sessions look like public chat logs of unstated origin",
    redistributable=True,
    sha256="5b8158284fe6ec2763135afb3b99c6727b16a12802c121dda2fd33f1668173df",
    note="(of `sha256sum` over 7 of the 10 people's files, packed, sorted by path)",
)

_TOLERANT = {"extra": "ignore", "strict": True}
_PREFERENCE = re.compile(r"\b(?:prefer|like|enjoy|dislike|avoid)", re.IGNORECASE)
_TOPIC = re.compile(r"([A-Za-z_]+?)_\d+:")
_NOISE = "Enhanced:"

Speaker = Literal["User", "Assistant"]
_ROLES: dict[Speaker, Role] = {"User": "user", "Assistant": "assistant"}


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise ValueError("not a day; it is written as '2025-12-16 (Tuesday)'") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message; a few are empty."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    speaker: Speaker
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a model noted while the talk was written, and the turn it saw, in the words the turn had then."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    type: Literal["Static", "Dynamic", "Schedule"]
    content: Said
    source_turn: int
    source_content_snapshot: str | None = None
    source_role_snapshot: Speaker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session; the identifier names project and place in it, or noise."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    session_identifier: Said
    current_time: Annotated[str, AfterValidator(_day)]
    dialogue_turns: Annotated[tuple[Turn, ...], Field(min_length=1)]
    extracted_memory: tuple[Memory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Whose file it is."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    person_name: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A file."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    metadata: Annotated[Metadata, Field(alias="_metadata")]
    dialogues: tuple[Session, ...]


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `realmem.jsonl`, a record a session, in windows of 8,000 tokens where it is longer than that.

    Raises DataError with the faults of a file.
    """
    files = upstream_files(source, "*_dialogues_256k.json*", "dataset/*_dialogues_256k.json*")
    counts = Counter(
        {"sessions": 0, "noise": 0, **count(()), "repeated": 0, "without_evidence": 0, "outside_windows": 0}
    )
    path = dest / "realmem.jsonl"
    with writing_jsonl(path) as write:
        for where, name, session in _sessions(files):
            whole = _record(session, name, where.name)
            records = list(_windowed(whole))
            for record in records:
                write(as_line(record))
            counts.update(_counted(session, whole, records))
    files_written = {path: counts["dialogues"]}
    return ImportReport(name=PUBLIC.name, files=files_written, counts=counts, sha256=digest(source, files))


def _counted(session: Session, whole: Record, records: Sequence[Record]) -> Mapping[str, int]:
    items = _items(whole)
    return {
        "sessions": 1,
        "dialogues": len(records),
        "messages": sum(len(record.messages) for record in records),
        **count(records),
        "noise": int("noise" in whole.labels),
        "repeated": len(session.extracted_memory) - len(items),
        "without_evidence": sum(not item.evidence for item in items),
        "outside_windows": len(items) - sum(len(_items(record)) for record in records),
    }


def _items(record: Record) -> tuple[FactLine | ExplicitLine, ...]:
    return (*(record.gold_facts or ()), *(record.gold_explicit_preferences or ()))


# --- reading -------------------------------------------------------------------------------------


def _sessions(files: Iterable[Path]) -> Iterator[tuple[Path, str, Session]]:
    """Every session with its file and its person; a name that stands twice is a fault."""
    faults = FaultList()
    people: set[str] = set()
    for path in files:
        person = read_json(path, Person)
        found = list(_repeats(person, people))
        for field, message in found:
            faults.add(Fault(path=path, line=None, field=field, message=message))
        people.add(person.metadata.person_name)
        if not found:
            yield from ((path, person.metadata.person_name, session) for session in person.dialogues)
    faults.raise_any()


def _repeats(person: Person, people: set[str]) -> Iterator[tuple[str, str]]:
    name = person.metadata.person_name
    if name in people:
        yield "_metadata.person_name", f"used twice (value {name!r}); one file a person is wanted"
    times = Counter(session.session_identifier for session in person.dialogues)
    for number, session in enumerate(person.dialogues):
        if times[session.session_identifier] > 1:
            where = f"dialogues[{number}].session_identifier"
            yield where, f"used twice (value {session.session_identifier!r}); each session has its own"
        if not any(turn.content.strip() for turn in session.dialogue_turns):
            yield f"dialogues[{number}].dialogue_turns", "all empty; a session says something"


# --- one session ---------------------------------------------------------------------------------


def _record(session: Session, person: str, file: str) -> Record:
    """Silver, and partial: the language is told by the words, for a few noise sessions are not in English."""
    places = {index: place for place, index in enumerate(_told(session))}
    items = list(_gold(session, places))
    return Record(
        id=f"realmem/{person}/{session.session_identifier}",
        dataset="realmem",
        messages=tuple(
            Message(
                role=_ROLES[session.dialogue_turns[index].speaker],
                content=session.dialogue_turns[index].content,
                source_ref=str(index + 1),
            )
            for index in places
        ),
        cluster=f"realmem/{person}",
        labels=tuple(_labels(session)),
        context=Context(now=session.current_time, user_name=person.replace("_", " ")),
        gold_facts=tuple(item for item in items if isinstance(item, FactLine)),
        gold_explicit_preferences=tuple(item for item in items if isinstance(item, ExplicitLine)),
        annotated=AnnotatedLine(facts="partial", explicit_preferences="none"),
        provenance=PUBLIC.provenance(
            path=f"dataset/{file.removesuffix('.gz')}",
            upstream_id=session.session_identifier,
            derivation="realmem/1",
        ),
    )


def _told(session: Session) -> tuple[int, ...]:
    """The indexes of the turns that say something; the few empty ones are left out."""
    return tuple(index for index, turn in enumerate(session.dialogue_turns) if turn.content.strip())


def _labels(session: Session) -> Iterator[str]:
    if session.session_identifier.startswith(_NOISE):
        yield "noise"
    elif topic := _TOPIC.match(session.session_identifier):
        yield topic[1].lower()
    if not session.extracted_memory:
        yield "no_gold"
    if sum(token_estimate(turn.content) for turn in session.dialogue_turns) > WINDOW_TOKENS:
        yield "long"


def _gold(session: Session, places: Mapping[int, int]) -> Iterator[FactLine | ExplicitLine]:
    """The profile the user states is what has to be found; project state and what a keyword calls a preference may be.

    A few memories stand twice in a session but for line breaks: the first is kept.
    """
    seen: set[str] = set()
    for number, memory in enumerate(session.extracted_memory, 1):
        words = " ".join(memory.content.split())
        if words in seen:
            continue
        seen.add(words)
        common: dict[str, Any] = {
            "gid": f"m{number}",
            "evidence": tuple(places[index] for index in _evidence(memory, session.dialogue_turns)),
            "value_language": "en",
            "annotator": "llm",
            "source_label": memory.type,
        }
        if memory.type == "Static" and _PREFERENCE.search(memory.content):
            yield ExplicitLine(preference=memory.content, optional=True, type_certain=False, **common)
        else:
            profile = memory.type == "Static" and memory.source_role_snapshot == "User"
            yield FactLine(memory_value=memory.content, optional=not profile, **common)


def _evidence(memory: Memory, turns: Sequence[Turn]) -> tuple[int, ...]:
    """The turn a memory was noted from: in its words, else about in its words, else by its number, which counts from 1.

    It has to be of the speaker named. The number 0 stands for a turn that was not known, -1 for none.
    """
    words, number = (memory.source_content_snapshot or "").strip(), memory.source_turn - 1
    spoken = {
        index: turn.content.strip()
        for index, turn in enumerate(turns)
        if turn.speaker == memory.source_role_snapshot and turn.content.strip()
    }
    same = [index for index, text in spoken.items() if text == words]
    about = [index for index, text in spoken.items() if words and (words in text or text in words)]
    found = same or about or [index for index in spoken if index == number]
    if not found:
        return ()
    return (number,) if number in found else (found[0],)


def _windowed(record: Record) -> Iterator[Record]:
    """The record itself, or windows of it with the gold whose evidence is inside."""
    if "long" not in record.labels:
        yield record
        return
    for number, window in enumerate(windows(record.messages, WINDOW_TOKENS), 1):
        kept: dict[str, Any] = {
            name: tuple(filter(None, map(window.keep, getattr(record, name))))
            for name in ("gold_facts", "gold_explicit_preferences")
        }
        yield replace(record, id=f"{record.id}/w{number}", messages=window.messages, **kept)
