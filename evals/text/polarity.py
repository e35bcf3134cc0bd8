"""Which words of a text stand under a negation or a dislike, and whether two texts disagree about one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Polarity:
    sign: int = 0
    negated: bool = False
    tokens: tuple[str, ...] = ()


def polarity(canonical_text: str, language: str) -> Polarity:
    return Polarity()


def polarity_mismatch(gold: Polarity, pred: Polarity) -> tuple[str, str] | None:
    return None
