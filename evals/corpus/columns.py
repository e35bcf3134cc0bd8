"""Rows of somebody else's table as records: columns renamed, packed JSON unpacked, nulls as our files have them."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from evals.corpus.record import Record
from evals.corpus.shapes import fields_of, is_object, item_of
from evals.errors import ConfigError
from evals.io import dumps
from evals.strict_json import Found, parse

Row = Mapping[str, Any]
_NAMES = ("id", "cluster", "pair_id")  # numbers in many tables, strings in a record


@dataclass(frozen=True, slots=True)
class Columns:
    """Our field <- their column. A path goes through objects and lists: `messages.content` <- `turns.text`."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, mapping: Mapping[str, str]) -> Columns:
        """Raises ConfigError for a field that no record has, and for one filled twice."""
        for ours in mapping:
            _check_field(ours)
            head, dot, _ = ours.partition(".")
            if dot and head in mapping:
                raise ConfigError(f"dataset.columns: both {head} and {ours} are given; map the whole or its parts")
        return cls(tuple(mapping.items()))

    def needed(self, known: Iterable[str]) -> dict[str, str]:
        """Our field -> the column it needs: what stands before the first dot, unless all of it is a known one."""
        there = set(known)
        return {ours: theirs if theirs in there else theirs.partition(".")[0] for ours, theirs in self.pairs}

    def check(self, known: Iterable[str], *, only: Iterable[str] | None = None) -> None:
        """Raises ConfigError for the first column that is not there; `only` limits it to some of our fields."""
        there = sorted(known)
        for ours, column in self.needed(there).items():
            if column not in there and (only is None or ours.partition(".")[0] in only):
                raise ConfigError(f"dataset.columns.{ours}={column}: no such column; there are {', '.join(there)}")

    def fields(self, row: Row) -> dict[str, Any]:
        """What a row gives a record. A column that the row lacks is left out."""
        record: dict[str, Any] = {}
        for ours, theirs in self.pairs:
            value = row[theirs] if theirs in row else _at(row, theirs.split("."))
            if value is not None:
                _put(record, ours, value)
        for name in _NAMES:
            if isinstance(record.get(name), int) and not isinstance(record[name], bool):
                record[name] = str(record[name])
        return record

    def origin(self, field: str | None) -> str:
        """`; read from …` for a fault in one of our fields, empty where none is mapped to it."""
        ours = re.sub(r"\[\d+\]", "", field or "")
        exact = [theirs for name, theirs in self.pairs if name == ours]
        near = [theirs for name, theirs in self.pairs if name.partition(".")[0] == ours.partition(".")[0]]
        names = ", ".join(map(repr, exact or near))
        return f"; read from {names}" if names else ""


def record_of(row: Row, columns: Columns | None) -> tuple[Record, list[Found]]:
    """The record of a row and no faults, or an unusable one and its faults, worded as those of a JSONL line."""
    given = columns.fields(row) if columns else row
    try:
        line = dumps(_restored(given, Record)).encode()
    except (TypeError, ValueError) as error:  # audio, pictures, bytes; NaN
        return parse(b"null", Record)[0], [(None, f"no record can hold this row: {error}")]
    record, found = parse(line, Record)
    return record, [(field, message + columns.origin(field)) for field, message in found] if columns else found


# --- paths ---------------------------------------------------------------------------------------


def _at(value: Any, steps: list[str]) -> Any:
    """What stands at a path, in every element where the path comes through a list; None where it ends early."""
    if not steps:
        return value
    value = _unpacked(value)
    if isinstance(value, list):
        return [_at(item, steps) for item in value]
    return _at(value.get(steps[0]), steps[1:]) if isinstance(value, Mapping) else None


def _put(record: dict[str, Any], ours: str, value: Any) -> None:
    head, _, part = ours.partition(".")
    if not part:
        record[head] = value
    elif item_of(fields_of(Record)[head]) is None:
        record.setdefault(head, {})[part] = value
    elif isinstance(value := _unpacked(value), list):
        items = record.setdefault(head, [])
        items += [{} for _ in range(len(value) - len(items))]
        for item, each in zip(items, value, strict=False):
            item[part] = each
    else:
        record[head] = value  # no list: validation says so, with the value


def _check_field(ours: str) -> None:
    head, dot, part = ours.partition(".")
    hint = fields_of(Record).get(head)
    known = fields_of(Record)
    if dot and hint is not None:
        inner = item_of(hint) or hint
        head, known = part, fields_of(inner) if is_dataclass(inner) else {}
    if head not in known:
        close = difflib.get_close_matches(head, known, n=1, cutoff=0.6)
        hint_text = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known) or 'none'}"
        raise ConfigError(f"dataset.columns: {ours!r} is no field of a record; {hint_text}")


# --- values --------------------------------------------------------------------------------------


def _restored(value: Any, hint: Any) -> Any:
    """A value of a typed table as a JSONL line would have it.

    A table has no "left out": null stands for it, so nulls in objects go. A string where the record has a list or an
    object is JSON. Dates become ISO strings.
    """
    if isinstance(value, str) and (item_of(hint) is not None or is_object(hint)):
        value = _unpacked(value)
    if isinstance(value, Mapping):
        known = fields_of(hint) if is_dataclass(hint) else {}
        return {name: _restored(item, known.get(name)) for name, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_restored(item, item_of(hint)) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


def _unpacked(value: Any) -> Any:
    """The list or object that a string holds as JSON; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    shape: Any = list if value.lstrip()[0] == "[" else dict
    unpacked, found = parse(value.encode("utf-8", "replace"), shape)
    return value if found else unpacked
