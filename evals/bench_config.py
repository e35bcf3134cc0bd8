"""The shape of `evals bench`'s configuration: conf/bench.yaml and the choices of conf/load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from evals.config import DatasetConfig, HttpConfig, ReportConfig
from evals.types import ExtractionType

_STRICT: dict[str, Any] = {"extra": "forbid", "strict": True}
_Positive = Annotated[float, Field(gt=0, strict=False)]
_NotNegative = Annotated[float, Field(ge=0, strict=False)]
_Share = Annotated[float, Field(ge=0, le=1, strict=False)]
_Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadConfig:
    """`load`: what is sent, how much of it, what counts as good, and where it stops. conf/bench.yaml says more."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    mode: Literal["closed", "constant", "poisson", "sweep", "slo"]
    target: Literal["auto", "pipeline", "inference"]
    sender: Literal["auto", "aiohttp", "httpx"]
    types: Literal["together", "apart"]
    check: Literal["content", "status"]
    draw: Literal["natural", "even"]
    buckets: list[_Count]
    rate: _Positive | None
    concurrency: _Count | None
    connections: Annotated[int, Field(ge=1, le=4096)]
    duration_s: _Positive
    requests: _Count | None
    warmup_s: _NotNegative
    drain_s: _NotNegative
    slo_ms: _Positive | None
    percentile: Annotated[float, Field(gt=0, lt=1)]
    selfcheck_s: _NotNegative
    loop: Literal["auto", "uvloop", "asyncio"]
    precise: bool
    confirm: bool
    unconfirmed_rate: _Positive
    keep_advice: bool
    max_error_rate: _Share
    steps: Annotated[list[_Positive], Field(min_length=1)] | None
    over: Literal["rate", "concurrency"]
    arrivals: Literal["constant", "poisson"]
    low: _Positive
    high: _Positive
    tolerance: Annotated[float, Field(gt=0, lt=1)]
    max_slo_errors: _Share
    step_requests: _Count
    confirm_factor: Annotated[float, Field(ge=1, strict=False)]
    blocks: Annotated[int, Field(ge=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchConfig:
    """`evals bench`. The slots are plain mappings, as in `evals run`; the matcher is used with `score=true` alone."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    dataset: DatasetConfig
    extractor: dict[str, Any]
    matcher: dict[str, Any]
    http: HttpConfig
    extraction_types: Annotated[list[ExtractionType], Field(min_length=1)]
    seed: int
    score: bool
    load: LoadConfig
    report: ReportConfig
