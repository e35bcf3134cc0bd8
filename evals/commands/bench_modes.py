"""What each `load=` does: one step, a sweep of steps, or the search for the highest rate within a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evals.config_shapes import LoadConfig
from evals.load.measurement import Bench, Step, check_client, measure
from evals.load.plan import Plan
from evals.load.replies import Keep
from evals.load.slo import Bounds, Found, capacity_of, search, step_seconds
from evals.load.summary import percentiles
from evals.load.worker import LoadProcess

PROBE_S = 3.0


@dataclass(kw_only=True)
class Course:
    """What a bench has measured so far: it is kept whatever ends the bench. `steps` are (name, step) in order.

    `confirmed` is the step at the rate that a search found, `search` and `interleaved` what is said of all steps.
    """

    steps: list[tuple[str, Step]] = field(default_factory=list)
    qualities: list[dict[str, Any] | None] = field(default_factory=list)
    selfcheck: dict[str, Any] | None = None
    confirmed: Step | None = None
    search: dict[str, Any] | None = None
    interleaved: dict[str, Any] | None = None
    stopped_by: str | None = None

    @property
    def headline(self) -> Step | None:
        """The one step that stands for the bench: the only one, or that of the rate found."""
        return self.steps[0][1] if len(self.steps) == 1 else self.confirmed

    def release(self) -> None:
        """Lets the samples go, once they are written: a report reads back what it draws."""
        self.steps = [(name, replace(step, samples=step.samples.head(0))) for name, step in self.steps]
        self.confirmed = None


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """The load process and its bench. `keeping` says where the answers of a step go, `graded` what they are worth."""

    process: LoadProcess
    bench: Bench
    course: Course
    keeping: Callable[[], Keep | None] = lambda: None
    graded: Callable[[], dict[str, Any] | None] = lambda: None

    def step(self, plan: Plan, name: str, *, block: int | None = None) -> Step:
        """One step, kept in the course; interleaved ones are numbered blocks. Raises Stopped if it ended early."""
        if self.course.selfcheck is None:
            self.course.selfcheck = check_client(self.process, self.bench, plan)
        made = measure(
            self.process,
            self.bench,
            plan,
            name=name,
            selfcheck=self.course.selfcheck,
            keep=self.keeping(),
            block=block,
        )
        self.course.steps.append((name, made))
        self.course.qualities.append(self.graded())
        self.course.stopped_by = made.stopped_by  # nothing more is measured then
        if made.stopped_by is not None:
            raise Stopped
        return made


class Stopped(Exception):  # noqa: N818 - the course says why
    """A step ended early: by a signal, or by a storm of failures."""


def carry_out(measuring: Measuring, load: LoadConfig) -> None:
    """Everything `load` asks for, into the course. Raises CannotAnswer where the client is the limit of a search."""
    if load.mode == "sweep":
        _sweep(measuring, load)
    elif load.mode == "slo":
        _search(measuring, load)
    else:
        measuring.step(single_plan(measuring.bench, load), load.mode)


def single_plan(bench: Bench, load: LoadConfig, *, duration_s: float | None = None) -> Plan:
    """The plan of closed, constant and poisson."""
    seconds = load.duration_s if duration_s is None else duration_s
    if load.mode == "closed":
        assert load.concurrency is not None
        return bench.closed_plan(load.concurrency, seconds, requests=load.requests)
    assert load.rate is not None
    assert load.mode in ("constant", "poisson")
    return bench.open_plan(load.mode, load.rate, seconds, requests=load.requests)


def _sweep(measuring: Measuring, load: LoadConfig) -> None:
    for value in load.steps or ():
        if load.over == "concurrency":
            plan = measuring.bench.closed_plan(int(value), load.duration_s)
        else:
            seconds = step_seconds(load.duration_s, load.step_requests, value)
            plan = measuring.bench.open_plan(load.arrivals, value, seconds)
        measuring.step(plan, f"{load.over} {value:g}")


def _search(measuring: Measuring, load: LoadConfig) -> None:
    bench, slo = measuring.bench, measuring.bench.slo
    assert slo is not None
    probe = measuring.step(bench.closed_plan(load.connections, PROBE_S, warmup_s=1.0), "capacity")
    measuring.course.selfcheck = None  # known for a closed loop; the steps are open

    def at(rate: float, name: str, factor: float) -> Step:
        seconds = step_seconds(load.duration_s, load.step_requests, rate) * factor
        fresh = replace(bench, seed=bench.seed + len(measuring.course.steps))  # or every step had the same luck
        return measuring.step(fresh.open_plan(load.arrivals, rate, seconds), name)

    high = load.high if bench.max_rate is None else min(load.high, bench.max_rate)
    bounds = Bounds(
        low=min(load.low, high),
        high=high,
        tolerance=load.tolerance,
        most_errors=load.max_slo_errors,
        confirm_factor=load.confirm_factor,
    )
    found = search(at, capacity_rps=capacity_of(probe), slo=slo, bounds=bounds)
    measuring.course.search = _said(found, load)
    measuring.course.confirmed = found.confirmed.step if found.confirmed else None


def _said(found: Found, load: LoadConfig) -> dict[str, Any]:
    return {
        "slo_ms": load.slo_ms,
        "percentile": load.percentile,
        "rate": None if found.rate is None else round(found.rate, 3),
        "capacity_rps": found.capacity_rps,
        "probes": [
            {
                "name": probe.name,
                "rate": round(probe.rate, 3),
                "kept": probe.kept,
                "why": probe.why,
                "reached_ms": _finite(probe.step.quantile_ms(load.percentile)),
                "requests": probe.step.said["requests"],
                "goodput": probe.step.said["goodput"],
            }
            for probe in found.probes
        ],
    }


def _finite(value: float) -> float | None:
    return round(value, 3) if value < float("inf") else None


def headline_latency(course: Course) -> dict[str, Any]:
    """`latency` of run.json: of the headline step, or of all blocks together; all null where there is neither."""
    if course.interleaved is not None:
        found: dict[str, Any] = course.interleaved["latency"]
        return found
    return percentiles(np.array([]))[0] if course.headline is None else course.headline.latency
