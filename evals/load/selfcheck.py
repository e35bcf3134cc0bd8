"""What the client itself costs, measured before each run against servers of ours at the same rate and concurrency."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from evals.load.null_server import fixed_service, stated_ms_of
from evals.load.plan import Plan, closed_plan, open_plan
from evals.load.senders import Destination
from evals.load.spool import spooled
from evals.load.stamps import Int64
from evals.load.worker import Job, LoadProcess
from evals.scoring.quantiles import quantile
from evals.scoring.statistics import Vector
from evals.types import Extraction, ExtractionType, Message

SERVICE_S = 0.020
CEILING_IN_FLIGHT = 16  # where one client does most (docs/latency.md)
_WARMUP_S = 0.3
_LONGEST_CEILING_S = 1.0
_FEWEST_FOR_P99 = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck:
    """Times in milliseconds. `own` is the client's share: total time less what the server says it took itself.

    `null` was measured against a server that answers at once, `fixed` against one that takes 20 ms.
    """

    ceiling_rps: float
    own_p50_ms: float | None
    own_p99_ms: float | None
    null_p50_ms: float | None
    null_p99_ms: float | None
    fixed_p50_ms: float | None
    service_ms: float | None
    seconds: float


def self_check(process: LoadProcess, job: Job, *, seconds: float) -> SelfCheck:
    """Drives our own servers (or an extractor that does nothing) with the job's sender, payloads and plan."""
    with _doing_nothing(job, 0.0) as null, _doing_nothing(job, SERVICE_S) as fixed:
        ceiling = _ceiling(process, replace(job, destination=null), min(seconds, _LONGEST_CEILING_S))
        short = replace(job, plan=_shortened(job.plan, seconds))
        at_once_ms, _ = _driven(process, replace(short, destination=null))
        total_ms, stated_ms = _driven(process, replace(short, destination=fixed))
    own_ms = total_ms - stated_ms
    return SelfCheck(
        ceiling_rps=round(ceiling, 1),
        own_p50_ms=_quantile(own_ms, 0.5),
        own_p99_ms=_quantile(own_ms, 0.99),
        null_p50_ms=_quantile(at_once_ms, 0.5),
        null_p99_ms=_quantile(at_once_ms, 0.99),
        fixed_p50_ms=_quantile(total_ms, 0.5),
        service_ms=_quantile(stated_ms, 0.5),
        seconds=seconds,
    )


class NullExtractor:
    """Finds nothing, at once."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:  # noqa: ARG002
        return Extraction()


class SleepingExtractor:
    """Finds nothing, after the fixed time."""

    def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:  # noqa: ARG002
        time.sleep(SERVICE_S)
        return Extraction()


class WaitingExtractor:
    """The same as a coroutine."""

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:  # noqa: ARG002
        await asyncio.sleep(SERVICE_S)
        return Extraction()


@contextmanager
def _doing_nothing(job: Job, service_s: float) -> Iterator[Destination]:
    """Where the job's sender meets no system at all, but one that takes so long."""
    if job.sender in ("aiohttp", "httpx"):
        with fixed_service(service_s) as url:
            yield replace(job.destination, url=url, headers={})
        return
    slow = SleepingExtractor if job.sender == "processes" else WaitingExtractor
    yield Destination(make=slow if service_s else NullExtractor)


def _shortened(plan: Plan, seconds: float) -> Plan:
    """The same rate or concurrency, for so long."""
    if plan.rate is None:
        return closed_plan(concurrency=plan.in_flight, warmup_s=_WARMUP_S, duration_s=seconds, order=plan.order)
    return open_plan(
        "constant",
        rate=plan.rate,
        warmup_s=max(_WARMUP_S, 2 / plan.rate),
        duration_s=max(seconds, 10 / plan.rate),
        in_flight=plan.in_flight,
        order=plan.order,
        seed=0,
    )


def _ceiling(process: LoadProcess, job: Job, seconds: float) -> float:
    """The most requests a second this sender can do against a server that costs nothing."""
    in_flight = min(job.plan.in_flight, CEILING_IN_FLIGHT)
    plan = closed_plan(concurrency=in_flight, warmup_s=_WARMUP_S, duration_s=seconds, order=job.plan.order)
    total_ms, _ = _driven(process, replace(job, plan=plan))
    return len(total_ms) / seconds


def _driven(process: LoadProcess, job: Job) -> tuple[Vector, Vector]:
    """Total times of the window, and what the server said of each."""
    measured = process.measure(replace(job, drain_s=10.0, storm=1.0))
    stamps, (begins_ns, ends_ns) = measured.stamps, measured.window_ns
    rows = np.flatnonzero((stamps.intended >= begins_ns) & (stamps.intended < ends_ns) & (stamps.fault == 0))
    total_ms = (stamps.last_byte[rows] - stamps.intended[rows]) / 1e6
    with spooled(job.spool) as bodies:
        if job.destination.make is not None:
            return total_ms, _called_ms(stamps.first_byte[rows], stamps.last_byte[rows])
        said = [stated_ms_of(bodies.body(int(stamps.reply_at[row]), int(stamps.size[row]))) for row in rows]
    return total_ms, np.array(said, dtype=np.float64)


def _called_ms(began: Int64, ended: Int64) -> Vector:
    """How long extract() took in its process; where it ran in the loop itself, what it was told to take."""
    return np.where(began > 0, (ended - began) / 1e6, SERVICE_S * 1e3)


def _quantile(samples_ms: Vector, share: float) -> float | None:
    if len(samples_ms) < (_FEWEST_FOR_P99 if share > 0.9 else 1):
        return None
    value = quantile(samples_ms, share).value
    return None if value is None else round(value, 3)
