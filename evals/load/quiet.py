"""A client that disturbs its own figures as little as Python allows, and says how much it did all the same."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from evals.errors import ConfigError
from evals.load.senders import SenderName

LoopName = Literal["auto", "uvloop", "asyncio"]

HEARTBEAT_S = 0.010
# How many new objects, young and middle collections before the young, the middle-aged and all are looked through.
# httpx leaves objects that refer to each other behind with every reply. To look through all took 2.6 ms with 30
# requests in flight and freed one object in a hundred: that waits until the window is over. aiohttp leaves none in
# 24,000 requests, and looking took 1.3 ms at 1,600 a second. An extractor called here is collected as everywhere.
_THRESHOLDS: Mapping[SenderName, tuple[int, int, int]] = {"httpx": (400, 5, 2000), "aiohttp": (20_000, 10, 1000)}
_MOST_BEATS = 1_000_000
_SCHEDSTAT = Path("/proc/self/schedstat")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSignals:
    """What the load process did to itself in the window. Shares are of the window's length.

    `run_delay_share` is the time it was ready to run and the system ran something else: None where that is not told.
    `gc_longest_ms` is without such time, which would be counted twice.
    """

    cpu_share: float
    run_delay_share: float | None
    heartbeat_p99_ms: float | None
    gc_pauses: int
    gc_longest_ms: float


def loop_factory(name: LoopName) -> tuple[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The event loop wanted, and its name. Raises ConfigError for uvloop where it is not installed."""
    if name != "asyncio" and find_spec("uvloop") is not None:
        import uvloop

        return f"uvloop {version('uvloop')}", uvloop.new_event_loop
    if name == "uvloop":
        raise ConfigError("load.loop=uvloop: pip install 'memory-evals[bench]' (there is none for Windows)")
    return "asyncio", asyncio.new_event_loop


class Quiet:
    """Freezes the garbage of before, listens to its own heart, and reports the window. Use as a context manager.

    Garbage is collected as it suits the sender.
    """

    def __init__(self, sender: SenderName) -> None:
        self._sender = sender
        self._late_ns = np.zeros(_MOST_BEATS, dtype=np.int64)
        self._beats = self._pauses = self._longest_ns = 0
        self._collecting_ns = (0, 0)  # by the clock, by the processor
        self._began: tuple[int, float, int | None] | None = None
        self._beating: asyncio.TimerHandle | None = None
        self.signals: ClientSignals | None = None

    def __enter__(self) -> Self:
        gc.collect()
        gc.freeze()
        self._before = gc.get_threshold()
        gc.set_threshold(*_THRESHOLDS.get(self._sender, self._before))
        gc.callbacks.append(self._on_gc)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._beating is not None:
            self._beating.cancel()
        gc.callbacks.remove(self._on_gc)
        gc.set_threshold(*self._before)
        gc.unfreeze()

    def begin(self) -> None:
        """The window begins; to be called in the event loop."""
        self._beats = self._pauses = self._longest_ns = 0
        self._began = (time.perf_counter_ns(), time.process_time(), _run_delay_ns())
        self._beat(asyncio.get_running_loop(), time.perf_counter_ns())

    def end(self) -> None:
        """The window is over; a second call does nothing."""
        if self._began is None or self.signals is not None:
            return
        began_ns, began_cpu_s, began_delay_ns = self._began
        length_ns = max(1, time.perf_counter_ns() - began_ns)
        delay_ns = _run_delay_ns()
        late = self._late_ns[: self._beats]
        self.signals = ClientSignals(
            cpu_share=(time.process_time() - began_cpu_s) * 1e9 / length_ns,
            run_delay_share=None
            if delay_ns is None or began_delay_ns is None
            else (delay_ns - began_delay_ns) / length_ns,
            heartbeat_p99_ms=float(np.quantile(late, 0.99)) / 1e6 if len(late) >= 100 else None,
            gc_pauses=self._pauses,
            gc_longest_ms=self._longest_ns / 1e6,
        )

    def _beat(self, loop: asyncio.AbstractEventLoop, due_ns: int) -> None:
        now_ns = time.perf_counter_ns()
        if self._beats < _MOST_BEATS:
            self._late_ns[self._beats] = max(0, now_ns - due_ns)
            self._beats += 1
        due_ns = max(due_ns, now_ns - 1) + int(HEARTBEAT_S * 1e9)
        self._beating = loop.call_later((due_ns - now_ns) / 1e9, self._beat, loop, due_ns)

    def _on_gc(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._collecting_ns = (time.perf_counter_ns(), time.thread_time_ns())
            return
        self._pauses += 1
        by_clock_ns, by_processor_ns = self._collecting_ns
        took_ns = min(time.perf_counter_ns() - by_clock_ns, time.thread_time_ns() - by_processor_ns)
        self._longest_ns = max(self._longest_ns, took_ns)


def _run_delay_ns() -> int | None:
    """Nanoseconds this thread waited for a processor since it began (Linux alone tells)."""
    try:
        return int(_SCHEDSTAT.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
