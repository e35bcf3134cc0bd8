"""What the fields of a record hold, read off its dataclasses: where a list stands, where an object, where text."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Literal


def fields_of(shape: Any) -> dict[str, Any]:
    """Field name -> what it holds, of a dataclass; None is left out of unions (`X` for `X | None`)."""
    return _fields_of(shape)


def item_of(hint: Any) -> Any:
    """`X` for `tuple[X, ...]`, None for all else."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else None


def is_object(hint: Any) -> bool:
    """Whether a JSON object stands there: a dataclass of ours, or names that are free."""
    return is_dataclass(hint) or typing.get_origin(hint) is dict


def is_text(hint: Any) -> bool:
    """Whether a string stands there, free or one of a choice."""
    return hint is str or typing.get_origin(hint) is Literal


@lru_cache(maxsize=64)
def _fields_of(shape: type) -> dict[str, Any]:
    hints = typing.get_type_hints(shape)
    return {field.name: _bare(hints[field.name]) for field in fields(shape)}


def _bare(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(hint) if part is not type(None)]
        return rest[0] if len(rest) == 1 else hint
    return hint
