"""BEAM, chats of 100,000 tokens: one planned statement behind every main question of a user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from evals.corpus.importers.beam_shapes import Batch, Bullet, Questions, Topic, Turn, read_plan
from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.importers.windows import Window, windows
from evals.corpus.record import AnnotatedLine, Context, ExplicitLine, FactLine, Record, Update
from evals.errors import DataError
from evals.io import read_json, writing_jsonl
from evals.types import Message

WINDOW_TOKENS = 8_000

PUBLIC = PublicSet(
    name="beam",
    about="20 chats (en) of 100,000 tokens in 8 domains, each main question written from one statement of a plan",
    repository="mohammadtavakoli78/BEAM",
    commit="b2a3ee8ba12d68f83143dda191097dc3e028ddd3",
    path="chats/100K",
    licence="CC-BY-SA-4.0",
    terms="with attribution, under the same licence; as its card on Hugging Face says, the repository has no licence",
    redistributable=True,
    sha256="7866571b530103ed2926c522a2e9ccb77c6fa0021a911e62c81f06fcd4a1af0a",
    note="(of `sha256sum` over the files read, sorted by path: 15 of the 20 chats)",
)

Sort = Literal["introduction", "update", "contradiction", "time_anchor", "preference", "instruction", "project"]

_DERIVATION = "beam/1: the plan's bullet that upstream's index of the message names"
_SORTS: dict[str, Sort] = {
    "Personal Introduction": "introduction",
    "Information Update": "update",
    "Logical Contradiction": "contradiction",
    "Time Anchor": "time_anchor",
    "Preference Statement": "preference",
    "User Instruction": "instruction",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chat:
    """One chat: the files it was read from, its batches, the statements behind its turns, and what they refer to."""

    name: str
    files: tuple[Path, ...]
    domain: str | None
    batches: tuple[Batch, ...]
    bullets: Mapping[int, Bullet]
    earlier: Mapping[int, tuple[int, ...]]


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `beam.jsonl` into `dest`, one record a main question with what followed it; a chat is one cluster.

    A record of more than 8,000 tokens is cut. Raises DataError with the faults of a file.
    """
    plans = upstream_files(source, "chats/100K/*/plan_new*.txt*", "100K/*/plan_new*.txt*", "*/plan_new*.txt*")
    path = dest / "beam.jsonl"
    counts: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    files: list[Path] = []
    with writing_jsonl(path) as write:
        for folder in sorted({plan.parent for plan in plans}, key=lambda each: (len(each.name), each.name)):
            chat = _read(folder, dropped)
            files += chat.files
            for record in _records(chat, dropped):
                write(as_line(record))
                counts.update({"dialogues": 1, "messages": len(record.messages), **count([record])})
                counts.update(f"updates.{update.kind}" for update in record.updates)
                counts["long"] += "long" in record.labels
    return ImportReport(
        name=PUBLIC.name,
        files={path: counts["dialogues"]},
        counts=dict(counts),
        sha256=digest(source, files),
        notes=tuple(f"left out: {number} {what}" for what, number in sorted(dropped.items()) if number),
    )


# --- reading a chat ------------------------------------------------------------------------------


def _read(folder: Path, dropped: Counter[str]) -> _Chat:
    """A chat, the shortened one where upstream has both, and the statement behind each of its turns."""
    short = _optional(folder, "chat_trunecated.json")  # upstream's spelling
    chat = short or upstream_files(folder, "chat.json", "chat.json.gz")[0]
    plan = upstream_files(folder, "plan_new_trunecated.txt*" if short else "plan_new.txt*")[0]
    topic = _optional(folder, "topic.json")
    questions = _optional(folder, "probing_questions/probing_questions.json")
    batches = read_json(chat, tuple[Batch, ...])
    earlier: dict[int, tuple[int, ...]] = {}
    for later, ids in read_json(questions, Questions).links() if questions else ():
        earlier[later] = tuple(dict.fromkeys((*earlier.get(later, ()), *ids)))
    return _Chat(
        name=folder.name,
        files=tuple(file for file in (chat, plan, topic, questions) if file),
        domain=_slug(read_json(topic, Topic).category) if topic else None,
        batches=batches,
        bullets=_bullets(chat, batches, read_plan(plan), dropped),
        earlier=earlier,
    )


