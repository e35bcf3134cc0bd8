"""Is the figure to be believed? VALID, DEGRADED or INVALID, from what the load process did to itself.

The limits and the runs they were found on: docs/latency.md. No system under test can make a measurement INVALID; only a
client that was the bottleneck, or a machine that did not let it work, can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from evals.load.plan import Plan
from evals.load.quiet import ClientSignals

State = Literal["VALID", "DEGRADED", "INVALID"]

LAG_SHARE, LAG_MOST_MS = 0.25, 5.0
TIMER_MS = 2.0  # no event loop keeps its appointments better: a lag below it is no reproach
CPU = (0.75, 0.90)
RUN_DELAY = (0.05, 0.20)
HEARTBEAT_MS = (5.0, 20.0)
GC_MS = (1.0, 10.0)
LITTLE = (0.05, 0.10)
RATE = (0.01, 0.02)
OWN_SHARE = (0.10, 0.50)
OF_CEILING = (0.70, 1.00)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing that was looked at: above `degraded` it is doubtful, above `invalid` the figure is the client's own."""

    name: str
    value: float | None
    degraded: float
    invalid: float
    unit: str = ""

    @property
    def state(self) -> State:
        if self.value is None or self.value <= self.degraded:
            return "VALID"
        return "DEGRADED" if self.value <= self.invalid else "INVALID"

    def __str__(self) -> str:
        limit = self.invalid if self.state == "INVALID" else self.degraded
        return f"{self.name} {_shown(self.value, self.unit)} (limit {_shown(limit, self.unit)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict, why, and everything that was looked at."""

    state: State
    reasons: tuple[str, ...]
    signals: tuple[Signal, ...]

    def fields(self) -> dict[str, Any]:
        """For run.json."""
        return {
            "state": self.state,
            "reasons": list(self.reasons),
            "signals": [{**asdict(signal), "state": signal.state} for signal in self.signals],
        }


def verdict(
    said: Mapping[str, Any],
    plan: Plan,
    client: ClientSignals | None,
    *,
    selfcheck: Mapping[str, Any] | None,
    steady: str | None = None,
    precise: bool = False,
) -> Verdict:
    """Judges a measurement by its summary, the client's signals and the self-check; `steady` says what was not."""
    signals = (*_schedule(said, plan), *_client(client, precise=precise), *_own_share(said, selfcheck))
    worst = [signal for signal in signals if signal.state != "VALID"]
    doubts = [str(signal) for signal in sorted(worst, key=lambda signal: signal.state != "INVALID")]
    if client is None:
        doubts.append("the window never began: what is shown is the warm-up")
    if selfcheck is None:
        doubts.append("the client was not checked against a server of ours (load.selfcheck_s=0)")
    if steady is not None:
        doubts.append(f"not a steady state: {steady}")
    invalid = client is None or any(signal.state == "INVALID" for signal in signals)
    state: State = "INVALID" if invalid else "DEGRADED" if doubts else "VALID"
    return Verdict(state=state, reasons=tuple(doubts), signals=signals)


def pooled(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on blocks measured one after the other: each signal at its median over the blocks."""
    values: dict[str, list[Signal]] = {}
    for found in verdicts:
        for signal in found.signals:
            if signal.value is not None:
                values.setdefault(signal.name, []).append(signal)
    signals = tuple(sorted(of, key=lambda signal: signal.value or 0.0)[len(of) // 2] for of in values.values())
    reasons = tuple(str(signal) for signal in signals if signal.state != "VALID")
    return Verdict(state=worst([signal.state for signal in signals]), reasons=reasons, signals=signals)


def worst(states: list[State]) -> State:
    """The worst of several verdicts."""
    order: tuple[State, ...] = ("VALID", "DEGRADED", "INVALID")
    return max(states, key=order.index, default="VALID")


def _schedule(said: Mapping[str, Any], plan: Plan) -> tuple[Signal, ...]:
    """Whether requests went out when they were due (open loop), or every slot was kept busy (closed loop)."""
    if plan.arrivals == "closed":
        ratio = said["little_ratio"]
        off = None if ratio is None or plan.max_rate is not None else abs(ratio - 1)
        return (Signal(name="Little's ratio is off by", value=off, degraded=LITTLE[0], invalid=LITTLE[1]),)
    p50_ms = said["latency"]["p50_ms"]
    limit_ms = LAG_MOST_MS if p50_ms is None else min(LAG_MOST_MS, max(TIMER_MS, LAG_SHARE * p50_ms))
    missed = abs(said["requests"] / said["planned"] - 1) if said["planned"] else None
    return (
        Signal(name="dispatch lag p99", value=said["lag_p99_ms"], degraded=limit_ms, invalid=LAG_MOST_MS, unit="ms"),
        Signal(name="achieved rate is off by", value=missed, degraded=RATE[0], invalid=RATE[1], unit="%"),
    )


def _client(client: ClientSignals | None, *, precise: bool) -> tuple[Signal, ...]:
    if client is None:
        return ()
    cpu = None if precise else client.cpu_share  # a schedule that spins uses all it can get, on purpose
    return (
        Signal(name="CPU of the load process", value=cpu, degraded=CPU[0], invalid=CPU[1], unit="%"),
        Signal(
            name="waiting for a processor",
            value=client.run_delay_share,
            degraded=RUN_DELAY[0],
            invalid=RUN_DELAY[1],
            unit="%",
        ),
        Signal(
            name="heartbeat p99",
            value=client.heartbeat_p99_ms,
            degraded=HEARTBEAT_MS[0],
            invalid=HEARTBEAT_MS[1],
            unit="ms",
        ),
        Signal(
            name="longest garbage collection",
            value=client.gc_longest_ms,
            degraded=GC_MS[0],
            invalid=GC_MS[1],
            unit="ms",
        ),
    )


def _own_share(said: Mapping[str, Any], selfcheck: Mapping[str, Any] | None) -> tuple[Signal, ...]:
    """The client's own time in the median, and how near its rate came to the most it can do."""
    if selfcheck is None:
        return ()
    p50_ms, own_ms = said["latency"]["p50_ms"], selfcheck["own_p50_ms"]
    share = own_ms / p50_ms if p50_ms and own_ms is not None else None
    rate, ceiling = said["achieved_rate"], selfcheck["ceiling_rps"]
    near = rate / ceiling if rate and ceiling else None
    return (
        Signal(name="client's own share of p50", value=share, degraded=OWN_SHARE[0], invalid=OWN_SHARE[1], unit="%"),
        Signal(
            name="rate, of the client's ceiling", value=near, degraded=OF_CEILING[0], invalid=OF_CEILING[1], unit="%"
        ),
    )


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if unit == "%" else f"{value:.2f} {unit}".rstrip()
