"""What is sent: real dialogues, encoded before the run, drawn by a seed and by length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.types import ExtractionType

Draw = Literal["natural", "even"]

CYCLES = 64  # the order repeats after so many passes through the pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One request, ready to go. `asked` and `branch` say what it asks for, `tokens` how long its dialogue is.

    `body` is what goes over the wire; for an extractor that is called in process, its messages as JSON.
    """

    dialogue: str
    language: str
    tokens: int
    asked: tuple[ExtractionType, ...]
    body: bytes
    branch: str = "extract"


def bucket_of(tokens: int, edges: Sequence[int]) -> str:
    """The length bucket of so many input tokens: "<=500", "501-2000", ">2000" for the edges 500 and 2000."""
    below = 0
    for edge in edges:
        if tokens <= edge:
            return f"<={edge}" if not below else f"{below + 1}-{edge}"
        below = edge
    return f">{below}" if edges else "all"


def draw_order(payloads: Sequence[Payload], *, edges: Sequence[int], draw: Draw, seed: int) -> NDArray[np.int32]:
    """The order in which payloads are sent, by index, to be gone through again and again.

    Every pass shuffles each length bucket by itself and spreads the buckets evenly over the pass, so that any stretch
    of the run has the lengths of the whole. `natural` sends every payload once a pass, `even` every bucket as often.
    """
    rng = np.random.default_rng(seed)
    names = [bucket_of(payload.tokens, edges) for payload in payloads]
    buckets = [np.flatnonzero(np.array(names) == name) for name in dict.fromkeys(names)]
    largest = max(map(len, buckets))
    return np.concatenate([_one_pass(buckets, largest, draw, rng) for _ in range(CYCLES)]).astype(np.int32)


def _one_pass(
    buckets: Sequence[NDArray[np.intp]], largest: int, draw: Draw, rng: np.random.Generator
) -> NDArray[np.intp]:
    chosen, places = [], []
    for bucket in buckets:
        wanted = len(bucket) if draw == "natural" else largest
        shuffled = np.concatenate([rng.permutation(bucket) for _ in range(-(-wanted // len(bucket)))])[:wanted]
        chosen.append(shuffled)
        places.append((np.arange(wanted) + rng.random()) / wanted)
    return np.concatenate(chosen)[np.argsort(np.concatenate(places), kind="stable")]