def _optional(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _bullets(
    path: Path, batches: Sequence[Batch], plan: Mapping[tuple[int, int], Bullet], dropped: Counter[str]
) -> dict[int, Bullet]:
    """The statement each turn was written from; one that an earlier turn has already is not said a second time."""
    found: dict[int, Bullet] = {}
    seen: set[int] = set()
    used: set[tuple[int, int]] = set()
    for turn in (turn for batch in batches for group in batch.turns for turn in group):
        if turn.id in seen:
            raise DataError.at(path, f"two messages of one id (value {turn.id}); ids must differ within a chat")
        seen.add(turn.id)
        if turn.index is None:
            continue
        if turn.bullet is None or turn.bullet not in plan:
            dropped["main questions whose index names no bullet of the plan"] += 1
        elif turn.bullet in used:
            dropped["main questions whose bullet an earlier one has"] += 1
        else:
            used.add(turn.bullet)
            found[turn.id] = plan[turn.bullet]
    return found


def _slug(category: str) -> str:
    return "_".join(category.lower().replace("&", "and").split())


# --- one record ----------------------------------------------------------------------------------


def _records(chat: _Chat, dropped: Counter[str]) -> Iterator[Record]:
    for batch in chat.batches:
        for group in batch.turns:
            record = _record(chat, batch, group)
            cuts = list(windows(record.messages, WINDOW_TOKENS))
            if len(cuts) == 1 and not cuts[0].cut:
                yield record
                continue
            kept = [_in_window(record, window, number) for number, window in enumerate(cuts, start=1)]
            dropped["items whose message had to be shortened"] += _gold(record) - sum(map(_gold, kept))
            yield from kept


def _record(chat: _Chat, batch: Batch, group: Sequence[Turn]) -> Record:
    turns = [turn for turn in group if turn.text.strip()]
    said = [(index, turn, chat.bullets[turn.id]) for index, turn in enumerate(turns) if turn.id in chat.bullets]
    sorts = tuple(dict.fromkeys(_sort(bullet) for _, _, bullet in said))
    facts = tuple(_fact(bullet, index) for index, _, bullet in said if _is_fact(bullet))
    preferences = tuple(_preference(bullet, index) for index, _, bullet in said if _is_preference(bullet))
    name = f"{chat.name}/{group[0].id}"
    return Record(
        id=f"beam/100K/{name}",
        dataset="beam",
        messages=tuple(
            Message(role=turn.role, content=turn.text, source_ref=f"{chat.name}/{turn.id}") for turn in turns
        ),
        language="en",
        cluster=f"beam/100K/{chat.name}",
        labels=(*((chat.domain,) if chat.domain else ()), *sorts, *(() if facts or preferences else ("no_gold",))),
        context=Context(now=_iso(batch.anchor)),
        gold_facts=facts,
        gold_explicit_preferences=preferences,
        annotated=AnnotatedLine(facts="partial", explicit_preferences="partial"),
        updates=tuple(update for each in said for update in _updates(chat, *each)),
        provenance=PUBLIC.provenance(
            path=f"chats/100K/{chat.name}/{chat.files[0].name.removesuffix('.gz')}",
            upstream_id=name,
            derivation=_DERIVATION,
        ),
    )


def _sort(bullet: Bullet) -> Sort:
    """By the head of the label; every topical label is a detail of the user's project."""
    return _SORTS.get(bullet.label.partition(":")[0].strip(), "project")


def _is_fact(bullet: Bullet) -> bool:
    return _sort(bullet) in ("introduction", "update", "project")


def _is_preference(bullet: Bullet) -> bool:
    return _sort(bullet) in ("preference", "instruction")


def _fact(bullet: Bullet, index: int) -> FactLine:
    """Details of a project are credited and not missed; who the user is and what has changed is wanted."""
    return FactLine(
        memory_key=bullet.label.rpartition(":")[2].strip() or None,
        memory_value=bullet.text,
        optional=_sort(bullet) == "project",
        **_common(bullet, index),
    )


def _preference(bullet: Bullet, index: int) -> ExplicitLine:
    instruction = _sort(bullet) == "instruction"
    return ExplicitLine(preference=bullet.text, polarity="require" if instruction else None, **_common(bullet, index))


def _common(bullet: Bullet, index: int) -> dict[str, Any]:
    return {"evidence": (index,), "value_language": "en", "annotator": "llm", "source_label": bullet.label}


def _updates(chat: _Chat, index: int, turn: Turn, bullet: Bullet) -> Iterator[Update]:
    """What an update or a contradiction is of, where a question says so: the statements as the plan has them."""
    kinds: dict[Sort, Literal["replace", "contradict"]] = {"update": "replace", "contradiction": "contradict"}
    if kind := kinds.get(_sort(bullet)):
        ids = (each for each in chat.earlier.get(turn.id, ()) if each != turn.id)
        old = tuple(chat.bullets[each].text for each in ids if each in chat.bullets)
        yield Update(kind=kind, old=old or None, new=bullet.text, evidence=(index,))


def _iso(anchor: str | None) -> str | None:
    try:
        return datetime.strptime(anchor or "", "%B-%d-%Y").date().isoformat()
    except ValueError:
        return None


# --- records over the limit ----------------------------------------------------------------------


def _in_window(record: Record, window: Window, number: int) -> Record:
    facts = tuple(filter(None, map(window.keep, record.gold_facts or ())))
    preferences = tuple(filter(None, map(window.keep, record.gold_explicit_preferences or ())))
    inside = range(window.first, window.first + len(window.messages))
    updates = tuple(
        replace(update, evidence=tuple(index - window.first for index in update.evidence))
        for update in record.updates
        if all(index in inside and index not in window.cut for index in update.evidence)
    )
    labels = [label for label in record.labels if label != "no_gold"]
    return replace(
        record,
        id=f"{record.id}/w{number}",
        messages=window.messages,
        labels=(*labels, "long", *(() if facts or preferences else ("no_gold",))),
        gold_facts=facts,
        gold_explicit_preferences=preferences,
        updates=updates,
    )


def _gold(record: Record) -> int:
    return len(record.gold_facts or ()) + len(record.gold_explicit_preferences or ())
