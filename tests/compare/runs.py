"""Runs of a given skill, made without a dataset: each dialogue has facts, some found, and some inventions."""

from __future__ import annotations

import random
from collections.abc import Sequence

from evals.compare.comparison import Counts
from evals.results import DialogueOutcome
from evals.scoring.counted import counted
from tests.scoring.conftest import dialogue, gold, predicted


def answered(
    number: int,
    rng: random.Random,
    *,
    recall: float = 0.6,
    invented: float = 1.0,
    cluster_size: int = 1,
    **fields: object,
) -> DialogueOutcome:
    """One dialogue of eight facts; `invented` is how many memories nobody said, on average at most two more."""
    items = tuple(gold(f"g{i}", "found" if rng.random() < recall else "missed") for i in range(8))
    right = tuple(
        predicted("correct", item.gid, index=place, text=f"fact {number} {item.gid}")
        for place, item in enumerate(each for each in items if each.state == "found")
    )
    items = tuple(_paired(item, right) for item in items)
    extra = tuple(
        predicted("hallucinated", index=len(right) + place, text=f"made up {number} {place}")
        for place in range(int(rng.random() * 2 * invented + 0.5))
    )
    known = {"id": f"d{number}", "cluster": f"c{number // cluster_size}", "in_hash": f"h{number}", **fields}
    return dialogue(items, right + extra, **known)


def run_of(n: int, seed: int, **skill: float) -> list[DialogueOutcome]:
    """`n` dialogues of one skill."""
    rng = random.Random(seed)
    return [answered(number, rng, **skill) for number in range(n)]  # type: ignore[arg-type]


def counts_of(outcomes: Sequence[DialogueOutcome]) -> Counts:
    """Doors to outcomes in memory."""
    return Counts(
        headers=lambda: (header for block in counted(outcomes) for header in block.headers),
        blocks=lambda: counted(outcomes),
    )


def _paired(item: object, right: Sequence[object]) -> object:
    from dataclasses import replace

    partner = next((each.index for each in right if each.partner == item.gid), None)  # type: ignore[attr-defined]
    return replace(item, partner=partner)  # type: ignore[type-var]
