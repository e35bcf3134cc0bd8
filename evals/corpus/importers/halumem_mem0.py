"""What Mem0 stored of HaluMem's sessions, as recorded predictions, with the verdicts of HaluMem's own judge."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, ClassVar

from evals.errors import DataError, Fault
from evals.io import FaultList, read_json, writing_jsonl

_TOLERANT = {"extra": "ignore", "strict": True}
_STAMPED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\+00:00: (.*)", re.DOTALL)
_SCORES = (0, 1, 2)

Score = int | str | None  # a word where the judge failed


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionKey:
    """What answers are joined to a session by: its id, its start, its points by index and content."""

    id: str
    start: str
    points: frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What every kind of result says first."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    uuid: str
    ssession_id: int  # upstream's spelling: the place of the session in the user's list


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPoint(_Line):
    """Whether the store held a memory point after its session: 2 whole, 1 in part, 0 not."""

    index: int
    memory_content: str
    memory_source: str
    memory_integrity_score: Score = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedMemory(_Line):
    """A memory in the store after a session, newest first, and whether it is true: 2 yes, 1 in part, 0 no."""

    memory_content: str
    memory_accuracy_score: Score = None
    is_included_in_golden_memories: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedUpdate(_Line):
    """What became of an update, and the memories a search for it brought up, each with its date."""

    index: int
    memory_content: str
    memories_from_system: tuple[str, ...] = ()
    memory_update_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_Line):
    """A question, and the memories a search for it brought up, as JSON inside a text."""

    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A file of results, for one user or several."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    memory_integrity_records: tuple[JudgedPoint, ...]
    memory_accuracy_records: tuple[JudgedMemory, ...]
    memory_update_records: tuple[JudgedUpdate, ...]
    question_answering_records: tuple[Answered, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Read:
    """What was read from the store after one session, and judged."""

    memories: list[JudgedMemory] = field(default_factory=list)
    points: list[JudgedPoint] = field(default_factory=list)
    updates: list[JudgedUpdate] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One user's run: the reads by session, and the dates of the memories that some search brought up."""

    reads: dict[int, _Read] = field(default_factory=lambda: defaultdict(_Read))
    dates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was written: lines by file, the ids of sessions whose memories are known, and what to know of them."""

    files: Mapping[Path, int] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def write_answers(paths: Sequence[Path], sessions: Mapping[str, Sequence[SessionKey]], dest: Path) -> Answers:
    """Writes both files of predictions into `dest`; nothing where there are no results.

    `sessions` are those imported, by user. Of two files on the same user the first is read. Raises DataError where a
    result names a session or a point that is not there.
    """
    if not paths:
        return Answers()
    placed, store = dest / "halumem-mem0.predictions.jsonl", dest / "halumem-mem0-store.predictions.jsonl"
    tally, written, seen = Counter[str](), Counter({placed: 0, store: 0}), set[str]()
    answered: set[str] = set()
    with contextlib.ExitStack() as stack:
        writers = {path: stack.enter_context(writing_jsonl(path)) for path in (placed, store)}
        for path in paths:
            for user, run in _runs(path, sessions).items():
                if user in seen:
                    tally["repeated"] += 1
                    continue
                seen.add(user)
                for line in _placed(run, sessions[user], tally):
                    writers[placed](line)
                    written[placed] += 1
                    answered |= set() if "error" in line else {line["id"]}
                for line in _stored(run, sessions[user], tally):
                    writers[store](line)
                    written[store] += 1
    return Answers(files=dict(written), answered=frozenset(answered), notes=(_note(tally),))


def _note(tally: Counter[str]) -> str:
    said = (
        f"{tally['memories']} memories, of which {tally['homeless']} of no certain session are left out",
        f"{tally['empty']} sessions without any, {tally['not_written']} not written yet when the run ended",
        f"verdicts on {tally['points_judged']} of {tally['points']} points",
        f"verdicts on {tally['reads_judged']} of {tally['reads']} memories read",
        f"{tally['repeated']} results on a user already read",
    )
    return f"mem0: {'; '.join(said)}"


# --- joining -------------------------------------------------------------------------------------


def _runs(path: Path, sessions: Mapping[str, Sequence[SessionKey]]) -> dict[str, _Run]:
    """The runs in a file, by user. Results on users that were not imported are left out."""
    results = read_json(path, Results)
    faults = FaultList()
    runs: dict[str, _Run] = defaultdict(_Run)
    for name, lines in (
        ("memory_integrity_records", results.memory_integrity_records),
        ("memory_accuracy_records", results.memory_accuracy_records),
        ("memory_update_records", results.memory_update_records),
        ("question_answering_records", results.question_answering_records),
    ):
        for number, line in enumerate(lines):
            known = sessions.get(line.uuid)
            if known is None:
                continue
            if problem := _misfit(line, known):
                faults.add(Fault(path=path, line=None, field=f"{name}[{number}].{problem[0]}", message=problem[1]))
            else:
                _take(runs[line.uuid], line)
    faults.raise_any()
    if not runs:
        raise DataError.at(path, "results on no user of the slices; give the slices they were made from beside them")
    return dict(runs)


def _misfit(line: _Line, known: Sequence[SessionKey]) -> tuple[str, str] | None:
    """(field, what is wrong) with a result that does not belong to the sessions at hand."""
    if not 0 <= line.ssession_id < len(known):
        return "ssession_id", f"no such session (value {line.ssession_id}); the user's are 0 to {len(known) - 1}"
    points = known[line.ssession_id].points
    if isinstance(line, (JudgedPoint, JudgedUpdate)) and (line.index, line.memory_content) not in points:
        return "index", f"no point of session {line.ssession_id} says this (value {line.index})"
    return None


def _take(run: _Run, line: _Line) -> None:
    read = run.reads[line.ssession_id]
    found: Sequence[object] = ()
    if isinstance(line, JudgedPoint):
        read.points.append(line)
    elif isinstance(line, JudgedMemory):
        read.memories.append(line)
    elif isinstance(line, JudgedUpdate):
        read.updates.append(line)
        found = line.memories_from_system
    elif isinstance(line, Answered):
        found = _listed(line.context)
    for memory in found:
        if match := _STAMPED.fullmatch(str(memory)):
            run.dates.setdefault(match[2], match[1])


def _listed(context: str) -> Sequence[object]:
    """The JSON list at the end of a text; nothing where there is none."""
    try:
        found = json.loads(context[context.index("[") :])
    except ValueError:
        return ()
    return found if isinstance(found, list) else ()


# --- each memory with its session ----------------------------------------------------------------


def _placed(run: _Run, known: Sequence[SessionKey], tally: Counter[str]) -> Iterator[dict[str, Any]]:
    """A line a session: its memories, none, or a failure where the store had not come so far when the run ended."""
    homes = _homes(run, known)
    listed = (line.memory_content for read in run.reads.values() for line in read.memories)
    every = dict.fromkeys((*listed, *run.dates))
    tally["memories"] += len(every)
    tally["homeless"] += len(every.keys() - homes.keys())
    for number in range(max(run.reads) + 1):
        mine = [text for text in every if homes.get(text) == number]
        if mine or number < max(homes.values(), default=-1):
            tally["empty"] += not mine
            yield _line(known[number].id, mine)
        else:
            tally["not_written"] += 1
            message = "the run ended before anything of this session stood in the store"
            yield {"id": known[number].id, "error": {"type": "not_written", "message": message}}


def _homes(run: _Run, known: Sequence[SessionKey]) -> dict[str, int]:
    """The session of every memory, as far as it can be told.

    The date of a memory is the start of its session. A memory without one stands, newest first, between two that have
    one: where both are of the same session, so is it.
    """
    starts = {session.start: number for number, session in enumerate(known)}
    dated = {text: starts[date] for text, date in run.dates.items() if date in starts}
    homes = dict(dated)
    for read in run.reads.values():
        texts = [line.memory_content for line in read.memories]
        sessions = [dated.get(text) for text in texts]
        certain = [session for session in sessions if session is not None]
        if certain != sorted(certain, reverse=True):
            continue
        newer = accumulate(sessions, _carried)
        older = reversed(list(accumulate(reversed(sessions), _carried)))
        for text, above, below in zip(texts, newer, older, strict=True):
            if above is not None and above == below:
                homes.setdefault(text, above)
    return homes


def _carried(last: int | None, this: int | None) -> int | None:
    return last if this is None else this


# --- the store as it was judged ------------------------------------------------------------------


def _stored(run: _Run, known: Sequence[SessionKey], tally: Counter[str]) -> Iterator[dict[str, Any]]:
    """A line a session: all that was read from the store after it, and every verdict on it."""
    for number, read in sorted(run.reads.items()):
        points = {_name(line): _score(line.memory_integrity_score) for line in read.points}
        memories = [
            {"accuracy": _score(line.memory_accuracy_score), "in_gold": line.is_included_in_golden_memories == "true"}
            for line in read.memories
        ]
        tally["points"] += len(points)
        tally["points_judged"] += sum(score is not None for score in points.values())
        tally["reads"] += len(memories)
        tally["reads_judged"] += sum(each["accuracy"] is not None for each in memories)
        updates = {f"f{line.index}": line.memory_update_type for line in read.updates}
        yield {
            **_line(known[number].id, [line.memory_content for line in read.memories]),
            "verdicts": {"points": points, "updates": updates, "memories": memories},
        }


def _line(id: str, texts: Sequence[str]) -> dict[str, Any]:
    return {"id": id, "memory_detail_list": [{"memory_value": text} for text in texts], "preference_detail_list": []}


def _name(point: JudgedPoint) -> str:
    """The gid or fid the point has in the record."""
    return f"{'x' if point.memory_source == 'interference' else 'f'}{point.index}"


def _score(score: Score) -> int | None:
    return score if isinstance(score, int) and score in _SCORES else None
