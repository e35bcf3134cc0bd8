"""`make perf-latency`: the acceptance figures of the load benchmark, measured / demanded, against servers started here.

Ratios of one run, medians of interleaved repeats; prints a table and asserts nothing. Figures in docs/latency.md come
from here. `python -m tests.perf.latency 3 4` measures some of them, `--repeats N` so often (default 3).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.load.machine import machine
from evals.load.null_server import fixed_service
from evals.load.pace import Course, Pace, drive
from evals.load.plan import closed_plan, open_plan
from evals.load.selfcheck import CEILING_IN_FLIGHT
from evals.load.sender_aiohttp import AiohttpSender
from evals.load.senders import Destination, Rig, SenderName
from evals.load.spool import Spool
from evals.load.stamps import Stamps
from evals.load.verdict import Verdict
from evals.load.worker import LoadProcess, Measured
from tests.load.servers import Steady
from tests.perf import latency_runs as runs
from tests.perf.latency_runs import ORDER, POOL, Run, lag_ms, service_ms, total_ms
from tests.perf.latency_search import queue_figures, served_figures
from tests.perf.wrk import wrk

SERVICE_S = 0.020
OFF = 1.25  # a p50 or p99 further from the server's own is the client's


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `met` is None where it could not be measured."""

    demand: str
    measured: str
    met: bool | None


Figure = Callable[[Run, int], Iterator[Row]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", help="numbers of figures; all where none is given")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--patience", type=float, default=10.0, help="seconds to wait for a quiet moment before each run"
    )
    given = parser.parse_args()
    described = machine()
    print(f"{described['processor']}, {described['cores']} cores, {described['system']}, Python {described['python']}")
    print(f"load average at the start {os.getloadavg()[0]:.1f}\n")
    print(f"{'':6} {'demanded':<66} {'measured':<44} met")
    with tempfile.TemporaryDirectory() as folder, LoadProcess() as process:
        run = Run(process, Path(folder), patience_s=given.patience)
        for number, figure in FIGURES.items():
            if given.figures and number not in given.figures:
                continue
            for row in figure(run, given.repeats):
                met = "–" if row.met is None else "yes" if row.met else "NO"
                print(f"{number:>6} {row.demand:<66} {row.measured:<44} {met}", flush=True)


# --- 1, 2: a server that freezes -----------------------------------------------------------------


def freeze(run: Run, repeats: int) -> Iterator[Row]:
    """A second in ten, seen by a closed loop, an open one, and an open one with four connections."""
    found = [_frozen(run) for _ in range(repeats)]
    closed, opened, p95, capped = (statistics.median(one[place] for one in found) for place in range(4))
    yield Row(
        demand="freeze 1 s in 10: open p99 / closed p99 >= 25",
        measured=f"{opened / closed:.0f} x ({opened:.0f} / {closed:.1f} ms)",
        met=opened / closed >= 25,
    )
    yield Row(demand="open p95 within 450 … 650 ms", measured=f"{p95:.0f} ms", met=450 <= p95 <= 650)
    yield Row(demand="(2) cap 4: p95 from intended / from sending >= 15", measured=f"{capped:.0f} x", met=capped >= 15)


def _frozen(run: Run) -> tuple[float, float, float, float]:
    measured: list[Measured] = []
    for how in ("closed", "open", "capped"):
        with Steady(service_s=SERVICE_S) as server:
            server.freeze(runs.WARMUP_S + 4.5, 1.0)
            if how == "closed":
                measured.append(run.closed(server.url, 4, 10.0))
            else:
                measured.append(run.opened(server.url, 100, 10.0, in_flight=4 if how == "capped" else 256))
    closed, opened, capped = measured
    ratio = np.quantile(total_ms(capped), 0.95) / np.quantile(service_ms(capped), 0.95)
    return _p(closed, 0.99), _p(opened, 0.99), _p(opened, 0.95), float(ratio)


# --- 3, 4, 5: against the server's own word, against wrk, in CPU -----------------------------------


def known_service(run: Run, repeats: int) -> Iterator[Row]:
    """One request at a time to a server that takes 20 ms and says what it took."""
    ratios: dict[str, list[float]] = {"aiohttp": [], "httpx": []}
    with fixed_service(SERVICE_S) as url:
        for _ in range(repeats):
            for sender, found in ratios.items():
                measured = run.closed(url, 1, 4.0, sender=sender, keep=True)  # type: ignore[arg-type]
                found.append(_p(measured, 0.5) / float(np.median(run.stated_ms(measured))))
    for sender, limit in (("aiohttp", 1.08), ("httpx", 1.18)):
        ratio = statistics.median(ratios[sender])
        yield Row(
            demand=f"20 ms, c=1: reported p50 / server's p50, {sender} <= {limit}",
            measured=f"{ratio:.3f}",
            met=ratio <= limit,
        )


