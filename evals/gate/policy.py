"""A policy: which differences a candidate may show, what must never happen, and what may not be measured at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter, ValidationError

from evals.errors import ConfigError
from evals.io import dumps
from evals.scoring.latency import PERCENTILES
from evals.scoring.metrics import METRICS
from evals.types import ForbiddenKind

_STRICT: dict[str, Any] = {"extra": "forbid", "strict": True}
Share = Annotated[float, Field(ge=0, le=1, strict=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One bound on one metric in one slice: `margin` against the baseline, or an absolute `min` or `max`.

    A rule that only warns shows its finding and never decides. Exactly one of the three bounds is given.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    metric: str
    slice: str = "all"
    margin: Annotated[float, Field(ge=0, strict=False)] | None = None
    min: Annotated[float, Field(strict=False)] | None = None
    max: Annotated[float, Field(strict=False)] | None = None
    warn: bool = False

    @property
    def is_paired(self) -> bool:
        return self.margin is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverRule:
    """What must not happen once: a forbidden memory of one of the kinds (None: any) came out.

    `new_only` overlooks what the baseline let out of the same dialogue as well.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    event: Literal["forbidden"]
    kinds: list[ForbiddenKind] | None = None
    new_only: bool = True
    warn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRule:
    """How much slower a percentile may be than the baseline's."""

    __pydantic_config__: ClassVar[Any] = _STRICT
    percentile: str
    max_ratio: Annotated[float, Field(gt=0, strict=False)]
    warn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decides. `alpha` is the level of the one-sided tests, `primary` the rule that is not one of many.

    A run older than `max_age_days`, of a system without a known version (`require_pinned`), with more failures of the
    connection or the service than `max_outage_rate`, or against a baseline of fewer than `baseline_repeats`, is not
    judged: it could not be measured.
    """

    __pydantic_config__: ClassVar[Any] = _STRICT
    name: str
    inconclusive: Literal["warn", "fail"]
    alpha: Annotated[float, Field(gt=0, lt=0.5, strict=False)]
    primary: str
    max_age_days: Annotated[float, Field(gt=0, strict=False)] | None
    max_outage_rate: Share
    require_pinned: bool
    baseline_repeats: Annotated[int, Field(ge=1)]
    sentinels: Annotated[int, Field(ge=0)]
    show_text: Literal["none", "memories", "dialogue"]
    rules: dict[str, Rule]
    never: dict[str, NeverRule] = dataclass_field(default_factory=dict)
    latency: dict[str, LatencyRule] = dataclass_field(default_factory=dict)


def policy_of(values: Mapping[str, Any]) -> Policy:
    """A policy read from configuration. Raises ConfigError in one line naming the key and what would be right."""
    try:
        policy = TypeAdapter(Policy).validate_json(dumps(values))  # JSON mode: a mapping is not yet a dataclass
    except ValidationError as error:
        raise ConfigError("; ".join(_explained(fault) for fault in error.errors())) from None
    for name, rule in policy.rules.items():
        if rule.metric not in METRICS:
            raise ConfigError(f"gate.rules.{name}.metric={rule.metric}: no such metric; docs/metrics.md lists them")
        if [rule.margin, rule.min, rule.max].count(None) != 2:
            raise ConfigError(f"gate.rules.{name}: give one of margin, min and max")
        if rule.is_paired and METRICS[rule.metric].higher_is_better is None:
            raise ConfigError(f"gate.rules.{name}: {rule.metric} is neither good nor bad, so it has no margin")
    for name, limit in policy.latency.items():
        if limit.percentile not in PERCENTILES:
            known = ", ".join(PERCENTILES)
            raise ConfigError(f"gate.latency.{name}.percentile={limit.percentile}: one of {known} is wanted")
    if policy.primary not in policy.rules:
        raise ConfigError(f"gate.primary={policy.primary}: no rule of that name; there are {', '.join(policy.rules)}")
    return policy


def _explained(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in ("gate", *fault["loc"]))
    given = fault["input"]
    shown = "" if isinstance(given, (dict, list)) else f"={given!r}"
    return f"{place}{shown}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
