"""Stage 3, task and language selection: which prompts a dialogue is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from evals.errors import ConfigError
from evals.memos.language import Language
from evals.types import ExtractionType, Message

BranchName = Literal["memory_reader", "explicit_preference", "implicit_preference", "all"]
BRANCHES: tuple[BranchName, ...] = get_args(BranchName)

_ANSWERS: dict[BranchName, ExtractionType] = {
    "memory_reader": "memory",
    "explicit_preference": "preference",
    "implicit_preference": "preference",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One inference call: which branch, in which language."""

    name: BranchName
    language: Language


def checked_branches(names: Sequence[str]) -> tuple[BranchName, ...]:
    """The branches a configuration names. Raises ConfigError for an unknown one, or `all` beside others."""
    unknown = [name for name in names if name not in BRANCHES]
    if unknown or not names:
        raise ConfigError(f"extractor.branches={list(names)}: some of {', '.join(BRANCHES)} are wanted")
    if "all" in names and len(names) > 1:
        raise ConfigError(f"extractor.branches={list(names)}: `all` is one prompt for everything and stands alone")
    return tuple(name for name in BRANCHES if name in names)


def select(
    extraction_types: Sequence[ExtractionType],
    language: Language,
    messages: Sequence[Message],
    *,
    branches: Sequence[BranchName],
) -> tuple[Task, ...]:
    """The calls a dialogue needs. A single exchange shows no habit, so nothing implicit is asked of it."""
    exchanges = sum(message.role == "user" for message in messages)
    return tuple(
        Task(name, language)
        for name in branches
        if (name == "all" or _ANSWERS[name] in extraction_types) and (name != "implicit_preference" or exchanges > 1)
    )
