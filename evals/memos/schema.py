"""The JSON schema of a branch's reply, in the subset all servers take: every property required, no further ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.memos.branches import BranchName
from evals.memos.lists import LISTS
from evals.types import ExtractionType

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}


def reply_schema(
    branch: BranchName, extraction_types: Sequence[ExtractionType], reply_map: Mapping[str, str]
) -> dict[str, Any]:
    """The schema a reply of this branch is held to, with the model's own key names where `reply_map` renames them."""
    own = {memos: model for model, memos in reply_map.items()}

    def named(properties: Mapping[str, Any]) -> dict[str, Any]:
        renamed = {own.get(name, name): value for name, value in properties.items()}
        return {"type": "object", "properties": renamed, "required": list(renamed), "additionalProperties": False}

    fact = named({"memory_key": _TEXT, "memory_value": _TEXT, "memory_type": _memory_type(), "tags": _TEXTS})
    preference = {"preference": _TEXT, "reasoning": _TEXT}
    if branch == "all":
        preference["preference_type"] = {"type": "string", "enum": ["explicit_preference", "implicit_preference"]}
    lists = {
        LISTS[0]: {"type": "array", "items": fact},
        LISTS[1]: {"type": "array", "items": named(preference)},
    }
    wanted = [name for name, kind in zip(LISTS, ("memory", "preference"), strict=True) if kind in extraction_types]
    if branch != "all":
        wanted = [LISTS[0] if branch == "memory_reader" else LISTS[1]]
    return named({name: lists[name] for name in wanted})


def _memory_type() -> dict[str, Any]:
    return {"type": "string", "enum": ["UserMemory", "LongTermMemory"]}
