"""Named entities of a text as written, and the conflict between two texts' entities."""

from __future__ import annotations


def entities(text: str, language: str) -> frozenset[str]:
    return frozenset()


def entity_conflict(gold: frozenset[str], pred: frozenset[str]) -> tuple[str, str] | None:
    return None
