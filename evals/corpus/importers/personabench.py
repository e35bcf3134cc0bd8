"""PersonaBench: what a session gives away of a person, one attribute a session, and sessions that give away nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from evals.corpus.importers.personabench_attributes import Statement, relation, statements
from evals.corpus.importers.personabench_shapes import Chat, Chatter, Question, Questioned, Support, Talk, Talker
from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.record import AnnotatedLine, Context, ExplicitLine, FactLine, Record
from evals.errors import DataError
from evals.io import read_json, writing_jsonl
from evals.types import Message

PUBLIC = PublicSet(
    name="personabench",
    about="sessions (en) of synthetic people with others and with an assistant, each giving away one attribute or none",
    repository="SalesforceAIResearch/personabench",
    commit="cf1a9550f36d5a5deb9fadcb3919131f8d82cf54",
    path="eval_data/eval_data_v1/synthetic_data (the folders community_N)",
    licence="CC-BY-NC-SA-4.0",
    terms="research only, not commercially; with attribution and under the same licence",
    redistributable=True,
    sha256="d438fdce4b8a8ac5bdac4dc54c77c4020232744be15825c6ddb8a2687a940138",
    note="(of `sha256sum` over the files read, sorted by path: 4 of 6 people, noise 0.0 and 0.7)",
)

_DERIVATION = "personabench/1: question and value that upstream links to the session, as `user: attribute = value`"
_UNKNOWN = frozenset(("N/A", "None", ""))  # nobody says so much
_LABELS = {
    "Basic information": "basic_information",
    "Preference": "preference",
    "Social": "social",
    "Subjective": "subjective",
}

Session = Talk | Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """One community at one noise level: where its files are, and the items of each session."""

    folder: Path
    noise: str
    items: dict[str, list[tuple[Question, Statement]]]

    def file_of(self, session: Session) -> Path:
        name = "conversation_data_all" if isinstance(session, Talk) else "user_ai_interaction_data_all"
        return self.folder / "private_data" / self.noise / f"{name}.json"


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `personabench.jsonl` into `dest`, one record a session; the sessions of a person are one cluster.

    `source` is upstream's folder `synthetic_data/`. Raises DataError with the faults of a file.
    """
    communities = sorted({path.parent.parent for path in upstream_files(source, "*/eval_info/eval_info_all.json*")})
    path = dest / "personabench.jsonl"
    counts: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    files: list[Path] = []
    with writing_jsonl(path) as write:
        for community in communities:
            read = _Community(community, dropped)
            for record in read.records():
                write(as_line(record))
                counts.update({"sessions": 1, "messages": len(record.messages), **count([record])})
                counts["noise sessions"] += "noise" in record.labels
            files += read.files
    return ImportReport(
        name=PUBLIC.name,
        files={path: counts["sessions"]},
        counts=dict(counts),
        sha256=digest(source, files),
        notes=tuple(f"left out: {number} {what}" for what, number in sorted(dropped.items())),
    )


class _Community:
    """The files of one community; what of their gold is not used is counted in `dropped`."""

    def __init__(self, folder: Path, dropped: Counter[str]) -> None:
        self.files: list[Path] = []
        self._folder, self._dropped = folder, dropped

    def records(self) -> Iterator[Record]:
        """The sessions of each person in turn, noise level by noise level."""
        people = {person.name: person for person in self._read("eval_info/eval_info_all", tuple[Questioned, ...])}
        for person in people.values():
            outdated = sum(question.outdated_value is not None for question in person.info.qa)
            self._dropped["questions of a person as a whole (probes)"] += len(person.info.qa)
            self._dropped["questions with values that are outdated over all sessions"] += outdated
        by_person: dict[str, list[Record]] = defaultdict(list)
        for noise in sorted(each.name for each in (self._folder / "private_data").glob("noise_*")):
            sessions = list(self._sessions(noise))
            known = frozenset(session.segment_id for _, session in sessions)
            level = _Level(folder=self._folder, noise=noise, items=self._items(noise, tuple(people.values()), known))
            for name, session in sessions:
                by_person[name].append(_record(name, session, level))
        for records in by_person.values():
            yield from records

    def _sessions(self, noise: str) -> Iterator[tuple[str, Session]]:
        base = f"private_data/{noise}"
        talkers = self._read(f"{base}/conversation_data_all", tuple[Talker, ...])
        chatters = self._read(f"{base}/user_ai_interaction_data_all", tuple[Chatter, ...])
        for person in (*talkers, *chatters):
            yield from ((person.name, session) for session in person.sessions)

    def _items(
        self, noise: str, people: tuple[Questioned, ...], known: frozenset[str]
    ) -> dict[str, list[tuple[Question, Statement]]]:
        """What each session supports, every statement once: upstream asks some of them in several ways."""
        questions = {question.q_id: (question, person) for person in people for question in person.info.qa}
        items: dict[str, list[tuple[Question, Statement]]] = defaultdict(list)
        path = f"eval_info/qa_gt_context_all_{noise}"
        for support in self._read(path, tuple[Support, ...]):
            if support.q_id not in questions:
                message = f"no question of that name (value {support.q_id!r}); eval_info_all.json has them"
                raise DataError.at(self._folder / f"{path}.json", message)
            question, person = questions[support.q_id]
            for value, segments in support.segments.items():
                for segment in segments:
                    if reason := _unusable(value, segment, known):
                        self._dropped[reason] += 1
                        continue
                    self._add(items[segment], question, person, value)
        return items

    def _add(self, items: list[tuple[Question, Statement]], question: Question, person: Questioned, value: str) -> None:
        held = {statement for _, statement in items}
        for statement in statements(question.question, value, question.answer):
            named = _named(statement, person)
            if named in held:
                self._dropped["items that repeat another one of their session"] += 1
            else:
                items.append((question, named))

    def _read(self, name: str, shape: Any) -> Any:
        (path, *_) = upstream_files(self._folder, f"{name}.json", f"{name}.json.gz")
        self.files.append(path)
        return read_json(path, shape)


