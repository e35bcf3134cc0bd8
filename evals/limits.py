"""How hard an extractor may be driven, and how much may go wrong before a run stops."""

from __future__ import annotations

from dataclasses import dataclass, field

from evals.errors import ConfigError
from evals.spending import Purse


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard an extractor may be driven. `qps` counts calls started a second, `max_calls` those of this command.

    `adaptive` takes calls out of flight while the system is overloaded (`evals.pace`). `timeout_s` is for one dialogue
    with all its tries and branches. `max_in_a_row` failures alike stop the run wherever it is. `purse` is the money
    of the whole run, `price_in` and `price_out` are for a million tokens as servers count them.
    """

    concurrency: int = 1
    adaptive: bool = False
    qps: float | None = None
    timeout_s: float | None = None
    max_error_rate: float = 1.0
    max_in_a_row: int | None = None
    max_calls: int | None = None
    purse: Purse = field(default_factory=Purse)
    price_in: float = 0.0
    price_out: float = 0.0

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise ConfigError(f"runner.concurrency={self.concurrency}: 1 or more is wanted")
        if self.qps is not None and not self.qps > 0:
            raise ConfigError(f"runner.qps={self.qps}: calls a second, above 0, or null for no limit")
        if self.timeout_s is not None and not self.timeout_s > 0:
            raise ConfigError(f"runner.timeout_s={self.timeout_s}: seconds, above 0, or null for no limit")
        if self.max_in_a_row is not None and self.max_in_a_row < 1:
            raise ConfigError(f"runner.max_in_a_row={self.max_in_a_row}: 1 or more is wanted, or null for no limit")
        if not 0 <= self.max_error_rate <= 1:
            raise ConfigError(f"runner.max_error_rate={self.max_error_rate}: a share from 0 to 1 is wanted")
        if self.max_calls is not None and self.max_calls < 0:
            raise ConfigError(f"budget.max_calls={self.max_calls}: 0 or more is wanted, or null for no limit")
