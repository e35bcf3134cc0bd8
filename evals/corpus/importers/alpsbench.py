"""AlpsBench task 1: real users' dialogues with verified memories, and the answers of seven systems to score."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evals.corpus.importers.alpsbench_shapes import Item, Memory, Output, Session
from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.importers.windows import Window, token_estimate, windows
from evals.corpus.record import AnnotatedLine, ExplicitLine, FactLine, ForbiddenLine, ImplicitLine, Record
from evals.io import FaultList, read_json, read_jsonl, writing_jsonl
from evals.types import ForbiddenKind, Message, Polarity

WINDOW_TOKENS = 8_000

PUBLIC = PublicSet(
    name="alpsbench",
    about="627 dialogues of real users (en, zh, ru) with verified memories, and what seven systems extracted from them",
    repository="MissHsiaoo/AlpsBench_task1_3_annotation_data_repo",
    commit="a22629d21600d96a3696dce1833de3e84ed2f7ce",
    path="the per-session JSON packets",
    licence="ODC-By-1.0",
    terms="academic and research use; real people's talk, do not try to identify anyone",
    redistributable=True,
    sha256="629748e606195905c349fa65a467caed38c21eb01c2856b9890e602f51fc0131",
    note="(of task1_extraction.jsonl.gz: the packets of the benchmark's public splits, one a line, a quarter withheld)",
)

_DERIVATION = "alpsbench-task1/1"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")
_REJECTED = re.compile(r"\s*\[ERROR:?\s*([^\]]*)\]?\s*")
_CURIOSITY = "Thoughts/Curiosity"
_POLARITIES: dict[str, Polarity] = {
    "like": "like",
    "dislike": "dislike",
    "require": "require",
    "requirement": "require",
    "avoid": "avoid",
    "avoidance": "avoid",
}
_REASONS: tuple[tuple[str, ForbiddenKind], ...] = (
    ("role-play", "role_play"),
    ("task-local", "task_local"),
    ("hypothetical", "hypothetical"),
    ("not about", "third_party"),
    ("third-party", "third_party"),
)


def import_set(source: Path, dest: Path) -> ImportReport:
    """Reads sessions (JSONL, packed or not, or a folder of JSON packets) and writes three kinds of files into `dest`.

    `alpsbench.jsonl` has whole sessions, `alpsbench-windowed.jsonl` windows of 8,000 tokens with the gold whose
    evidence lies in them, `alpsbench-<system>.predictions.jsonl` a system's answers to whole sessions.
    Raises DataError with every fault of the source.
    """
    files = upstream_files(source, "task1_extraction.jsonl*", "*.jsonl", "*.jsonl.gz", "**/*.json")
    records: list[tuple[str, Record]] = []
    written: Counter[Path] = Counter()
    with contextlib.ExitStack() as stack:
        writers: dict[str, Callable[[Any], object]] = {}
        for session in _sessions(files):
            record = _record(session)
            records.append((record.cluster or record.id, record))
            for system, output in session.task1.llm_outputs.items() if session.task1 else ():
                path = dest / f"alpsbench-{_slug(system)}.predictions.jsonl"
                if system not in writers:
                    writers[system] = stack.enter_context(writing_jsonl(path))
                writers[system](_prediction(record.id, output))
                written[path] += 1
    whole = [record for _, record in sorted(records, key=lambda pair: (pair[0], pair[1].id))]
    cut = [window for record in whole for window in _windowed(record)]
    for name, lines in (("alpsbench.jsonl", whole), ("alpsbench-windowed.jsonl", cut)):
        with writing_jsonl(dest / name) as write:
            for record in lines:
                write(as_line(record))
        written[dest / name] = len(lines)
    counts, kept = count(whole), count(cut)
    counts["curiosity"] = sum(
        item.source_label == _CURIOSITY for record in whole for item in record.gold_implicit_preferences or ()
    )
    return ImportReport(
        name=PUBLIC.name,
        files=dict(sorted(written.items())),
        counts=counts,
        sha256=digest(source, files),
        notes=(f"windowed: {', '.join(f'{number} {name}' for name, number in kept.items())}",),
    )


def _sessions(files: Iterable[Path]) -> Iterator[Session]:
    faults = FaultList()
    for path in files:
        if path.suffix == ".json":
            yield read_json(path, Session)
        else:
            yield from (session for _, session in read_jsonl(path, Session, faults=faults))
    faults.raise_any()


# --- gold ----------------------------------------------------------------------------------------


def _record(session: Session) -> Record:
    messages = tuple(Message(role=turn.role, content=turn.text) for turn in session.dialogue)
    memories = session.task1.ground_truth_memories if session.task1 else ()
    valid = [memory for memory in memories if not _REJECTED.search(memory.value)]
    rejected = [memory for memory in memories if _REJECTED.search(memory.value)]
    preferences = [memory for memory in valid if _is_preference(memory)]
    long = sum(token_estimate(message.content) for message in messages) > WINDOW_TOKENS
    return Record(
        id=f"alpsbench/{session.session_id}",
        dataset="alpsbench",
        messages=messages,
        language=_script([message.content for message in messages if message.role == "user"]),
        cluster=f"alpsbench/{_first_words(messages)}",
        labels=(*(["long"] if long else []), *([] if valid else ["no_gold"])),
        gold_facts=tuple(
            FactLine(memory_value=memory.value, **_common(memory, messages))
            for memory in valid
            if not _is_preference(memory)
        ),
        gold_explicit_preferences=tuple(
            ExplicitLine(preference=memory.value, polarity=_polarity(memory), **_common(memory, messages))
            for memory in preferences
            if memory.type == "direct" and memory.label != _CURIOSITY
        ),
        gold_implicit_preferences=tuple(
            ImplicitLine(
                preference=memory.value,
                polarity=_polarity(memory),
                type_certain=memory.label != _CURIOSITY,
                **_common(memory, messages),
            )
            for memory in preferences
            if memory.type != "direct" or memory.label == _CURIOSITY
        ),
        forbidden=tuple(_forbidden(memory, messages) for memory in rejected),
        annotated=AnnotatedLine(
            facts="partial", explicit_preferences="partial", implicit_preferences="partial", forbidden="partial"
        ),
        provenance=PUBLIC.provenance(path="task1_extraction", upstream_id=session.session_id, derivation=_DERIVATION),
    )


def _is_preference(memory: Memory | Item) -> bool:
    """Upstream's label taxonomy against ours; curiosity is a preference that is always shown, never stated."""
    label = memory.label or ""
    if label == "UNMAPPED":
        suggested = (memory.label_suggestion or "").lower()
        return bool(memory.preference_attitude) or suggested.startswith(("interaction", "preference"))
    return (
        label.startswith(("Preferences/", "Constraints_and_Boundaries/"))
        or label == _CURIOSITY
        or label.endswith("Interaction_Preferences")
    )


