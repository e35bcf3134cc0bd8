"""How hard a system may be loaded: no stranger's host without a yes, no more than the vendor allows."""

from __future__ import annotations

from dataclasses import dataclass

from evals.errors import ConfigError
from evals.http import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What an account may send, None for no limit; `rate` is what follows from it for dialogues of a mean length."""

    qps: float | None = None
    tokens_per_minute: float | None = None
    mean_tokens: float = 0.0

    @property
    def rate(self) -> float | None:
        """Requests a second inside both limits."""
        by_tokens = None
        if self.tokens_per_minute is not None and self.mean_tokens:
            by_tokens = self.tokens_per_minute / 60 / self.mean_tokens
        limits = [limit for limit in (self.qps, by_tokens) if limit is not None]
        return min(limits, default=None)

    def __str__(self) -> str:
        said = [f"extractor.qps={self.qps:g}"] if self.qps is not None else []
        if self.tokens_per_minute is not None:
            said.append(
                f"extractor.tokens_per_minute={self.tokens_per_minute:g} at {self.mean_tokens:.0f} tokens a request"
            )
        return " and ".join(said)


def check_host(url: str, *, most: float, unit: str, allowed: float, confirmed: bool) -> None:
    """Raises ConfigError where a host that is not this machine would be loaded harder than one may unasked."""
    if confirmed or not url or is_loopback(url) or most <= allowed:
        return
    raise ConfigError(
        f"load: up to {most:g} {unit} against {url.split('/')[2]}, which is not this machine; "
        f"load.confirm=true says that you may (without it {allowed:g} are sent)"
    )


def check_advice(rate: float, advice: Advice) -> None:
    """Raises ConfigError for a rate above the advice."""
    if advice.rate is not None and rate > advice.rate:
        raise ConfigError(
            f"load.rate={rate:g}: more than {advice.rate:.1f} requests a second, which {advice} allow; "
            "load.keep_advice=false exceeds them"
        )
