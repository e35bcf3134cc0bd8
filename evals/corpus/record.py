"""The record `memgold/1`: one annotated dialogue as a line of a dataset file, and how it becomes a `Dialogue`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Annotated as Bounded
from typing import Any, ClassVar, Literal

from pydantic import Field

from evals.types import (
    Annotated,
    Coverage,
    Dialogue,
    Fact,
    Forbidden,
    Gold,
    GoldFact,
    GoldItem,
    GoldPreference,
    Message,
    Preference,
    PreferenceType,
    Split,
)

_STRICT = {"extra": "forbid", "strict": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine(GoldFact):
    """A gold fact as a file may have it: without `gid` it is called f1, f2 … by its place in the list."""

    gid: str | None = None  # type: ignore[assignment]  # filled in before it leaves this module


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitLine(GoldPreference):
    """A gold preference the user states; without `gid` it is called e1, e2 …"""

    gid: str | None = None  # type: ignore[assignment]
    preference_type: Literal["explicit_preference"] = "explicit_preference"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitLine(GoldPreference):
    """A gold preference the user only shows; without `gid` it is called i1, i2 …"""

    gid: str | None = None  # type: ignore[assignment]
    preference_type: Literal["implicit_preference"] = "implicit_preference"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenLine(Forbidden):
    """A memory that must not come out; without `fid` it is called x1, x2 …"""

    fid: str | None = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedLine:
    """How exhaustively each list was annotated; None is `none` for a list left out and `complete` for one given."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    facts: Coverage | None = None
    explicit_preferences: Coverage | None = None
    implicit_preferences: Coverage | None = None
    forbidden: Coverage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorMemory:
    """A memory the system already holds when the dialogue begins."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    ref: str
    memory_value: str | None = None
    preference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a system may know besides the messages; sent only where an extractor is configured to."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    now: str | None = None
    user_name: str | None = None
    prior_memories: tuple[PriorMemory, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How a memory relates to an earlier one. Carried, not scored yet."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    kind: Literal["replace", "retract", "refine", "contradict", "add", "keep"]
    old: str | tuple[str, ...] | None = None
    new: str | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A question the memories must be able to answer. Carried, not scored yet."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    pid: str
    question: str
    answer: str | None = None
    kind: str | None = None
    answerable: bool = True
    false_answer: str | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a record comes from and under which licence (SPDX) it may be used.

    `canary` is a string that no other text holds, so that training data with the record in it can be told.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    dataset_version: str | None = None
    repo: str | None = None
    commit: str | None = None
    path: str | None = None
    upstream_id: str | None = None
    licence: str | None = None
    redistributable: bool | None = None
    derivation: str | None = None
    transformed: bool | None = None
    canary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One annotated dialogue. Only `id` and `messages` are required.

    Gold stands in the `gold_*` lists, or in the API's own two lists as a reply has them (fields unknown to the API
    are ignored there, as in any reply).
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    schema: Literal["memgold/1"] = "memgold/1"
    id: str
    messages: Bounded[tuple[Message, ...], Field(min_length=1)]
    dataset: str | None = None
    language: str | None = None
    split: Split = "dev"
    cluster: str | None = None
    pair_id: str | None = None
    labels: tuple[str, ...] = ()
    context: Context | None = None
    gold_facts: tuple[FactLine, ...] | None = None
    gold_explicit_preferences: tuple[ExplicitLine, ...] | None = None
    gold_implicit_preferences: tuple[ImplicitLine, ...] | None = None
    memory_detail_list: tuple[Fact, ...] | None = None
    preference_detail_list: tuple[Preference, ...] | None = None
    forbidden: tuple[ForbiddenLine, ...] | None = None
    annotated: AnnotatedLine = field(default_factory=AnnotatedLine)
    updates: tuple[Update, ...] = ()
    probes: tuple[Probe, ...] = ()
    provenance: Provenance | None = None


def dialogue_of(record: Record) -> Dialogue:
    """The dialogue of a record, with every default filled in."""
    return Dialogue(
        id=record.id,
        messages=record.messages,
        cluster=record.cluster or record.id,
        language=record.language or _detected_language(record.messages),
        split=record.split,
        dataset=record.dataset,
        pair_id=record.pair_id,
        labels=record.labels,
        gold=Gold(
            items=tuple(item for _, item in gold_items(record)),
            forbidden=tuple(item for _, item in forbidden_items(record)),
            annotated=_annotated(record),
        ),
    )


def gold_items(record: Record) -> tuple[tuple[str, GoldItem], ...]:
    """(field path in the record, gold item with its gid) of every fact and preference."""
    return (
        *_numbered("gold_facts", "f", record.gold_facts, GoldFact),
        *_numbered("memory_detail_list", "f", record.memory_detail_list, _fact_of_reply),
        *_numbered("gold_explicit_preferences", "e", record.gold_explicit_preferences, GoldPreference),
        *_numbered("gold_implicit_preferences", "i", record.gold_implicit_preferences, GoldPreference),
        *_preferences_of_reply(record.preference_detail_list or ()),
    )


def forbidden_items(record: Record) -> tuple[tuple[str, Forbidden], ...]:
    """(field path in the record, forbidden memory with its fid)."""
    return tuple(
        (f"forbidden[{index}]", Forbidden(**{**_values(line), "fid": _name(line.fid, "x", index)}))
        for index, line in enumerate(record.forbidden or ())
    )


# --- gold from the lists -------------------------------------------------------------------------


def _numbered(path: str, letter: str, lines: Any, build: Any) -> tuple[tuple[str, GoldItem], ...]:
    return tuple(
        (f"{path}[{index}]", build(**{**_values(line), "gid": _name(getattr(line, "gid", None), letter, index)}))
        for index, line in enumerate(lines or ())
    )


def _fact_of_reply(
    *, gid: str, memory_value: str | None, memory_key: str | None, memory_type: str | None, tags: tuple[str, ...] | None
) -> GoldFact:
    return GoldFact(gid=gid, memory_value=memory_value or "", memory_key=memory_key, memory_type=memory_type, tags=tags)


def _preferences_of_reply(lines: tuple[Preference, ...]) -> tuple[tuple[str, GoldItem], ...]:
    """A reply mixes both types in one list; each is counted for itself, so that gids are e1, e2, i1 …"""
    found: list[tuple[str, GoldItem]] = []
    counts = {"explicit_preference": 0, "implicit_preference": 0}
    for index, line in enumerate(lines):
        kind: PreferenceType = (
            "implicit_preference" if line.preference_type == "implicit_preference" else "explicit_preference"
        )
        gid = _name(None, kind[0], counts[kind])
        counts[kind] += 1
        item = GoldPreference(gid=gid, preference=line.preference or "", preference_type=kind, reasoning=line.reasoning)
        found.append((f"preference_detail_list[{index}]", item))
    return tuple(found)


def _name(given: str | None, letter: str, index: int) -> str:
    return f"{letter}{index + 1}" if given is None else given


def _values(line: Any) -> dict[str, Any]:
    shape: Any = type(line)
    return {name: getattr(line, name) for name in _field_names(shape)}


@lru_cache(maxsize=16)
def _field_names(shape: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(shape))


def _annotated(record: Record) -> Annotated:
    given, both = record.annotated, record.preference_detail_list
    facts = record.gold_facts if record.memory_detail_list is None else record.memory_detail_list
    return Annotated(
        facts=given.facts or _coverage(facts),
        explicit_preferences=given.explicit_preferences or _coverage(record.gold_explicit_preferences, both),
        implicit_preferences=given.implicit_preferences or _coverage(record.gold_implicit_preferences, both),
        forbidden=given.forbidden or _coverage(record.forbidden),
    )


def _coverage(*lists: object) -> Coverage:
    return "none" if all(each is None for each in lists) else "complete"


def _detected_language(messages: tuple[Message, ...]) -> str:
    from evals.text.language import dialogue_language  # only where the record does not say

    said = [message.content for message in messages if message.role == "user"]
    return dialogue_language(said or [message.content for message in messages])
