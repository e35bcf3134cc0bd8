"""KdConv: two people talk over films, music and travel in Chinese; the world knowledge they recite is no memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from evals.corpus.importers.upstream import ImportReport, PublicSet, as_line, count, digest, upstream_files
from evals.corpus.record import AnnotatedLine, ForbiddenLine, Record
from evals.errors import DataError
from evals.io import read_json, writing_jsonl
from evals.types import Message

PUBLIC = PublicSet(
    name="kdconv",
    about="450 Chinese dialogues over films, music and travel; each bit of world knowledge in them is marked",
    repository="thu-coai/KdConv",
    commit="653db76432de09a004ba708a68f8bbd5500e6bec",
    path="data/film/dev.json, data/music/dev.json and data/travel/dev.json",
    licence="Apache-2.0",
    terms="with notice",
    redistributable=True,
    sha256="fcc55cc24b7e35fd7112e20eedb265a9cd3e83a3deeee5eabe82988a021d41f1",
    note="(of `sha256sum` over the three files sorted by path, 342 of the 450 dialogues in them)",
)

_TOLERANT = {"extra": "ignore", "strict": True}
_DERIVATION = "kdconv/1: marked triples as forbidden memories; the speakers by turns user and assistant"
_SPEAKERS: tuple[Literal["user"], Literal["assistant"]] = ("user", "assistant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """A bit of world knowledge: of what, which attribute, which value."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    name: str
    attrname: str
    attrvalue: str

    @property
    def text(self) -> str:
        if self.attrname == "Information":  # a paragraph on the thing, not one attribute of it
            return self.attrvalue
        return f"{self.name}的{self.attrname}是{self.attrvalue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message and the knowledge it recites."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    message: str
    attrs: tuple[Triple, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One dialogue; `name` is what it begins with."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    name: str
    messages: Annotated[tuple[Turn, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFile:
    """Where only some dialogues of each file are at hand: their positions upstream, by domain."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    kept_upstream_indices: dict[str, tuple[int, ...]]


def import_set(source: Path, dest: Path) -> ImportReport:
    """Writes `kdconv.jsonl` into `dest`, one record a dialogue; dialogues over the same thing are one cluster.

    `source` is upstream's folder `data/`. Raises DataError with the faults of a file.
    """
    files = upstream_files(source, "*/dev.json*", "data/*/dev.json*")
    kept = source / "SPLIT.json"
    indexes = read_json(kept, SplitFile).kept_upstream_indices if kept.is_file() else {}
    path = dest / "kdconv.jsonl"
    counts: Counter[str] = Counter()
    with writing_jsonl(path) as write:
        for file in files:
            for record, marks in sorted(_records(file, indexes), key=lambda pair: pair[0].cluster or ""):
                write(as_line(record))
                counts.update({"dialogues": 1, "messages": len(record.messages), "marks": marks, **count([record])})
    repeated = counts["marks"] - counts["forbidden"]
    return ImportReport(
        name=PUBLIC.name,
        files={path: counts["dialogues"]},
        counts=dict(counts),
        sha256=digest(source, files),
        notes=(f"{repeated} of the {counts['marks']} marks repeat another one of their dialogue and are one item",),
    )


def _records(path: Path, indexes: dict[str, tuple[int, ...]]) -> Iterator[tuple[Record, int]]:
    """The records of a file, each with the number of its marks."""
    domain = path.parent.name
    talks = read_json(path, tuple[Talk, ...])
    kept = indexes.get(domain) or tuple(range(len(talks)))
    if len(kept) != len(talks):
        raise DataError.at(path, f"{len(talks)} dialogues, where SPLIT.json lists {len(kept)} for this domain")
    for index, talk in zip(kept, talks, strict=True):
        yield _record(domain, index, talk), sum(len(turn.attrs) for turn in talk.messages)


def _record(domain: str, index: int, talk: Talk) -> Record:
    where: dict[Triple, list[int]] = {}
    for number, turn in enumerate(talk.messages):
        for triple in dict.fromkeys(turn.attrs):
            where.setdefault(triple, []).append(number)
    return Record(
        id=f"kdconv/{domain}/{index}",
        dataset="kdconv",
        messages=tuple(
            Message(role=_SPEAKERS[number % 2], content=turn.message) for number, turn in enumerate(talk.messages)
        ),
        language="zh",
        cluster=f"kdconv/{domain}/{talk.name}",
        labels=(domain,),
        forbidden=tuple(
            ForbiddenLine(value=triple.text, kind="world_knowledge", evidence=tuple(numbers))
            for triple, numbers in where.items()
        ),
        annotated=AnnotatedLine(forbidden="partial"),
        provenance=PUBLIC.provenance(
            path=f"data/{domain}/dev.json", upstream_id=f"{domain}/dev/{index}", derivation=_DERIVATION
        ),
    )
