"""LoCoMo: long talks of two friends, each session once for either of them, with what it tells of that one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.importers.wording import Said, as_the_user, time_as
from evals.corpus.record import AnnotatedLine, Context, FactLine, ForbiddenLine, Probe, Record
from evals.errors import Fault
from evals.io import FaultList, read_json, writing_jsonl
from evals.types import Message

PUBLIC = PublicSet(
    name="locomo",
    about="10 talks of two friends over months (en), 272 sessions, each once for either, with observations on them",
    repository="xjtuleeyf/Locomo-Plus",
    commit="059f4e3d38f7f1f96765e8e2cb7de3097551bffb",
    path="data/locomo10.json",
    licence="CC-BY-NC-4.0",
    terms="with attribution, not commercially",
    redistributable=True,
    sha256="922df929653a20a8ab682f399ff011ad01106ebfab8abdd2524ae51ef663dcd0",
    note="(of locomo10.json.gz with 7 of the 10 talks)",
)

_TOLERANT = {"extra": "ignore", "strict": True}
_SESSION = re.compile(r"session_(\d+)")
_TURN = re.compile(r"D(\d+):(\d+)")
_CATEGORIES = {1: "multi_hop", 2: "temporal", 3: "open_domain", 4: "single_hop", 5: "adversarial"}
_iso = time_as("%I:%M %p on %d %B, %Y", "1:56 pm on 8 May, 2023")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message; `dia_id` is D, the session, a colon and the place in it."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    speaker: str
    dia_id: str
    text: Said
    blip_caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question on the whole talk; one of category 5 has only a false answer."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    question: Said
    evidence: tuple[str, ...]
    category: Literal[1, 2, 3, 4, 5]
    answer: str | int | None = None
    adversarial_answer: str | None = None


def _entry(value: object) -> str:
    return "turns" if isinstance(value, list) else "text"


Turns = Annotated[tuple[Turn, ...], Field(min_length=1)]
Entry = Annotated[Annotated[str, Tag("text")] | Annotated[Turns, Tag("turns")], Discriminator(_entry)]
Observation = tuple[Said, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A talk: speakers, dates and sessions side by side in `conversation`, what each session tells of each speaker."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    sample_id: Said
    conversation: dict[str, Entry]
    observation: dict[str, dict[str, tuple[Observation, ...]]]
    qa: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """One session with all that upstream has on it; `user` and `other` are the names of the two."""

    sample: str
    number: int
    time: str
    turns: tuple[Turn, ...]
    observations: Mapping[str, tuple[Observation, ...]]
    questions: tuple[Question, ...]

    @property
    def name(self) -> str:
        return f"{self.sample}/{self.number}"

    def places(self, text: str) -> tuple[int, ...]:
        """The indexes of the turns named in a text; upstream writes one, several, or D30:05 for D30:5."""
        index = {_numbers(turn.dia_id): place for place, turn in enumerate(self.turns)}
        return tuple(sorted({index[numbers] for numbers in _named_turns(text) if numbers in index}))


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `locomo.jsonl`: each session twice, with the one or the other speaker as the user.

    Raises DataError with every fault of the file.
    """
    files = upstream_files(source, "locomo10.json*", "data/locomo10.json*")
    counts: Counter[str] = Counter()
    path = dest / "locomo.jsonl"
    with writing_jsonl(path) as write:
        for sample in _samples(files):
            for session in _sessions(sample):
                for record in _records(session, sample):
                    write(as_line(record))
                    counts.update(_counted(record, session))
            counts["questions_over_sessions"] += sum(len(_sessions_of(question)) != 1 for question in sample.qa)
    files_written = {path: counts["dialogues"]}
    return ImportReport(name=PUBLIC.name, files=files_written, counts=counts, sha256=digest(source, files))


def _counted(record: Record, session: _Session) -> dict[str, int]:
    told = sum(map(len, session.observations.values()))
    return {
        "dialogues": 1,
        "messages": len(record.messages),
        **count((record,)),
        "forbidden_left_out": told - len(record.gold_facts or ()) - len(record.forbidden or ()),
        "probes": len(record.probes),
    }


# --- reading -------------------------------------------------------------------------------------


def _samples(files: Iterable[Path]) -> Iterator[Sample]:
    """Every talk, with the faults that a shape cannot tell named as all others are."""
    faults = FaultList()
    seen: set[str] = set()
    for path in files:
        for number, sample in enumerate(read_json(path, tuple[Sample, ...])):
            found = list(_problems(sample))
            if sample.sample_id in seen:
                found.append(("sample_id", f"used twice (value {sample.sample_id!r}); each talk has its own"))
            seen.add(sample.sample_id)
            for field, message in found:
                faults.add(Fault(path=path, line=None, field=f"[{number}].{field}", message=message))
            if not found:
                yield sample
    faults.raise_any()


def _problems(sample: Sample) -> Iterator[tuple[str, str]]:
    talk = sample.conversation
    speakers = [talk.get(name) for name in ("speaker_a", "speaker_b")]
    for name, speaker in zip(("speaker_a", "speaker_b"), speakers, strict=True):
        if not isinstance(speaker, str) or not speaker.strip():
            yield f"conversation.{name}", "missing; the name of a speaker is wanted"
    for name, turns in talk.items():
        if not _SESSION.fullmatch(name):
            continue
        where = f"conversation.{name}"
        if isinstance(turns, str):
            yield where, f"wrong type (value {turns[:60]!r}); a list of turns is wanted"
            continue
        yield from _turn_problems(where, turns, speakers)
        yield from _date_problems(f"{where}_date_time", talk.get(f"{name}_date_time"))
    for name, spoken in sample.observation.items():
        if name.removesuffix("_observation") not in talk:
            yield f"observation.{name}", "on no session; the name is session_N_observation"
        for speaker in spoken:
            if speaker not in speakers:
                yield f"observation.{name}", f"on neither speaker (value {speaker!r}); {_either(speakers)} is wanted"


