"""One JSON value in, strictly, as a shape; every fault in our words: field, value and what would be right."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")
Found = tuple[str | None, str]


def parse(line: bytes, shape: type[T]) -> tuple[T, list[Found]]:
    """The value and no faults, or an unusable value and its faults as (field path or None, message)."""
    unusable = typing.cast("T", None)
    try:
        _check_json(line)
        return adapter(typing.cast("Any", shape)).validate_json(line, strict=True), []
    except _NotJsonError as error:
        return unusable, [(None, str(error))]
    except ValidationError as error:
        return unusable, [_explain(detail, shape) for detail in error.errors(include_url=False)]


@lru_cache(maxsize=256)
def adapter(shape: Any) -> TypeAdapter[Any]:
    """What validates and writes a shape; made once, kept for as long as the program runs."""
    return TypeAdapter(shape)


# --- what is JSON --------------------------------------------------------------------------------


class _NotJsonError(ValueError):
    """What a line holds is not JSON as we accept it."""


def _check_json(line: bytes) -> None:
    """Refuses what a lenient parser lets pass: repeated keys, NaN, a byte order mark, broken UTF-8, lone surrogates."""
    if line.startswith(b"\xef\xbb\xbf"):
        raise _NotJsonError("begins with a byte order mark; save the file as UTF-8 without BOM")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise _NotJsonError(
            f"not UTF-8: byte 0x{byte:02x} at position {error.start + 1}; save the file as UTF-8"
        ) from None
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _NotJsonError(
            f"not JSON: {error.msg} at column {error.colno} ({_shorten(text, around=error.pos)})"
        ) from None
    except RecursionError:
        raise _NotJsonError("nested too deeply to be read") from None
    except _NotJsonError:
        raise
    except ValueError:
        raise _NotJsonError("a number of more than 4,300 digits") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise _NotJsonError(f"the key {_shorten(repeated)} stands twice in one object; keep one")
    return found


def _no_constant(name: str) -> None:
    raise _NotJsonError(f"{name} is not JSON; write null for what is not defined")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotJsonError(f"the number {_shorten(text)} is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_float=_finite)

# --- pydantic's errors in our words --------------------------------------------------------------

_WANTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "dataclass_type": "an object",
    "dataclass_exact_type": "an object",
    "none_required": "null",
}
_UNEXPECTED = ("unexpected_keyword_argument", "extra_forbidden")


def _explain(detail: Any, shape: Any) -> Found:
    """A field path and `what is wrong (value …); what would be right` of one of pydantic's error details."""
    kind, where, value = detail["type"], detail["loc"], detail["input"]
    if kind == "json_invalid":
        if "recursion" in str(detail["ctx"]["error"]):
            return None, "nested too deeply to be read"
        return None, "holds half of a surrogate pair (\\ud800 to \\udfff); write the character itself"
    return _field_path(where), _what(kind, where, value, detail, shape)


def _what(kind: str, where: Sequence[str | int], value: Any, detail: Any, shape: Any) -> str:
    if kind in _UNEXPECTED:
        return f"unknown field (value {_shorten(value)}); {_suggestion(str(where[-1]), _fields_at(shape, where[:-1]))}"
    if kind.startswith("missing"):
        return "missing; it is required"
    if kind == "literal_error":
        choices = detail["ctx"]["expected"].replace(" or ", ", ")
        return f"not a choice (value {_shorten(value)}); {'one of' if ',' in choices else 'it must be'} {choices}"
    if kind == "too_short":
        return f"too short (value {_shorten(value)}); at least {detail['ctx']['min_length']} wanted"
    if kind in _WANTED:
        return f"wrong type (value {_shorten(value)}); {_WANTED[kind]} is wanted"
    said = str(detail["msg"]).removeprefix("Value error, ")
    return f"{said} (value {_shorten(value)})"


def _field_path(where: Sequence[str | int]) -> str | None:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return path.removeprefix(".") or None


def _suggestion(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known fields: {', '.join(known)}" if known else "leave it out"


def _fields_at(shape: Any, where: Sequence[str | int]) -> tuple[str, ...]:
    """The field names of the dataclass that stands at a path inside `shape`; empty when there is none."""
    for step in where:
        shape = _step_into(_bare(shape), step)
    shape = _bare(shape)
    return tuple(field.name for field in dataclasses.fields(shape)) if dataclasses.is_dataclass(shape) else ()


def _step_into(shape: Any, step: str | int) -> Any:
    if dataclasses.is_dataclass(shape):
        return typing.get_type_hints(shape).get(str(step))
    arguments = typing.get_args(shape)
    if not arguments:
        return None
    return arguments[-1] if issubclass(typing.get_origin(shape) or object, Mapping) else arguments[0]


def _bare(shape: Any) -> Any:
    """`X` for `X | None`."""
    if typing.get_origin(shape) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(shape) if part is not type(None)]
        return rest[0] if len(rest) == 1 else None
    return shape


def _shorten(value: Any, *, around: int = 0, width: int = 60) -> str:
    """A value as it could stand in a message: JSON on one line, cut to `width` characters."""
    if around:
        start = max(0, around - width // 2)
        value = value[start : start + width]
    text = repr(value[: width + 1]) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= width + 2 else text[:width] + "…"
