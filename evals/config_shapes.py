"""The shape of every command's configuration: its keys with their types and ranges. Defaults live in conf/ alone."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from evals.types import ExtractionType

_STRICT: dict[str, Any] = {"extra": "forbid", "strict": True}
_Positive = Annotated[float, Field(gt=0, strict=False)]
_NotNegative = Annotated[float, Field(ge=0, strict=False)]
_Share = Annotated[float, Field(ge=0, le=1, strict=False)]
_Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetConfig:
    """Which dialogues: files, or where `path` is empty a source of `dataset=hub`, and the selection of records.

    `ceiling` is what people reach who annotate the dialogues anew, by metric; a dataset need not know it.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    name: str
    path: str | list[str] = dataclass_field(default_factory=list)
    revision: str | None = None
    subset: str | None = None
    hub_split: str | None = None
    data_files: str | list[str] | None = None
    columns: dict[str, str] | None = None
    limit: _Count | None = None
    split: Literal["dev", "test", "holdout", "all"] = "all"
    ids: list[str | int] | str | int | None = None
    where: str | None = None
    shard: Annotated[str, Field(pattern=r"^[1-9]\d*/[1-9]\d*$")] | None = None
    overlay: str | None = None
    ceiling: dict[str, _Share] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerConfig:
    """How the extractor is driven."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    concurrency: _Count
    adaptive: bool
    qps: _Positive | None
    timeout_s: _Positive | None
    max_error_rate: _Share
    max_in_a_row: _Count | None
    ask_again: Literal["retryable", "all", "none"]
    sync_s: _NotNegative
    save_messages: bool
    reuse: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingConfig:
    """How answers are matched; the scores do not depend on it."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    processes: _Count


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEngine:
    """This process asks and matches."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    name: Literal["local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RayEngine:
    """Workers of a Ray cluster ask and match. No number depends on it, and a run may go on with another engine."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    name: Literal["ray"]
    address: str | None
    workers: _Count | None
    batch: _Count


EngineConfig = Annotated[LocalEngine | RayEngine, Field(discriminator="name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetConfig:
    """Where a run stops by itself: calls are those of one command, money that of the whole run, judging included."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    max_calls: _Count | None
    max_cost: _NotNegative | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeBudget:
    """Where judging stops by itself."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    max_cost: _NotNegative | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Money for a million tokens; null where it is not known."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    input: _NotNegative | None
    output: _NotNegative | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportConfig:
    """Which report files are written."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    formats: list[Literal["html", "md", "csv", "json"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig:
    """Where a complete run is logged besides its folder; `uri` and `experiment` are MLflow's."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    name: Literal["none", "mlflow"]
    uri: str | None = None
    experiment: Annotated[str, Field(min_length=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    """How every HTTP call is made; the extractor slots that speak HTTP take it as `${http}`."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    timeout_s: _Positive
    connect_timeout_s: _Positive
    max_attempts: _Count
    backoff_s: _NotNegative
    max_wait_s: _NotNegative
    max_reply_mb: _Positive
    proxy: str | None
    ca_bundle: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """`evals run`. The three slots are plain mappings: name, version, `_target_` and the target's own arguments."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    dataset: DatasetConfig
    extractor: dict[str, Any]
    matcher: dict[str, Any]
    judge: dict[str, Any]
    extraction_types: Annotated[list[ExtractionType], Field(min_length=1)]
    repeats: _Count
    seed: int
    controls: list[str]
    engine: EngineConfig
    runner: RunnerConfig
    grading: GradingConfig
    http: HttpConfig
    prices: dict[str, Price]
    budget: BudgetConfig
    report: ReportConfig
    tracking: TrackingConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class RescoreDataset:
    """Where a stored run's dialogues are now, and corrections to their gold."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    path: str | list[str] | None
    overlay: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreConfig:
    """`evals score`."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    dataset: RescoreDataset
    matcher: dict[str, Any]
    judge: dict[str, Any]
    controls: list[str]
    engine: EngineConfig
    grading: GradingConfig
    http: HttpConfig
    prices: dict[str, Price]
    budget: JudgeBudget
    report: ReportConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig:
    """`evals check`."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    dataset: DatasetConfig
    matcher: dict[str, Any]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateConfig:
    """`evals calibrate`."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    dataset: DatasetConfig
    matcher: dict[str, Any]
    judge: dict[str, Any]
    http: HttpConfig
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """`evals gate`. The policy is a plain mapping, which `evals.gate.policy` reads; the extractor answers sentinels."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    gate: dict[str, Any]
    http: HttpConfig
    seed: int
    extractor: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Where and how `evals serve` answers."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=0, le=65535)]
    keys_env: str | None
    keys_file: str | None
    http_status: Literal["mapped", "always_200"]
    concurrency: _Count
    max_body_mb: _Positive
    max_input_tokens: _Count
    prefix: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")]
    access_log: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """`evals serve`."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    extractor: dict[str, Any]
    server: ServerConfig
    http: HttpConfig


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
