"""One measurement from its plan to what it came to: sent, read, summed up and judged."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evals.errors import ExtractorError
from evals.load.payloads import Payload
from evals.load.plan import Plan, closed_plan, open_plan
from evals.load.quiet import LoopName
from evals.load.replies import Keep, Read, read_replies
from evals.load.samples import Samples
from evals.load.selfcheck import self_check
from evals.load.senders import Destination, SenderName
from evals.load.steady import steadiness
from evals.load.summary import CLOSED_LABEL, Slo, counted, summary
from evals.load.verdict import Verdict, verdict
from evals.load.worker import Job, LoadProcess, Measured, Snapshot
from evals.scoring.calls import CallTally
from evals.types import Extraction

Watch = Callable[[str, Plan, Snapshot], object]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """All that stays the same from step to step. `read` turns a reply into an extraction; `spool` is a file of ours.

    `watch` is told how far a step is, `interrupted` counts the signals that came.
    """

    payloads: tuple[Payload, ...]
    order: NDArray[np.int32]
    sender: SenderName
    destination: Destination
    read: Read
    spool: Path
    seed: int
    edges: Sequence[int]
    warmup_s: float
    drain_s: float
    in_flight: int
    slo: Slo | None = None
    loop: LoopName = "auto"
    precise: bool = False
    storm: float = 1.0
    selfcheck_s: float = 0.0
    max_rate: float | None = None
    watch: Watch = lambda _name, _plan, _snapshot: None
    interrupted: Callable[[], int] = lambda: 0

    def open_plan(
        self,
        arrivals: Literal["constant", "poisson"],
        rate: float,
        duration_s: float,
        *,
        requests: int | None = None,
    ) -> Plan:
        """Open loop at so many requests a second."""
        return open_plan(
            arrivals,
            rate=rate,
            warmup_s=self.warmup_s,
            duration_s=duration_s,
            in_flight=self.in_flight,
            order=self.order,
            seed=self.seed,
            requests=requests,
        )

    def closed_plan(
        self, concurrency: int, duration_s: float, *, requests: int | None = None, warmup_s: float | None = None
    ) -> Plan:
        """So many requests in flight, no faster than the vendor's advice."""
        return closed_plan(
            concurrency=concurrency,
            warmup_s=self.warmup_s if warmup_s is None else warmup_s,
            duration_s=duration_s,
            order=self.order,
            requests=requests,
            max_rate=self.max_rate,
        )

    def job(self, plan: Plan) -> Job:
        return Job(
            plan=plan,
            sender=self.sender,
            destination=self.destination,
            payloads=self.payloads,
            spool=self.spool,
            loop=self.loop,
            precise=self.precise,
            drain_s=self.drain_s,
            storm=self.storm,
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One plan carried out: its samples, and all that is said of them in run.json."""

    plan: Plan
    samples: Samples
    said: dict[str, Any]
    verdict: Verdict
    stopped_by: str | None

    @property
    def latency(self) -> dict[str, Any]:
        found: dict[str, Any] = self.said["latency"]
        return found

    def quantile_ms(self, share: float) -> float:
        """The quantile of the headline, however few samples there are; infinite where there are none."""
        total_ms = np.sort(self.samples.total_ms(counted(self.samples)))
        return float(total_ms[max(0, math.ceil(share * len(total_ms)) - 1)]) if len(total_ms) else math.inf


def check_client(process: LoadProcess, bench: Bench, plan: Plan) -> dict[str, Any] | None:
    """The self-check for a plan, as run.json holds it; None where none is wanted."""
    if not bench.selfcheck_s:
        return None
    return asdict(self_check(process, bench.job(plan), seconds=bench.selfcheck_s))


def measure(
    process: LoadProcess,
    bench: Bench,
    plan: Plan,
    *,
    name: str,
    selfcheck: dict[str, Any] | None,
    keep: Keep | None = None,
    block: int | None = None,
) -> Step:
    """Carries out a plan and reads what came back. `keep` is handed the answers of the window, by payload number."""
    job = bench.job(plan)
    measured = process.measure(
        job, watch=lambda snapshot: bench.watch(name, plan, snapshot), interrupted=bench.interrupted
    )
    begins_ns, ends_ns = measured.window_ns
    order, calls = plan.order, CallTally()

    def hand_on(row: int, found: Extraction | ExtractorError) -> None:
        if not begins_ns <= measured.stamps.intended[row] < ends_ns:
            return
        if isinstance(found, Extraction):
            calls.add(found.trace)
        if keep is not None:
            keep(int(order[row % len(order)]), found)

    answers = read_replies(measured.stamps, order, bench.payloads, job.spool, bench.read, hand_on)
    samples = Samples.of(measured, answers, plan, bench.payloads, block=block)
    made = _judged(bench, plan, measured, samples, selfcheck)
    made.said["calls"] = calls.summary() or None  # the calls behind an extract(): tries, our queue and backoff apart
    return made


def _judged(bench: Bench, plan: Plan, measured: Measured, samples: Samples, selfcheck: dict[str, Any] | None) -> Step:
    said = summary(samples, plan, slo=bench.slo, edges=bench.edges)
    steady = steadiness(samples)
    found = verdict(
        said,
        plan,
        measured.signals,
        selfcheck=selfcheck,
        steady=steady.why if steady.steady is False else None,
        precise=bench.precise,
    )
    said |= {
        "arrivals": plan.arrivals,
        "concurrency": plan.in_flight if plan.arrivals == "closed" else None,
        "label": CLOSED_LABEL if plan.arrivals == "closed" else None,
        "plan": plan.digest(bench.payloads),
        "loop": measured.loop,
        "phases": {"warmup_s": plan.warmup_s, "window_s": said["window_s"], "drain_s": round(measured.drained_s, 3)},
        "steady": asdict(steady),
        "client": None if measured.signals is None else asdict(measured.signals),
        "stopped_by": measured.stopped_by,
        "verdict": found.fields(),
    }
    return Step(plan=plan, samples=samples, said=said, verdict=found, stopped_by=measured.stopped_by)