def against_wrk(run: Run, repeats: int) -> Iterator[Row]:
    """Sixteen in flight against 20 ms, in turns with wrk."""
    ours, theirs = [], []
    with fixed_service(SERVICE_S) as url:
        for _ in range(repeats):
            said = wrk(url, [POOL[0].body], concurrency=16, seconds=4)
            if said is None:
                yield Row(demand="c=16 against wrk", measured="wrk is not installed", met=None)
                return
            measured = run.closed(url, 16, 4.0)
            theirs.append((said.p50_ms, said.p99_ms, said.rps))
            ours.append((_p(measured, 0.5), _p(measured, 0.99), runs.rate(measured)))
    for place, (name, limit) in enumerate((("p50", 1.05), ("p99", 1.30), ("throughput", 0.95))):
        ratio = statistics.median(a[place] / b[place] for a, b in zip(ours, theirs, strict=True))
        values = [statistics.median(one[place] for one in side) for side in (ours, theirs)]
        met = ratio >= limit if name == "throughput" else ratio <= limit
        sign = ">=" if name == "throughput" else "<="
        yield Row(
            demand=f"20 ms, c=16: {name} ours / wrk's {sign} {limit}",
            measured=f"{ratio:.2f} ({values[0]:.2f} / {values[1]:.2f})",
            met=met,
        )


def cpu(run: Run, repeats: int) -> Iterator[Row]:
    """What a request costs the client, against a server that answers at once."""
    found: list[tuple[float, float, float, float]] = []
    with fixed_service(0.0) as url:
        for _ in range(repeats):
            one, sixteen, many = (runs.cpu_us(run.closed(url, c, 2.0)) for c in (1, 16, 64))
            found.append((one, sixteen, many, runs.httpx_shared_cpu_us(url, 16, 2.0)))
    one, sixteen, many, shared = (statistics.median(each[place] for each in found) for place in range(4))
    yield Row(
        demand="CPU a request at c=16: ours / one shared httpx client <= 0.25",
        measured=f"{sixteen / shared:.2f} ({sixteen:.0f} / {shared:.0f} us)",
        met=sixteen / shared <= 0.25,
    )
    yield Row(
        demand="CPU a request: c=64 / c=1 <= 1.5",
        measured=f"{many / one:.2f} ({many:.0f} / {one:.0f} us)",
        met=many / one <= 1.5,
    )


# --- 6, 7, 8: the schedule, the verdict, slots that starve ------------------------------------------


def schedule(run: Run, repeats: int) -> Iterator[Row]:
    """Two hundred a second against 20 ms, with both event loops."""
    with fixed_service(SERVICE_S) as url:
        for loop, limit in (("uvloop", 0.10), ("asyncio", 0.15)):
            measured = [run.opened(url, 200, 6.0, loop=loop) for _ in range(repeats)]
            sent = min(runs.rate(each) / 200 for each in measured)
            lag = statistics.median(
                float(np.quantile(lag_ms(each), 0.99) / np.median(service_ms(each))) for each in measured
            )
            yield Row(
                demand=f"open 200/s, {loop}: all sent, achieved / planned 0.99 … 1.01",
                measured=f"{sent:.4f}",
                met=0.99 <= sent <= 1.01,
            )
            yield Row(
                demand=f"open 200/s, {loop}: dispatch lag p99 / service p50 <= {limit:.2f}",
                measured=f"{lag:.3f}",
                met=lag <= limit,
            )