def _common(memory: Memory, messages: Sequence[Message]) -> dict[str, Any]:
    """What every gold item of this set has; doubtful ones and curiosity, which MemOS does not store, are optional."""
    confidence = memory.confidence
    return {
        "evidence": _evidence(memory, messages),
        "evidence_text": memory.evidence.quote if memory.evidence else None,
        "optional": memory.label == _CURIOSITY or (confidence is not None and confidence <= 0.5),
        "value_language": _script([memory.value]),
        "annotator": "llm_verified",
        "confidence": confidence,
        "source_label": memory.label,
    }


def _evidence(memory: Memory, messages: Sequence[Message]) -> tuple[int, ...]:
    indexes = memory.evidence.indexes if memory.evidence else ()
    return tuple(index for index in indexes if 0 <= index < len(messages))


def _polarity(memory: Memory) -> Polarity | None:
    return _POLARITIES.get((memory.preference_attitude or "").lower())


def _forbidden(memory: Memory, messages: Sequence[Message]) -> ForbiddenLine:
    reasons = " ".join(_REJECTED.findall(memory.value))
    kind: ForbiddenKind = next((kind for word, kind in _REASONS if word in reasons.lower()), "unsupported")
    return ForbiddenLine(
        value=_REJECTED.sub(" ", memory.value).strip() or reasons,
        kind=kind,
        evidence=_evidence(memory, messages),
        annotator="llm_verified",
    )


