"""PrefEval: one preference per dialogue in 20 topics, stated outright, shown by a choice, or said in passing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.record import AnnotatedLine, ExplicitLine, FactLine, ForbiddenLine, ImplicitLine, Provenance, Record
from evals.errors import DataError
from evals.io import read_json, write_jsonl
from evals.types import Message

PUBLIC = PublicSet(
    name="prefeval",
    about="1,000 preferences in 20 topics (en), each stated outright, shown by a choice, and said in passing",
    repository="amazon-science/PrefEval",
    commit="50795054b5ff5f418d2b768a331d71e480f93331",
    path="benchmark_dataset/explicit_preference and benchmark_dataset/implicit_preference",
    licence="CC-BY-NC-4.0",
    terms="with attribution, not commercially",
    redistributable=True,
    sha256="9ed58afda44b0da6898c01f797f550959cbdc7bbad187cdda0be3d6752648c59",
    note="(of `sha256sum` over the 60 topic files sorted by path, 760 of the 1,000 preferences in them)",
)

_TOLERANT = {"extra": "ignore", "strict": True}
_REASON = re.compile(r",?\s+(?:due to|because|since|as I|given that|so that)\b.*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The four turns of the choice form."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    query: str
    assistant_options: str
    user_selection: str
    assistant_acknowledgment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange of the persona form."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    user: str
    assistant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitItem:
    """A preference as the user states it."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    preference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceItem(ExplicitItem):
    """A preference only a choice among options shows; `aligned_op` is the option that fits it."""

    options: tuple[str, ...]
    aligned_op: str
    conversation: Choice


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaItem(ExplicitItem):
    """A preference mentioned in a longer talk; `persona` is what the author was told to play."""

    persona: str
    conversation: dict[str, Exchange]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFile:
    """Where only some items of each topic are at hand: their positions upstream, by topic."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    kept_upstream_indices: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an item stands: its topic, its position upstream, and the first item with the same preference."""

    topic: str
    index: int
    cluster: str
    path: str

    def record(self, form: str, **fields: Any) -> Record:
        upstream_id = f"{self.topic}/{self.index}"
        return Record(
            id=f"prefeval/{form}/{upstream_id}",
            dataset="prefeval",
            language="en",
            cluster=f"prefeval/{self.cluster}",
            labels=(form, self.topic),
            provenance=self._provenance(upstream_id, form),
            **fields,
        )

    def _provenance(self, upstream_id: str, form: str) -> Provenance:
        return PUBLIC.provenance(path=self.path, upstream_id=upstream_id, derivation=f"prefeval-{form}/1")


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `prefeval-explicit.jsonl`, `-choice` and `-persona` into `dest`, one record per preference and form.

    `source` is upstream's folder `benchmark_dataset/`. Raises DataError with the faults of a file.
    """
    forms: tuple[tuple[str, str, Any, Callable[[Any, _Place], Record]], ...] = (
        ("explicit", "explicit_preference", tuple[ExplicitItem, ...], _explicit),
        ("choice", "implicit_preference/choice-based", tuple[ChoiceItem, ...], _choice),
        ("persona", "implicit_preference/persona-driven", tuple[PersonaItem, ...], _persona),
    )
    indexes = _upstream_indexes(source)
    files: list[Path] = []
    written: dict[Path, int] = {}
    counts: dict[str, int] = {}
    for form, folder, shape, build in forms:
        topics = upstream_files(source / folder, "*.json*")
        records = [build(item, place) for item, place in _items(source, topics, shape, indexes)]
        path = dest / f"prefeval-{form}.jsonl"
        written[path] = write_jsonl(path, map(as_line, records))
        counts |= {f"{form}.{name}": number for name, number in count(records).items() if number}
        files += topics
    return ImportReport(name=PUBLIC.name, files=written, counts=counts, sha256=digest(source, files))


def _upstream_indexes(source: Path) -> dict[str, tuple[int, ...]]:
    path = source / "SPLIT.json"
    return read_json(path, SplitFile).kept_upstream_indices if path.is_file() else {}


def _items(
    source: Path, topics: tuple[Path, ...], shape: Any, indexes: dict[str, tuple[int, ...]]
) -> Iterator[tuple[Any, _Place]]:
    """All items of a form, those with the same preference together, whatever their topics."""
    first: dict[str, str] = {}
    found: list[tuple[Any, _Place]] = []
    for path in topics:
        topic = path.name.split(".")[0]
        items = read_json(path, shape)
        kept = indexes.get(topic) or tuple(range(len(items)))
        if len(kept) != len(items):
            raise DataError.at(path, f"{len(items)} items, where SPLIT.json lists {len(kept)} for this topic")
        for index, item in zip(kept, items, strict=True):
            cluster = first.setdefault(item.preference, f"{topic}/{index}")
            where = path.relative_to(source).as_posix()
            found.append((item, _Place(topic=topic, index=index, cluster=cluster, path=where)))
    order = {cluster: number for number, cluster in enumerate(first.values())}
    found.sort(key=lambda pair: order[pair[1].cluster])
    yield from found


# --- the three forms -----------------------------------------------------------------------------


def _explicit(item: ExplicitItem, place: _Place) -> Record:
    """One message that is the preference: its gold is complete for stated preferences."""
    return place.record(
        "explicit",
        messages=(Message(role="user", content=item.preference),),
        gold_explicit_preferences=(
            ExplicitLine(
                preference=item.preference,
                evidence=(0,),
                evidence_text=item.preference,
                value_language="en",
                annotator="llm_verified",
                source_label="explicit",
            ),
        ),
        annotated=AnnotatedLine(explicit_preferences="complete"),
    )


def _choice(item: ChoiceItem, place: _Place) -> Record:
    """Four turns; the third shows the preference, though not its reason. The options passed over are no likings."""
    talk = item.conversation
    core = _REASON.sub("", item.preference).rstrip(" .") + "."
    refused = [option for option in item.options if option != item.aligned_op]
    return place.record(
        "choice",
        messages=(
            Message(role="user", content=talk.query),
            Message(role="assistant", content=talk.assistant_options),
            Message(role="user", content=talk.user_selection),
            Message(role="assistant", content=talk.assistant_acknowledgment),
        ),
        gold_implicit_preferences=(
            ImplicitLine(
                preference=item.preference,
                evidence=(2,),
                variants=(core,) if core != item.preference else (),
                value_language="en",
                annotator="llm_verified",
                source_label="choice-based",
            ),
        ),
        forbidden=tuple(
            ForbiddenLine(
                value=f"The user likes this option: {option}",
                kind="assistant_claim",
                evidence=(1,),
                annotator="llm_verified",
            )
            for option in refused
        ),
        annotated=AnnotatedLine(implicit_preferences="complete", forbidden="partial"),
    )


def _persona(item: PersonaItem, place: _Place) -> Record:
    """About five exchanges in which the preference falls in passing: stated or shown, so either type is accepted."""
    turns = [talk for _, talk in sorted(item.conversation.items(), key=lambda pair: (len(pair[0]), pair[0]))]
    return place.record(
        "persona",
        messages=tuple(
            message
            for turn in turns
            for message in (Message(role="user", content=turn.user), Message(role="assistant", content=turn.assistant))
        ),
        gold_facts=(
            FactLine(
                memory_value=f"The user's persona: {item.persona}",
                optional=True,
                value_language="en",
                annotator="template",
                source_label="persona",
            ),
        ),
        gold_implicit_preferences=(
            ImplicitLine(
                preference=item.preference,
                type_certain=False,
                value_language="en",
                annotator="llm_verified",
                source_label="persona-driven",
            ),
        ),
        annotated=AnnotatedLine(facts="partial", explicit_preferences="partial", implicit_preferences="partial"),
    )
