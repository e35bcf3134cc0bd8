"""Whether a text speaks of something planned or something done, and whether two texts differ in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Modality:
    """The first mark of a plan and of a done deed found in a text, if any."""

    planned: str | None = None
    done: str | None = None


def modality(canonical_text: str, language: str) -> Modality:
    return Modality()


def modality_mismatch(gold: Modality, pred: Modality) -> tuple[str, str] | None:
    return None