def _script(texts: Iterable[str]) -> str:
    """`zh` or `ru` where more than a quarter of the letters are of that script, `en` for the rest."""
    text = "".join(texts)
    han, cyrillic, latin = (len(pattern.findall(text)) for pattern in (_HAN, _CYRILLIC, _LATIN))
    quarter = (han + cyrillic + latin) / 4
    return "zh" if han > quarter else "ru" if cyrillic > quarter else "en"


def _first_words(messages: Sequence[Message]) -> str:
    """Sessions that open with the same words are near-duplicates: one cluster."""
    first = next((message.content for message in messages if message.role == "user"), "")
    return hashlib.sha256(" ".join(first.split()).lower().encode()).hexdigest()[:16]


def _windowed(record: Record) -> Iterator[Record]:
    cuts = list(windows(record.messages, WINDOW_TOKENS))
    for number, window in enumerate(cuts, start=1):
        yield _in_window(record, window, number) if len(cuts) > 1 or window.cut else _renamed(record, number)


def _renamed(record: Record, number: int, **changes: Any) -> Record:
    return replace(record, id=f"{record.id}/w{number}", dataset="alpsbench-windowed", **changes)


def _in_window(record: Record, window: Window, number: int) -> Record:
    names = ("gold_facts", "gold_explicit_preferences", "gold_implicit_preferences", "forbidden")
    kept = {name: tuple(filter(None, map(window.keep, getattr(record, name)))) for name in names}
    return _renamed(record, number, messages=window.messages, **kept)


# --- the answers of seven systems ----------------------------------------------------------------


def _prediction(id: str, output: Output) -> dict[str, Any]:
    """A line of recorded predictions. Without items, no reply or one that is not JSON is a failure, not "nothing"."""
    items, raw = output.memory_items or (), output.raw_output
    if not items and (raw is None or _reply_items(raw) is None):
        kind, message = ("no_reply", "no reply is stored") if raw is None else ("unparsed", "the reply is not JSON")
        return {"id": id, "error": {"type": kind, "message": message}, **({"raw": raw} if raw else {})}
    suggested = {str(each.get("value")): each for each in _reply_items(raw or "") or () if isinstance(each, dict)}
    facts, preferences = [], []
    for item in items:
        if _is_preference(_with_suggestion(item, suggested.get(item.value or "", {}))):
            preferences.append({"preference": item.value, "preference_type": _preference_type(item)})
        else:
            facts.append({"memory_value": item.value})
    return {"id": id, "memory_detail_list": facts, "preference_detail_list": preferences}


def _with_suggestion(item: Item, reply: dict[str, Any]) -> Item:
    """Upstream's parsed items lack what the label UNMAPPED is decided on; the raw reply has it."""
    suggestion, attitude = reply.get("label_suggestion"), reply.get("preference_attitude")
    return replace(
        item,
        label_suggestion=suggestion if isinstance(suggestion, str) else None,
        preference_attitude=attitude if isinstance(attitude, str) else None,
    )


def _preference_type(item: Item) -> str | None:
    """Stated or only shown; a word that is neither stays as it is, for the scorer to call unknown."""
    if item.label == _CURIOSITY or item.type in ("indirect", "implied"):
        return "implicit_preference"
    return "explicit_preference" if item.type in ("direct", "explicit") else item.type


def _reply_items(raw: str) -> list[Any] | None:
    unfenced = re.sub(r"^```(?:json)?\s*|\s*```$", "", raw.strip())
    try:
        reply = json.loads(unfenced)
    except (ValueError, RecursionError):
        return None
    items = reply.get("memory_items") if isinstance(reply, dict) else reply
    return items if isinstance(items, list) else None


def _slug(system: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", system.lower()).strip("-.") or "system"