def _unusable(value: str, segment: str, known: frozenset[str]) -> str | None:
    """Why a value that upstream links to a session is no gold, or None."""
    if segment not in known:
        return "items of sessions that are not in the files"
    return "items whose value is 'not known'" if value.strip() in _UNKNOWN else None


def _named(statement: Statement, person: Questioned) -> Statement:
    """The statement with both the name and the relation of whom it is about, where another question has them."""
    if statement.whose is None and statement.relation is None:
        return statement
    for question in person.info.qa:
        match relation(question.question, question.answer):
            case (word, name) if statement.whose == name or (statement.whose is None and statement.relation == word):
                return replace(statement, whose=name, relation=word)
    return statement


# --- one session ---------------------------------------------------------------------------------


def _record(name: str, session: Session, level: _Level) -> Record:
    items = level.items.get(session.segment_id, [])
    said = " ".join(turn.content for turn in session.turns).casefold()
    return Record(
        id=f"personabench/{level.noise}/{session.segment_id}",
        dataset="personabench",
        messages=_messages(name, session, level),
        language="en",
        cluster=f"personabench/{level.folder.name}/{name}",
        labels=_labels(session, level.noise, items),
        context=Context(now=_iso(session.time), user_name=name),
        gold_facts=tuple(_fact(*item, session, said) for item in items if item[0].type != "Preference"),
        gold_explicit_preferences=tuple(_preference(*item, said) for item in items if item[0].type == "Preference"),
        annotated=AnnotatedLine(facts="partial", explicit_preferences="partial"),
        provenance=PUBLIC.provenance(
            path=level.file_of(session).relative_to(level.folder.parent).as_posix(),
            upstream_id=session.segment_id,
            derivation=_DERIVATION,
        ),
    )


def _messages(name: str, session: Session, level: _Level) -> tuple[Message, ...]:
    """The named person is the user, whoever else speaks the assistant."""
    user = _speaker(name, session)
    if user is None:
        roles = sorted({turn.role for turn in session.turns})
        message = f"session {session.segment_id}: {name!r} does not speak (values {roles}); one role must be the person"
        raise DataError.at(level.file_of(session), message)
    return tuple(
        Message(role="user" if turn.role == user else "assistant", content=turn.content, speaker=turn.role)
        for turn in session.turns
        if turn.content.strip()
    )


def _speaker(name: str, session: Session) -> str | None:
    """The role that is the person: the full name, `user`, or where both are shortened, a part of it."""
    roles = {turn.role for turn in session.turns}
    wanted = name if isinstance(session, Talk) else "user"
    if wanted in roles:
        return wanted
    parts = [role for role in roles if set(role.split()) <= set(name.split())]
    return parts[0] if len(parts) == 1 else None


def _labels(session: Session, noise: str, items: list[tuple[Question, Statement]]) -> tuple[str, ...]:
    kinds = dict.fromkeys(_LABELS[question.type] for question, _ in items)
    nothing = () if items else ("noise", "no_gold") if noise != "noise_0.0" else ("no_gold",)
    return (noise, "conversation" if isinstance(session, Talk) else "user_ai", *kinds, *nothing)


def _fact(question: Question, statement: Statement, session: Session, said: str) -> FactLine:
    """What the other speaker tells of themselves counts when found and is not missed: it is not the user's."""
    return FactLine(
        memory_key=statement.attribute,
        memory_value=statement.text,
        subject="user" if (whose := statement.whose or statement.relation) is None else f"other:{whose}",
        optional=statement.whose is not None and statement.whose == session.target_name,
        **_common(question, statement, said),
    )


def _preference(question: Question, statement: Statement, said: str) -> ExplicitLine:
    """Stated or only hinted at is not marked upstream: either type is accepted."""
    return ExplicitLine(
        preference=statement.text,
        polarity="like" if statement.liking else None,
        type_certain=False,
        **_common(question, statement, said),
    )


def _common(question: Question, statement: Statement, said: str) -> dict[str, Any]:
    """What every item has. Many values are only hinted at: one is required to the letter where it falls in the talk."""
    return {
        "slots": {name: value for name, value in statement.slots if value.casefold() in said} or None,
        "variants": statement.variants,
        "value_language": "en",
        "annotator": "template",
        "source_label": question.type,
    }


def _iso(time: str) -> str | None:
    try:
        return datetime.strptime(time, "%Y/%b/%d/%I:%M %p").isoformat(timespec="minutes")
    except ValueError:
        return None
