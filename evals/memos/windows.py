"""Dialogues over the token limit: cut on message borders into overlapping windows, and their results put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from evals.errors import InputTooLong
from evals.types import Extraction, Fact, Message, Preference, Trace

Item = TypeVar("Item", Fact, Preference)


def windows(
    messages: Sequence[Message], limit: int, count: Callable[[str], int], *, overlap: int = 2
) -> tuple[tuple[Message, ...], ...]:
    """Runs of messages of at most `limit` tokens each, every one but the first opening with the last of the one before.

    Up to `overlap` messages are repeated, fewer where a new one would not fit beside them. Raises InputTooLong for a
    single message over the limit.
    """
    sizes = [count(message.content) for message in messages]
    if (largest := max(sizes, default=0)) > limit:
        raise InputTooLong(f"one message alone has {largest} tokens, where up to {limit} are taken")
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(messages):
        end, size = start, 0
        while end < len(messages) and size + sizes[end] <= limit:
            size += sizes[end]
            end += 1
        found.append((start, end))
        if end == len(messages):
            break
        start = _next_start(sizes, start, end, limit, overlap)
    return tuple(tuple(messages[start:end]) for start, end in found)


def merge(extractions: Sequence[Extraction]) -> Extraction:
    """All items in order, each once (case and blanks aside); the branches of every window, numbered."""
    several = len(extractions) > 1
    return Extraction(
        facts=_once([fact for extraction in extractions for fact in extraction.facts]),
        preferences=_once([preference for extraction in extractions for preference in extraction.preferences]),
        trace=Trace(
            branches=tuple(
                replace(branch, name=f"{branch.name}[{number}/{len(extractions)}]") if several else branch
                for number, extraction in enumerate(extractions, 1)
                for branch in extraction.trace.branches
            ),
            contract_violations=tuple(
                dict.fromkeys(note for extraction in extractions for note in extraction.trace.contract_violations)
            ),
        ),
    )


def _next_start(sizes: Sequence[int], start: int, end: int, limit: int, overlap: int) -> int:
    """Where the next window begins: as many messages back as still leave room for the first new one."""
    back = min(overlap, end - start - 1)
    while back > 0 and sum(sizes[end - back : end + 1]) > limit:
        back -= 1
    return end - back


def _once(items: Sequence[Item]) -> tuple[Item, ...]:
    """The first of several items that say the same; one without a text is kept, for it counts as invalid."""
    kept: dict[object, Item] = {}
    for number, item in enumerate(items):
        said = re.sub(r"\s+", " ", item.text).strip().casefold()
        kind = getattr(item, "preference_type", None)
        kept.setdefault((said, kind) if said else number, item)
    return tuple(kept.values())
