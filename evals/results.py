"""The nouns that the files of a run hold: answers, outcomes, and run.json with its scores.

Made as those of `evals.types` are, and as strictly checked when they are read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from evals.types import (
    EXTRACTION_TYPES,
    Annotated,
    Extraction,
    ExtractionType,
    GoldOutcome,
    ParseStatus,
    PredictedOutcome,
    Split,
    Trace,
)

RunStatus = Literal["running", "interrupted", "incomplete", "complete"]

_TOLERANT = {"extra": "ignore", "strict": True}  # read by pydantic at the boundary; means nothing here


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionFailure:
    """Why nothing came back: a value beside the results, counted as everything missed and in `error_rate`."""

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    type: str
    message: str
    trace: Trace = Trace()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """The answer for one dialogue and repeat: an extraction or its error, never both.

    `latency_ms` is the whole call; what the call waited for before it began stands in `waited_ms`: `qps`, `pace`.
    """

    id: str
    repeat: int = 0
    extraction: Extraction | None = None
    error: ExtractionFailure | None = None
    latency_ms: float | None = None
    waited_ms: dict[str, float] | None = None

    @property
    def trace(self) -> Trace:
        source = self.extraction or self.error
        return source.trace if source else Trace()

    @property
    def service_ms(self) -> float | None:
        """How long the call took, without the time it waited for our own budgets and between tries."""
        if self.latency_ms is None or self.trace.cached:
            return None
        waits_ms = [
            sum((attempt.queue_ms or 0.0) + (attempt.wait_ms or 0.0) for attempt in branch.attempts)
            for branch in self.trace.branches
        ]
        return max(0.0, self.latency_ms - max(waits_ms, default=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueOutcome:
    """One line of outcomes.jsonl: an outcome and all that scores, comparisons and reports need to know besides.

    `forbidden_listed` counts the forbidden items that are strict, `unwanted_listed` the others.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    id: str
    cluster: str
    language: str
    split: Split
    repeat: int = 0
    labels: tuple[str, ...] = ()
    annotated: Annotated = Annotated()
    asked: tuple[ExtractionType, ...] = EXTRACTION_TYPES
    in_hash: str | None = None
    pair_id: str | None = None
    error: str | None = None
    parse_status: ParseStatus = "ok"
    contract_violations: tuple[str, ...] = ()
    latency_ms: float | None = None
    gold: tuple[GoldOutcome, ...] = ()
    predicted: tuple[PredictedOutcome, ...] = ()
    forbidden_listed: int = 0
    unwanted_listed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A number with its interval and its n.

    [low, high] is the 95 % sampling interval; [bound_low, bound_high] what the value would be were every unjudged
    item wrong or right. `n` is the denominator the value was taken over; `note` says what limits its use.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    metric: str
    slice: str
    value: float | None
    low: float | None = None
    high: float | None = None
    bound_low: float | None = None
    bound_high: float | None = None
    n: float = 0
    dialogues: int = 0
    clusters: int = 0
    higher_is_better: bool | None = True
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """run.json: how a run was made and what it scored.

    `system` is what the extractor said of itself (`facts`) and what its calls came to (`calls`); `judging` says who
    decided how much, and what the judge cost and got wrong; `load` is what a bench measured besides `latency`.
    """

    __pydantic_config__: ClassVar[Any] = _TOLERANT
    format: int
    name: str
    status: RunStatus
    signature: str
    created: str
    command: str
    config: dict[str, Any]
    environment: dict[str, Any]
    dataset: dict[str, Any]
    counts: dict[str, int]
    identity: dict[str, str]
    matching: dict[str, Any]
    latency: dict[str, float | None]
    scores: tuple[Score, ...] = ()
    confusion: dict[str, dict[str, dict[str, int]]] | None = None
    controls: dict[str, tuple[Score, ...]] | None = None
    skill: tuple[Score, ...] = ()
    system: dict[str, Any] | None = None
    judging: dict[str, Any] | None = None
    load: dict[str, Any] | None = None
