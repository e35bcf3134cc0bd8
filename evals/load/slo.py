"""The highest rate at which a percentile stays within a limit: a bracket, then bisection, then a longer look."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evals.errors import CannotAnswer
from evals.load.measurement import Step
from evals.load.summary import Slo
from evals.load.verdict import CPU

FIRST = 0.6  # of the throughput found with everything in flight: most systems keep a tail limit there
_GROWTH = 1.5
MOST_STEPS = 12
MOST_CONFIRMATIONS = 6  # each a tolerance lower; what short steps find on p99 alone is too much as often as not
ABOVE, TIMES = 1.10, 2  # a step above the answer is kept by luck one time in ten: once is not enough to go on upwards
TRIES = 3

At = Callable[[float, str, float], Step]  # rate, name of the step, how many times as long as usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where a search looks. `most_errors` is the share of failed requests that still counts as kept."""

    low: float
    high: float
    tolerance: float
    most_errors: float
    confirm_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One rate that was tried, and whether the limit was kept there; `why` says what was not."""

    rate: float
    name: str
    kept: bool
    why: str | None
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: the rate, confirmed, and every probe in order. No rate where not even `low` keeps."""

    rate: float | None
    confirmed: Probe | None
    probes: tuple[Probe, ...]
    capacity_rps: float


def search(at: At, *, capacity_rps: float, slo: Slo, bounds: Bounds) -> Found:
    """Brackets from a share of the capacity, bisects geometrically, and confirms with a longer step.

    A short step that a noisy moment broke would leave the answer too low: of two longer ones a tenth above one must
    break. A step keeps the limit when the percentile does, few requests failed and work did not pile up. Raises
    CannotAnswer where the client, not the system, was the limit.
    """
    probes: list[Probe] = []

    def kept(rate: float, name: str, factor: float = 1.0) -> bool:
        for _ in range(TRIES):  # a noisy moment of the machine is no limit of the system's
            step = at(rate, name, factor)
            why = _broken(step, slo, bounds)
            probes.append(Probe(rate=rate, name=name, kept=why is None, why=why, step=step))
            if why is None or not _client_bound(step, slo):
                return why is None
        raise CannotAnswer(f"load=slo: at {rate:.1f} a second the client is the limit: {step.verdict.reasons[0]}")

    good = _bisected(kept, min(bounds.high, max(bounds.low, FIRST * capacity_rps)), bounds)
    confirmed = None
    for _ in range(MOST_CONFIRMATIONS):
        if good is None:
            break
        if kept(good, "confirm", bounds.confirm_factor):
            confirmed = probes[-1]
            while (above := good * ABOVE) <= bounds.high and all(
                kept(above, "above", bounds.confirm_factor) for _ in range(TIMES)
            ):
                good, confirmed = above, probes[-1]
            break
        lower = good / (1 + bounds.tolerance)
        good = lower if lower >= bounds.low else None
    found = good if confirmed is not None else None
    return Found(rate=found, confirmed=confirmed, probes=tuple(probes), capacity_rps=capacity_rps)


def _bisected(kept: Callable[[float, str], bool], first: float, bounds: Bounds) -> float | None:
    good, bad, rate = 0.0, math.inf, first
    for _ in range(MOST_STEPS):
        if kept(rate, "search"):
            good = rate
        else:
            bad = rate
        if good == bounds.high or (good and bad / good - 1 <= bounds.tolerance):
            break
        if bad == math.inf:
            rate = min(bounds.high, good * _GROWTH)
        elif good:
            rate = math.sqrt(good * bad)
        elif bad <= bounds.low:
            return None
        else:
            rate = max(bounds.low, bad / 2)
    return good or None


def _broken(step: Step, slo: Slo, bounds: Bounds) -> str | None:
    """What of the limit a step did not keep."""
    reached_ms = step.quantile_ms(slo.percentile)
    if reached_ms > slo.latency_ms:
        return f"p{slo.percentile * 100:g} {reached_ms:.1f} ms"
    rate = step.said["errors"]["rate"]
    if rate is None or rate > bounds.most_errors:
        return "no requests" if rate is None else f"{rate:.1%} errors"
    why: str | None = step.said["steady"]["why"]
    return why if step.said["steady"]["steady"] is False and "in flight" in (why or "") else None


def _client_bound(step: Step, slo: Slo) -> bool:
    """Whether a limit was broken by our own lateness: without it, and with a processor to spare, it would be kept."""
    if step.verdict.state != "INVALID":
        return False
    client = step.said["client"]
    if client is None or client["cpu_share"] > CPU[1]:
        return True
    own_ms = (step.said["lag_p99_ms"] or 0.0) + (client["heartbeat_p99_ms"] or 0.0)
    return step.quantile_ms(slo.percentile) - own_ms <= slo.latency_ms


def step_seconds(bench_duration_s: float, step_requests: int, rate: float) -> float:
    """How long a step at a rate takes: long enough for its percentile to mean something."""
    return max(bench_duration_s, step_requests / rate)


def capacity_of(step: Step) -> float:
    """The throughput of a closed step. Raises CannotAnswer where nothing came back."""
    found: float | None = step.said["throughput_rps"]
    if not found:
        raise CannotAnswer("load=slo: no request was answered, so there is no rate to search from")
    return found
