"""Measurements made up from arrays, for what is computed from them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from evals.load.measurement import Step
from evals.load.payloads import Payload
from evals.load.plan import Plan
from evals.load.quiet import ClientSignals
from evals.load.replies import Answers
from evals.load.samples import Samples
from evals.load.stamps import Stamps
from evals.load.steady import steadiness
from evals.load.summary import Slo, summary
from evals.load.verdict import verdict
from evals.load.worker import Measured

SECOND_NS = 1_000_000_000


def payload(dialogue: str, *, tokens: int = 100, language: str = "en") -> Payload:
    return Payload(
        dialogue=dialogue,
        language=language,
        tokens=tokens,
        asked=("memory", "preference"),
        body=b'{"messages": [{"role": "user", "content": "%s"}]}' % dialogue.encode(),
    )


def plan(*, rate: float | None = 10.0, in_flight: int = 8, seconds: float = 10.0, payloads: int = 1) -> Plan:
    """A plan of no use but to say what was planned."""
    starts = None if rate is None else np.arange(round((rate or 0) * seconds)) * int(SECOND_NS / (rate or 1))
    return Plan(
        arrivals="closed" if rate is None else "constant",
        in_flight=in_flight,
        warmup_s=0.0,
        duration_s=seconds,
        rows=len(starts) if starts is not None else 1000,
        starts_ns=starts,
        order=np.arange(payloads, dtype=np.int32),
        rate=rate,
    )


def samples(
    intended_s: Any,
    total_ms: Any,
    *,
    wait_ms: Any = 0.0,
    fault: Any = 0,
    errors: Any = None,
    names: tuple[str, ...] = ("", "refused"),
    payloads: tuple[Payload, ...] = (payload("d0"),),
    seconds: float = 10.0,
    rate: float | None = 10.0,
) -> Samples:
    """Samples of requests that began so many seconds after the clock and took so many milliseconds."""
    intended = SECOND_NS + np.rint(np.asarray(intended_s) * 1e9).astype(np.int64)
    rows = len(intended)
    stamps = Stamps.allocated(rows)
    stamps.intended[:] = stamps.dispatched[:] = intended
    stamps.sent[:] = intended + np.rint(np.broadcast_to(wait_ms, rows) * 1e6).astype(np.int64)
    stamps.last_byte[:] = intended + np.rint(np.broadcast_to(total_ms, rows) * 1e6).astype(np.int64)
    stamps.first_byte[:] = stamps.last_byte
    stamps.fault[:] = fault
    stamps.status[:] = 200
    measured = Measured(
        stamps=stamps,
        window_ns=(SECOND_NS, SECOND_NS + int(seconds * 1e9)),
        drained_s=0.0,
        loop="asyncio",
        signals=None,
        stopped_by=None,
    )
    found = np.asarray(stamps.fault if errors is None else np.broadcast_to(errors, rows), dtype=np.int16)
    answers = Answers(errors=found, names=names, cached=np.zeros(rows, dtype=np.bool_))
    made = plan(rate=rate, seconds=seconds, payloads=len(payloads))
    return Samples.of(measured, answers, made, payloads)


QUIET = ClientSignals(cpu_share=0.1, run_delay_share=0.0, heartbeat_p99_ms=1.0, gc_pauses=0, gc_longest_ms=0.0)
CHECKED = {"own_p50_ms": 0.5, "own_p99_ms": 2.0, "ceiling_rps": 5000.0}


def step(made: Samples, of: Plan, *, client: ClientSignals = QUIET) -> Step:
    """A step as `measure` makes it, of made-up samples and a client of that kind."""
    said = summary(made, of, slo=Slo(latency_ms=60.0), edges=[])
    steady = steadiness(made)
    found = verdict(said, of, client, selfcheck=CHECKED)
    said |= {"steady": {"steady": steady.steady, "why": steady.why}, "client": asdict(client)}
    return Step(plan=of, samples=made, said=said, verdict=found, stopped_by=None)
