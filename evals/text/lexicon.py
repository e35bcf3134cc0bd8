"""How word lists are written in this room: plain words between spaces."""

from __future__ import annotations


def listed(words: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(words.split())


def ordered(words: str) -> tuple[str, ...]:
    """The words of a list, in order."""
    return tuple(words.split())
