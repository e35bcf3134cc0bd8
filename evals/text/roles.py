"""Role nouns (mother, friend, colleague …) of a text, and whether two texts speak of different people."""

from __future__ import annotations


def roles(canonical_text: str, language: str) -> frozenset[str]:
    return frozenset()


def role_mismatch(gold: frozenset[str], pred: frozenset[str]) -> tuple[str, str] | None:
    return None