def verdicts(run: Run, _repeats: int) -> Iterator[Row]:
    """Runs at twice the client's ceiling, and at half of it and less; as in a bench, it is measured before each."""
    ceilings: dict[SenderName, list[float]] = {"httpx": [], "aiohttp": []}
    bad: list[Verdict] = []
    good: list[Verdict] = []
    doubts: Counter[str] = Counter()
    wrong = missed = 0

    def ceiling(sender: SenderName) -> float:
        ceilings[sender].append(runs.rate(run.closed(null, CEILING_IN_FLIGHT, 1.0, sender=sender)))
        return ceilings[sender][-1]

    with fixed_service(0.0) as null, fixed_service(SERVICE_S) as url:
        for _ in range(5):
            bad += [_judged(run, null, 2 * ceiling(sender), sender)[0] for sender in ceilings]
        for number in range(20):
            sender: SenderName = ("httpx", "aiohttp")[number % 2]  # type: ignore[assignment]
            share = (0.5, 0.25)[number // 2 % 2]
            found, measured = _judged(run, url, min(share * ceiling(sender), 1600), sender, keep=True)
            off = _off(run, measured)
            wrong += found.state == "INVALID" and off <= OFF
            missed += found.state != "INVALID" and off > OFF
            doubts.update(f"{sender} {found.state}: {_kind(reason)}" for reason in found.reasons[:1])
            good.append(found)
    told = ", ".join(f"{sender} {min(found):.0f} … {max(found):.0f}/s" for sender, found in ceilings.items())
    yield Row(
        demand="verdict INVALID at 2 x the client's ceiling: all",
        measured=f"{_states(bad)['INVALID']} of {len(bad)} ({told})",
        met=_states(bad)["INVALID"] == len(bad),
    )
    yield Row(
        demand="verdict INVALID at <= 0.5 x: none of 20",
        measured=f"{_states(good)['INVALID']} ({_states(good)['DEGRADED']} DEGRADED)",
        met=_states(good)["INVALID"] == 0,
    )
    yield Row(
        demand=f"  of these INVALID with p50 and p99 within {OFF - 1:.0%} of the server's: none",
        measured=f"{wrong} (and {missed} further off that are not INVALID)",
        met=wrong == 0,
    )
    for doubt, count in sorted(doubts.items()):
        yield Row(demand=f"  {doubt}", measured=str(count), met=None)


def _kind(reason: str) -> str:
    """What a reason is about, without its figures."""
    return re.split(r" -?\d", reason)[0]


def _states(found: Sequence[Verdict]) -> Counter[str]:
    return Counter(each.state for each in found)


def _judged(run: Run, url: str, rate: float, sender: SenderName, *, keep: bool = False) -> tuple[Verdict, Measured]:
    plan = open_plan("constant", rate=rate, warmup_s=0.5, duration_s=2.0, in_flight=256, order=ORDER, seed=0)
    measured = run.job(url, plan, sender=sender, keep=keep)
    return runs.judged(measured, plan), measured


def _off(run: Run, measured: Measured) -> float:
    """How far p50 or p99 is from what the server says it took itself, as a ratio; the replies must be kept."""
    stated_ms = np.sort(run.stated_ms(measured))
    return max(_p(measured, share) / float(stated_ms[int(share * len(stated_ms))]) for share in (0.5, 0.99))


def little(run: Run, repeats: int) -> Iterator[Row]:
    """Throughput times time over requests in flight; and a client whose pool secretly holds 100 of 256 connections."""
    with fixed_service(SERVICE_S) as url:
        ratios = [runs.littles_ratio(run.closed(url, c, 3.0), c) for c in (1, 16, 64) for _ in range(repeats)]
        starved = asyncio.run(_starved(url))
    yield Row(
        demand="Little's ratio of closed runs, c=1, 16, 64, within 0.95 … 1.05",
        measured=f"{min(ratios):.3f} … {max(ratios):.3f}",
        met=min(ratios) >= 0.95 and max(ratios) <= 1.05,
    )
    yield Row(
        demand="a hidden pool limit of 100 for 256 slots is caught (< 0.90)",
        measured=f"{starved:.2f}",
        met=starved < 0.90,
    )


async def _starved(url: str) -> float:
    """The ratio with a pool that is smaller than the schedule believes."""
    plan = closed_plan(concurrency=256, warmup_s=1.0, duration_s=3.0, order=ORDER)
    stamps, course = Stamps.allocated(plan.rows), Course()
    with tempfile.TemporaryDirectory() as folder, Spool(Path(folder) / "replies") as spool:
        sender = AiohttpSender(Rig(destination=Destination(url=url), payloads=POOL, stamps=stamps, spool=spool))
        await sender.open(100)
        sender._session.connector._limit = 100  # type: ignore[union-attr]
        await drive(plan, sender, stamps, course, Pace(drain_s=5.0))
        await sender.close()
    measured = Measured(
        stamps=stamps.head(course.dispatched),
        window_ns=course.window_ns,
        drained_s=0.0,
        loop="",
        signals=None,
        stopped_by=None,
    )
    return runs.littles_ratio(measured, 256)


# --- a server of 20 ms, for long -------------------------------------------------------------------


def twenty_ms(run: Run, _repeats: int) -> Iterator[Row]:
    """Fifty a second for 22 s: what a user of `evals bench` would read."""
    with fixed_service(SERVICE_S) as url:
        measured = run.opened(url, 50, 22.0)
    p50, p99 = _p(measured, 0.5), _p(measured, 0.99)
    yield Row(demand="20 ms, 50/s for 22 s: p50 20 … 22.5 ms", measured=f"{p50:.2f} ms", met=20 <= p50 <= 22.5)
    yield Row(demand="20 ms, 50/s for 22 s: p99 <= 27 ms", measured=f"{p99:.2f} ms", met=p99 <= 27)


def _p(measured: Measured, share: float) -> float:
    return float(np.quantile(total_ms(measured), share, method="inverted_cdf"))


def known_queue(_run: Run, repeats: int) -> Iterator[Row]:
    """The highest rate within a limit, on a queue whose answer is known."""
    for demand, measured, met in queue_figures(repeats):
        yield Row(demand=demand, measured=measured, met=met)


def served(_run: Run, repeats: int) -> Iterator[Row]:
    """The highest rate within a limit of `evals serve`, and what wrk says of it."""
    for demand, measured, met in served_figures(repeats):
        yield Row(demand=demand, measured=measured, met=met)


FIGURES: dict[str, Figure] = {
    "1": freeze,
    "3": known_service,
    "4": against_wrk,
    "5": cpu,
    "6": schedule,
    "7": verdicts,
    "8": little,
    "9": known_queue,
    "served": served,
    "20": twenty_ms,
}

if __name__ == "__main__":
    main()
