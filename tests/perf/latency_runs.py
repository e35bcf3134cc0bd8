"""One measurement of the load room at a time, and what the acceptance figures need to know of it."""

from __future__ import annotations

import asyncio
import heapq
import time
from pathlib import Path

import httpx
import numpy as np
import psutil

from evals.load.null_server import stated_ms_of
from evals.load.payloads import Payload, draw_order
from evals.load.plan import Plan, closed_plan, open_plan
from evals.load.replies import Answers
from evals.load.samples import Samples
from evals.load.senders import Destination, SenderName
from evals.load.spool import spooled
from evals.load.summary import summary
from evals.load.verdict import Verdict, verdict
from evals.load.worker import Job, LoadProcess, Measured

BODY_BYTES = 2000  # about what a dialogue of ten messages takes
POOL = tuple(
    Payload(
        dialogue=str(number),
        language="en",
        tokens=500,
        asked=("memory", "preference"),
        body=b'{"messages": [{"role": "user", "content": "%s"}]}' % (b"x" * BODY_BYTES),
    )
    for number in range(20)
)
ORDER = draw_order(POOL, edges=[], draw="natural", seed=0)
WARMUP_S = 0.8
TRIES, DELAY = 3, 0.06  # a run whose process waited longer than this share for a processor is made again
BUSY = 20.0  # per cent of all processors that others may use in a quiet moment


class Run:
    """Measurements with one load process, begun in a quiet moment, made again when neighbours took the processor."""

    def __init__(self, process: LoadProcess, folder: Path, *, patience_s: float) -> None:
        self._process, self._spool, self._patience_s = process, folder / "replies", patience_s

    def closed(
        self, url: str, concurrency: int, seconds: float, *, sender: SenderName = "aiohttp", keep: bool = False
    ) -> Measured:
        plan = closed_plan(concurrency=concurrency, warmup_s=WARMUP_S, duration_s=seconds, order=ORDER)
        return self.job(url, plan, sender=sender, keep=keep)

    def opened(
        self,
        url: str,
        rate: float,
        seconds: float,
        *,
        sender: SenderName = "aiohttp",
        in_flight: int = 256,
        loop: str = "auto",
        poisson: bool = False,
        keep: bool = False,
    ) -> Measured:
        plan = open_plan(
            "poisson" if poisson else "constant",
            rate=rate,
            warmup_s=WARMUP_S,
            duration_s=seconds,
            in_flight=in_flight,
            order=ORDER,
            seed=0,
        )
        return self.job(url, plan, sender=sender, loop=loop, keep=keep)

    def job(
        self, url: str, plan: Plan, *, sender: SenderName = "aiohttp", loop: str = "auto", keep: bool = False
    ) -> Measured:
        made = Job(
            plan=plan,
            sender=sender,
            destination=Destination(url=url),
            payloads=POOL,
            spool=self._spool,
            loop=loop,  # type: ignore[arg-type]
            drain_s=15.0,
        )
        best = None
        for _ in range(TRIES):
            wait_for_quiet(self._patience_s)
            measured = self._process.measure(made)
            if keep or best is None or _delay(measured) < _delay(best):  # replies belong to the last run alone
                best = measured
            if _delay(best) <= DELAY:
                break
        assert best is not None
        if not keep:
            self._spool.unlink(missing_ok=True)
        return best

    def stated_ms(self, measured: Measured) -> np.ndarray:
        """What the fixed-service server says it took, for the requests of the window; the replies must be kept."""
        stamps, rows = measured.stamps, np.flatnonzero(_window(measured))
        with spooled(self._spool) as bodies:
            said = [stated_ms_of(bodies.body(int(stamps.reply_at[row]), int(stamps.size[row]))) for row in rows]
        return np.array(said)


def wait_for_quiet(patience_s: float) -> None:
    """Waits until the machine is idle for half a second, so long and no longer."""
    ends_s = time.monotonic() + patience_s
    while time.monotonic() < ends_s and psutil.cpu_percent(interval=0.5) > BUSY:
        continue


def _delay(measured: Measured) -> float:
    """The share of the window in which the load process waited for a processor."""
    return 1.0 if measured.signals is None else measured.signals.run_delay_share or 0.0