def _turn_problems(where: str, turns: Sequence[Turn], speakers: Sequence[object]) -> Iterator[tuple[str, str]]:
    for number, turn in enumerate(turns):
        if turn.speaker not in speakers:
            yield (
                f"{where}[{number}].speaker",
                f"neither speaker (value {turn.speaker!r}); {_either(speakers)} is wanted",
            )
        if not _TURN.fullmatch(turn.dia_id):
            yield f"{where}[{number}].dia_id", f"not a turn (value {turn.dia_id!r}); it is written as 'D1:3'"


def _date_problems(where: str, date: object) -> Iterator[tuple[str, str]]:
    if not isinstance(date, str):
        yield where, "missing; the date of the session is wanted"
        return
    try:
        _iso(date)
    except ValueError as error:
        yield where, f"{error} (value {date!r})"


def _either(speakers: Sequence[object]) -> str:
    return " or ".join(repr(speaker) for speaker in speakers)


def _sessions(sample: Sample) -> Iterator[_Session]:
    """The sessions of a sound talk, each with the questions whose evidence is all in it."""
    asked: dict[int, list[Question]] = {}
    for question in sample.qa:
        found = _sessions_of(question)
        if len(found) == 1:
            asked.setdefault(found.pop(), []).append(question)
    numbers = sorted(int(match[1]) for match in map(_SESSION.fullmatch, sample.conversation) if match)
    for number in numbers:
        name = f"session_{number}"
        turns = sample.conversation[name]
        if not isinstance(turns, str):
            yield _Session(
                sample=sample.sample_id,
                number=number,
                time=_iso(str(sample.conversation[f"{name}_date_time"])),
                turns=turns,
                observations=sample.observation.get(f"{name}_observation", {}),
                questions=tuple(asked.get(number, ())),
            )


def _sessions_of(question: Question) -> set[int]:
    return {session for session, _ in _named_turns(" ".join(question.evidence))}


def _named_turns(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((int(session), int(turn)) for session, turn in _TURN.findall(text))


def _numbers(dia_id: str) -> tuple[int, int]:
    return _named_turns(dia_id)[0]


# --- one session, one speaker --------------------------------------------------------------------


def _records(session: _Session, sample: Sample) -> Iterator[Record]:
    names = [str(sample.conversation[name]) for name in ("speaker_a", "speaker_b")]
    for user, other in (names, reversed(names)):
        yield Record(
            id=f"locomo/{session.name}/{user}",
            dataset="locomo",
            messages=tuple(_message(turn, user, session.time) for turn in session.turns),
            language="en",
            cluster=f"locomo/{session.sample}",
            context=Context(now=session.time, user_name=user),
            gold_facts=tuple(_fact(each, user, session) for each in session.observations.get(user, ())),
            forbidden=tuple(_forbidden(session, user, other)),
            annotated=AnnotatedLine(facts="partial", forbidden="partial"),
            probes=tuple(_probes(session, user, other)),
            provenance=PUBLIC.provenance(
                path="data/locomo10.json", upstream_id=f"{session.name}/{user}", derivation="locomo/1"
            ),
        )


def _message(turn: Turn, user: str, time: str) -> Message:
    """A turn as it is sent; of an image there is the caption, which some observations rest on alone."""
    shown = f" [shares image: {turn.blip_caption}]" if turn.blip_caption else ""
    return Message(
        role="user" if turn.speaker == user else "assistant",
        content=turn.text + shown,
        speaker=turn.speaker,
        time=time,
        source_ref=turn.dia_id,
    )


def _evidence(observation: Observation, session: _Session) -> tuple[int, ...]:
    named = observation[1]
    return session.places(named if isinstance(named, str) else " ".join(named))


def _fact(observation: Observation, user: str, session: _Session) -> FactLine:
    unnamed = as_the_user(observation[0], user)
    return FactLine(
        memory_value=observation[0],
        evidence=_evidence(observation, session),
        variants=(unnamed,) if unnamed else (),
        value_language="en",
        annotator="llm",
        source_label="observation",
    )


def _forbidden(session: _Session, user: str, other: str) -> Iterator[ForbiddenLine]:
    """What was told of the other, said of the user. Not strict: what holds of one friend may hold of both.

    Left out is what names both (with one name changed it says nothing that is known to be false) or neither.
    """
    for number, observation in enumerate(session.observations.get(other, ()), 1):
        claim = as_the_user(observation[0], other)
        if claim is not None and not re.search(rf"\b{re.escape(user)}\b", observation[0]):
            yield ForbiddenLine(
                fid=f"x{number}",
                value=claim,
                kind="third_party",
                evidence=_evidence(observation, session),
                strict=False,
                annotator="llm",
            )


def _probes(session: _Session, user: str, other: str) -> Iterator[Probe]:
    """The questions on this session that name the user, or nobody more than the other."""
    for number, question in enumerate(session.questions, 1):
        if user in question.question or other not in question.question:
            yield Probe(
                pid=f"q{number}",
                question=question.question,
                answer=None if question.category == 5 or question.answer is None else str(question.answer),
                kind=_CATEGORIES[question.category],
                answerable=question.category != 5,
                false_answer=question.adversarial_answer,
                evidence=session.places(" ".join(question.evidence)),
            )
