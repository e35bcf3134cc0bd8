"""HaluMem: sessions with memory points, the falsehoods their assistant planted, and what Mem0 stored of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from rapidfuzz import fuzz

from evals.corpus.importers.halumem_mem0 import SessionKey, write_answers
from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.importers.windows import token_estimate
from evals.corpus.importers.wording import Said, as_the_user, time_as
from evals.corpus.record import AnnotatedLine, Context, FactLine, ForbiddenLine, Probe, Record, Update
from evals.errors import Fault
from evals.io import FaultList, read_jsonl, writing_jsonl
from evals.types import Message

LONG_TOKENS = 8_000

PUBLIC = PublicSet(
    name="halumem",
    about="91 sessions of two users (en) with memory points, updates, planted falsehoods, and Mem0's judged answers",
    repository="77samuel/HaluMem",
    commit="5181df7236fbeaabba9fc3f4731a7e5c01f1b501",
    path="data/pilot_slices and data/eval",
    licence="CC-BY-NC-ND-4.0",
    terms="not commercially, and nothing adapted may be passed on: keep what you import to yourself",
    redistributable=False,
    sha256="589abd03c59289734f70459f2845b81d761fa65921160d9c2ff2de18507bb4d0",
    note="(of `sha256sum` over two slices and three files of answers, packed, sorted by path)",
)

_TOLERANT = {"extra": "ignore", "strict": True}
_MEMORY_TYPES = {
    "Persona Memory": "UserMemory",
    "Relationship Memory": "UserMemory",
    "Event Memory": "LongTermMemory",
}
_NAME = re.compile(r"\bName: ([^;]+)")
_NEAR_ENOUGH = 40.0  # of 100; below this no gold item is what a falsehood was made from

_Time = Annotated[str, AfterValidator(time_as("%b %d, %Y, %H:%M:%S", "Sep 04, 2025, 10:44:31"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    role: Literal["user", "assistant"]
    content: Said
    timestamp: _Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A memory point; one of the source `interference` is false, and says which content it was made from."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    index: int
    memory_content: Said
    memory_type: Literal["Persona Memory", "Event Memory", "Relationship Memory"]
    memory_source: Literal["primary", "secondary", "system", "interference"]
    is_update: Literal["True", "False"]
    original_memories: tuple[str, ...] = ()
    importance: Annotated[float, Field(gt=0)] = 1.0
    reference_memory_content: str | None = None

    @property
    def planted(self) -> bool:
        return self.memory_source == "interference"

    @property
    def name(self) -> str:
        """Its gid or fid."""
        return f"{'x' if self.planted else 'f'}{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question asked after a session."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    question: str
    answer: str
    question_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session; upstream gives it no name, so its start is its name."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    start_time: _Time
    dialogue: Annotated[tuple[Turn, ...], Field(min_length=1)]
    memory_points: tuple[Point, ...]
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A line: one user with all sessions."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    uuid: Said
    persona_info: str
    sessions: tuple[Session, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The full name and the given name, as far as the persona tells."""
        found = _NAME.search(self.persona_info)
        return (found[1].strip(), found[1].split()[0]) if found and found[1].strip() else ()

    def session_id(self, session: Session) -> str:
        return f"halumem/{self.uuid}/{session.start_time}"


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `halumem.jsonl`, a record a session, and where Mem0's answers are at hand those in two forms.

    `halumem-mem0.predictions.jsonl` has each memory with the session it was made of, and
    `halumem-mem0-store.predictions.jsonl` all that stood in the store after a session, with HaluMem's verdicts.
    Records of sessions in the first have the label `mem0`. Raises DataError with every fault of a file.
    """
    slices = upstream_files(source, "pilot_slices/*.jsonl*", "data/pilot_slices/*.jsonl*", "*.jsonl*")
    results = _result_files(source)
    sessions = {user.uuid: [_key(user, session) for session in user.sessions] for _, user in _users(slices)}
    answers = write_answers(results, sessions, dest)
    counts: Counter[str] = Counter()
    path = dest / "halumem.jsonl"
    with writing_jsonl(path) as write:
        for where, user in _users(slices):
            for session in user.sessions:
                record = _record(user, session, where.name, answered=user.session_id(session) in answers.answered)
                write(as_line(record))
                counts.update(_counted(record, session))
    return ImportReport(
        name=PUBLIC.name,
        files={path: counts["dialogues"], **answers.files},
        counts=counts,
        sha256=digest(source, (*slices, *results)),
        notes=answers.notes,
    )


def _result_files(source: Path) -> tuple[Path, ...]:
    folders = ("system_outputs", "eval", "data/eval")
    return tuple(sorted(path for folder in folders for path in source.glob(f"{folder}/halumem_pilot_*.json*")))


def _users(slices: Sequence[Path]) -> Iterator[tuple[Path, User]]:
    """Every user, with the faults that a shape cannot tell named as all others are."""
    faults = FaultList()
    seen: set[str] = set()
    for path in slices:
        for line, user in read_jsonl(path, User, faults=faults):
            found = dict(_repeats(user))
            if user.uuid in seen:
                found["uuid"] = f"a second line of the user {user.uuid!r}; one line a user is wanted"
            seen.add(user.uuid)
            for field, message in found.items():
                faults.add(Fault(path=path, line=line, field=field, message=message))
            if not found:
                yield path, user
    faults.raise_any()


def _repeats(user: User) -> Iterator[tuple[str, str]]:
    """Starts and point indexes that stand twice, where our names are made of them."""
    starts = Counter(session.start_time for session in user.sessions)
    for number, session in enumerate(user.sessions):
        if starts[session.start_time] > 1:
            yield f"sessions[{number}].start_time", f"used twice (value {session.start_time!r}); sessions begin apart"
        indexes = Counter(point.index for point in session.memory_points)
        if twice := [index for index, times in indexes.items() if times > 1]:
            yield f"sessions[{number}].memory_points", f"the index {twice[0]} stands twice; each point has its own"


def _key(user: User, session: Session) -> SessionKey:
    points = frozenset((point.index, point.memory_content) for point in session.memory_points)
    return SessionKey(id=user.session_id(session), start=session.start_time, points=points)


def _counted(record: Record, session: Session) -> dict[str, int]:
    planted = sum(point.planted for point in session.memory_points)
    return {
        "dialogues": 1,
        "messages": len(record.messages),
        **count((record,)),
        "forbidden_same_as_gold": planted - len(record.forbidden or ()),
        "updates": len(record.updates),
        "probes": len(record.probes),
    }


# --- one session ---------------------------------------------------------------------------------


def _record(user: User, session: Session, file: str, *, answered: bool) -> Record:
    """Gold is what the talk was written from, so partial, and nobody noted where it falls: no evidence, no windows.

    The label `mem0` is for sessions of which Mem0's memories are known.
    """
    gold = [point for point in session.memory_points if not point.planted]
    true = {point.memory_content for point in gold}
    planted = [point for point in session.memory_points if point.planted and point.memory_content not in true]
    updates = [point for point in gold if point.is_update == "True"]
    long = sum(token_estimate(turn.content) for turn in session.dialogue) > LONG_TOKENS
    return Record(
        id=user.session_id(session),
        dataset="halumem",
        messages=tuple(Message(role=turn.role, content=turn.content, time=turn.timestamp) for turn in session.dialogue),
        language="en",
        cluster=f"halumem/{user.uuid}",
        labels=tuple(name for name, holds in (("update", updates), ("long", long), ("mem0", answered)) if holds),
        context=Context(now=session.start_time, user_name=user.names[0] if user.names else None),
        gold_facts=tuple(_fact(point, user.names) for point in gold),
        forbidden=tuple(_forbidden(point, gold, user.names) for point in planted),
        annotated=AnnotatedLine(facts="partial", forbidden="partial"),
        updates=tuple(Update(kind="replace", old=point.original_memories, new=point.name) for point in updates),
        probes=tuple(_probe(number, question) for number, question in enumerate(session.questions, 1)),
        provenance=PUBLIC.provenance(
            path=f"data/pilot_slices/{file.removesuffix('.gz')}",
            upstream_id=f"{user.uuid}/{session.start_time}",
            derivation="halumem/1",
        ),
    )


def _fact(point: Point, names: Sequence[str]) -> FactLine:
    unnamed = as_the_user(point.memory_content, *names)
    return FactLine(
        gid=point.name,
        memory_value=point.memory_content,
        memory_type=_MEMORY_TYPES[point.memory_type],
        variants=(unnamed,) if unnamed else (),
        weight=point.importance,
        value_language="en",
        annotator="llm_verified",
        source_label=point.memory_type,
    )


def _forbidden(point: Point, gold: Sequence[Point], names: Sequence[str]) -> ForbiddenLine:
    """What the assistant asserts and the user passes over; to believe it is to take the assistant's word."""
    return ForbiddenLine(
        fid=point.name,
        value=as_the_user(point.memory_content, *names) or point.memory_content,
        kind="assistant_claim",
        conflicts_with=_nearest(point.reference_memory_content or point.memory_content, gold),
        annotator="llm_verified",
    )


def _nearest(text: str, gold: Sequence[Point]) -> str | None:
    """The gold item in the words nearest to a text; upstream's own reference is out of step with the final points."""
    near = [(fuzz.ratio(text, point.memory_content), -point.index, point.name) for point in gold]
    likeness, _, name = max(near, default=(0.0, 0, ""))
    return name if likeness >= _NEAR_ENOUGH else None


def _probe(number: int, question: Question) -> Probe:
    return Probe(
        pid=f"q{number}",
        question=question.question,
        answer=question.answer,
        kind=question.question_type,
        answerable=question.question_type != "Memory Boundary",  # asks for what was never said
    )