def total_ms(measured: Measured) -> np.ndarray:
    """From the intended start, for the requests of the window."""
    stamps = measured.stamps
    return ((stamps.last_byte - stamps.intended) / 1e6)[_window(measured)]


def service_ms(measured: Measured) -> np.ndarray:
    """From sending."""
    stamps = measured.stamps
    return ((stamps.last_byte - stamps.sent) / 1e6)[_window(measured)]


def lag_ms(measured: Measured) -> np.ndarray:
    """How late the schedule let requests go."""
    stamps = measured.stamps
    return ((stamps.dispatched - stamps.intended) / 1e6)[_window(measured)]


def rate(measured: Measured) -> float:
    """Requests answered a second in the window."""
    begins_ns, ends_ns = measured.window_ns
    return float(np.count_nonzero(_window(measured)) / ((ends_ns - begins_ns) / 1e9))


def cpu_us(measured: Measured) -> float:
    """Microseconds of the load process a request."""
    assert measured.signals is not None
    begins_ns, ends_ns = measured.window_ns
    return measured.signals.cpu_share * (ends_ns - begins_ns) / 1e3 / np.count_nonzero(_window(measured))


def littles_ratio(measured: Measured, concurrency: int) -> float:
    """Throughput times mean time over requests in flight."""
    return rate(measured) * float(service_ms(measured).mean()) / 1e3 / concurrency


def judged(measured: Measured, plan: Plan, own_p50_ms: float | None = None) -> Verdict:
    """The verdict on a measurement; without a self-check, which has figures of its own."""
    rows = len(measured.stamps)
    answers = Answers(
        errors=measured.stamps.fault.astype(np.int16), names=("",) * 20, cached=np.zeros(rows, dtype=bool)
    )
    samples = Samples.of(measured, answers, plan, POOL)
    said = summary(samples, plan, slo=None, edges=[])
    check = {"own_p50_ms": own_p50_ms, "ceiling_rps": None}
    return verdict(said, plan, measured.signals, selfcheck=check)


def httpx_shared_cpu_us(url: str, concurrency: int, seconds: float) -> float:
    """Microseconds of CPU a request of one shared httpx.AsyncClient, as most scripts use it."""

    async def run() -> float:
        async with httpx.AsyncClient(trust_env=False) as client:
            done, ends_s = 0, time.perf_counter() + WARMUP_S

            async def slot() -> None:
                nonlocal done
                while time.perf_counter() < ends_s:
                    reply = await client.post(url, content=POOL[0].body, headers={"content-type": "application/json"})
                    assert reply.status_code == 200
                    done += 1

            await asyncio.gather(*(slot() for _ in range(concurrency)))
            done, ends_s, cpu_s = 0, time.perf_counter() + seconds, time.process_time()
            await asyncio.gather(*(slot() for _ in range(concurrency)))
            return (time.process_time() - cpu_s) * 1e6 / done

    return asyncio.run(run())


def simulated_rate(servers: int, service_s: float, slo_ms: float) -> float:
    """The highest Poisson rate that keeps p99 of such a queue within a limit, from long simulations."""
    rng, kept, capacity = np.random.default_rng(0), 0.0, servers / service_s
    for share in np.arange(0.40, 0.99, 0.01):
        if np.quantile(_queue_ms(share * capacity, servers, service_s, rng), 0.99) > slo_ms:
            break
        kept = float(share * capacity)
    return kept


def _queue_ms(rate: float, servers: int, service_s: float, rng: np.random.Generator, count: int = 60_000) -> np.ndarray:
    free, at, total = [0.0] * servers, 0.0, np.empty(count)
    for place, gap in enumerate(rng.exponential(1 / rate, count)):
        at += gap
        ends = max(at, heapq.heappop(free)) + service_s
        heapq.heappush(free, ends)
        total[place] = (ends - at) * 1e3
    return total


def _window(measured: Measured) -> np.ndarray:
    begins_ns, ends_ns = measured.window_ns
    stamps = measured.stamps
    return (stamps.intended >= begins_ns) & (stamps.intended < ends_ns)
