"""The two lists of the API's `data`, read tolerantly and written exactly: the one place that knows an item's fields.

A list that is missing, null or [] means "nothing found". A broken item stops nothing: it loses its text, so that it
ends `invalid` when it is graded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evals.types import Extraction, ExtractionType, Fact, Preference

LISTS = ("memory_detail_list", "preference_detail_list")
LIST_OF: dict[ExtractionType, str] = {"memory": LISTS[0], "preference": LISTS[1]}


class ShapeError(ValueError):
    """Something is not of the shape it should have; `field` says where."""

    def __init__(self, field: str | None, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}" if field else message)


def read_lists(data: Mapping[str, Any]) -> Extraction:
    """What the two lists of a mapping hold. Raises ShapeError when a list is no list."""
    return Extraction(
        facts=tuple(as_fact(item) for item in _list(data, LISTS[0])),
        preferences=tuple(as_preference(item) for item in _list(data, LISTS[1])),
    )


def write_lists(extraction: Extraction, asked: Sequence[ExtractionType]) -> dict[str, Any]:
    """The lists of the kinds that were asked for, `[]` where nothing was found; a field not defined is left out."""
    found: dict[ExtractionType, Sequence[Fact | Preference]] = {
        "memory": extraction.facts,
        "preference": extraction.preferences,
    }
    return {LIST_OF[kind]: [_defined(item) for item in items] for kind, items in found.items() if kind in asked}


def _list(data: Mapping[str, Any], name: str) -> list[Any] | tuple[Any, ...]:
    items = data.get(name)
    if items is None:
        return ()
    if not isinstance(items, (list, tuple)):
        raise ShapeError(name, f"wrong type (value {shown(items)}); a list is wanted")
    return items


def as_fact(item: object) -> Fact:
    """A fact of any object; without its text as soon as one field is not what it should be."""
    if isinstance(item, Fact):
        item = {name: getattr(item, name) for name in Fact.__slots__}
    if not isinstance(item, Mapping):
        return Fact()
    value, key, type_, tags = (item.get(name) for name in ("memory_value", "memory_key", "memory_type", "tags"))
    tags_right = tags is None or (isinstance(tags, (list, tuple)) and all(isinstance(tag, str) for tag in tags))
    right = tags_right and _text_or_none(key) and _text_or_none(type_)
    return Fact(
        memory_value=value if right and isinstance(value, str) else None,
        memory_key=key if _text_or_none(key) else None,
        memory_type=type_ if _text_or_none(type_) else None,
        tags=tuple(tags) if tags is not None and tags_right else None,
    )


def as_preference(item: object) -> Preference:
    """A preference of any object; without its text as soon as one field is not what it should be."""
    if isinstance(item, Preference):
        item = {name: getattr(item, name) for name in Preference.__slots__}
    if not isinstance(item, Mapping):
        return Preference()
    value, reasoning, type_ = (item.get(name) for name in ("preference", "reasoning", "preference_type"))
    right = _text_or_none(reasoning) and _text_or_none(type_)
    return Preference(
        preference=value if right and isinstance(value, str) else None,
        reasoning=reasoning if _text_or_none(reasoning) else None,
        preference_type=type_ if _text_or_none(type_) else None,
    )


def _defined(item: Fact | Preference) -> dict[str, Any]:
    return {name: value for name in item.__slots__ if (value := getattr(item, name)) is not None}


def _text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr, skipkeys=True)
    return text if len(text) <= 60 else text[:60] + "…"
