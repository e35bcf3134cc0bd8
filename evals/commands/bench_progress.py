"""How far a bench is: rate, in flight, percentiles of the latest requests and failures, on stderr; and its signals."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from evals.load.plan import Plan
from evals.load.worker import RECENT, Snapshot

TERMINAL_EVERY_S, PLAIN_EVERY_S = 0.5, 10.0


class BenchProgress:
    """A line that is written over on a terminal, a plain one now and then otherwise."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown_s = float("-inf")
        self._before: tuple[float, int] = (0.0, 0)

    def watch(self, name: str, plan: Plan, snapshot: Snapshot) -> None:
        """Shows a snapshot, not too often."""
        every_s = TERMINAL_EVERY_S if self._terminal else PLAIN_EVERY_S
        if time.monotonic() - self._shown_s < every_s or snapshot.elapsed_s < 0:
            return
        text = _line(name, plan, snapshot, self._rate(snapshot))
        print(
            f"\r\x1b[K{text}" if self._terminal else text,
            end="" if self._terminal else "\n",
            file=sys.stderr,
            flush=True,
        )
        self._shown_s = time.monotonic()

    def ended(self) -> None:
        """Ends the line that is written over."""
        if self._terminal and self._shown_s > 0:
            print(file=sys.stderr)

    def _rate(self, snapshot: Snapshot) -> float:
        """Requests answered a second since the last line."""
        seconds, landed = self._before
        if snapshot.elapsed_s <= seconds:  # another step
            seconds, landed = 0.0, 0
        self._before = (snapshot.elapsed_s, snapshot.landed)
        return (snapshot.landed - landed) / max(1e-9, snapshot.elapsed_s - seconds)


def _line(name: str, plan: Plan, snapshot: Snapshot, rate: float) -> str:
    in_flight = snapshot.dispatched - snapshot.landed
    phase = "warm-up" if snapshot.elapsed_s < plan.warmup_s else "window"
    if snapshot.elapsed_s > plan.warmup_s + plan.duration_s and plan.requests is None:
        phase = "drain"
    parts = [f"{name}: {phase} {snapshot.elapsed_s:.0f} s, {rate:.1f}/s, {in_flight} in flight"]
    parts += [f"p50 {snapshot.p50_ms:.1f} ms"] if snapshot.p50_ms is not None else []
    parts += [f"p99 {snapshot.p99_ms:.1f} ms"] if snapshot.p99_ms is not None else []
    if snapshot.recent_failed:
        parts.append(f"{snapshot.recent_failed} failed of the latest {min(RECENT, snapshot.landed)}")
    return ", ".join(parts)


class Signals:
    """SIGINT and SIGTERM as a count: the first stops the bench and lets requests land, the second abandons them."""

    def __init__(self) -> None:
        self.came: list[int] = []

    def count(self) -> int:
        return len(self.came)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.came.append(number)
        waiting = "requests in flight may land; once more abandons them" if self.count() == 1 else "abandoning"
        print(f"\nevals: stopping: {waiting}", file=sys.stderr, flush=True)


@contextmanager
def counted_signals() -> Iterator[Signals]:
    """Counts the signals of the block instead of raising them. Outside the main thread nothing changes."""
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {
        number: signal.signal(number, signals.on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
