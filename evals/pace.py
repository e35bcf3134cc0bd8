"""How many calls may be in flight right now: fewer when the system is overloaded, more again when it is not.

Additive increase, multiplicative decrease (Chiu and Jain, 1989). A round is as many answers as may be in flight, eight
at least. A round in which a call was refused for its rate halves the number, one whose median latency is twice the best
seen takes a fifth off it, one in which the service failed leaves it, any other adds one call. What is configured is the
ceiling, and where it begins.
"""

from __future__ import annotations

import asyncio
import logging
import statistics

from evals.results import Prediction

REFUSED, SLOW = 0.5, 0.8  # what is left of the number
RISEN, RISEN_MS = 2.0, 100.0  # median latency over the best seen: so many times, and by so much
FORGETTING = 1.02  # by so much the best latency seen grows a round, so that one lucky round is no yardstick for ever
FEWEST_TIMED = 8  # a median of fewer answers says nothing

_log = logging.getLogger(__name__)


class Pace:
    """Lets calls begin while fewer are in flight than `allowed`. `adaptive=False` keeps it at the ceiling."""

    def __init__(self, ceiling: int, *, adaptive: bool = True) -> None:
        self.allowed = ceiling
        self._ceiling, self._adaptive = ceiling, adaptive
        self._in_flight = 0
        self._free = asyncio.Event()
        self._stopped = False
        self._best_ms = float("inf")
        self._refused = self._failed = False
        self._latencies: list[float] = []
        self._left = 0
        self._begin_round()

    @property
    def in_flight(self) -> int:
        """Calls that have begun and not ended."""
        return self._in_flight

    async def begin(self) -> float:
        """Waits until a call may begin. Returns the wait in milliseconds. A stopped pace lets everybody through."""
        asked_s = asyncio.get_running_loop().time()
        while self._in_flight >= self.allowed and not self._stopped:
            self._free.clear()
            await self._free.wait()
        self._in_flight += 1
        return (asyncio.get_running_loop().time() - asked_s) * 1e3

    def end(self, prediction: Prediction | None) -> None:
        """A call has ended, with what it came to, or None where that is not known."""
        self._in_flight -= 1
        if prediction is not None and self._adaptive:
            self._note(prediction)
        self._free.set()

    def stop(self) -> None:
        """Nobody waits from here on."""
        self._stopped = True
        self._free.set()

    def _note(self, prediction: Prediction) -> None:
        errors = {attempt.error for branch in prediction.trace.branches for attempt in branch.attempts}
        errors.add(None if prediction.error is None else prediction.error.type)
        self._refused = self._refused or "RateLimited" in errors
        self._failed = self._failed or bool(errors & {"ServerFailed", "TimedOut", "Unreachable", "ConnectionBroken"})
        if prediction.error is None and prediction.service_ms is not None:
            self._latencies.append(prediction.service_ms)
        self._left -= 1
        if self._left <= 0:
            self._end_round()

    def _end_round(self) -> None:
        median_ms = statistics.median(self._latencies) if 2 * len(self._latencies) >= FEWEST_TIMED else None
        before = self.allowed
        if self._refused:
            self.allowed = max(1, int(before * REFUSED))
        elif median_ms is not None and median_ms > max(RISEN * self._best_ms, self._best_ms + RISEN_MS):
            self.allowed = max(1, int(before * SLOW))
        elif not self._failed:
            self.allowed = min(self._ceiling, before + 1)
        if median_ms is not None:
            self._best_ms = min(self._best_ms * FORGETTING, median_ms)
        if self.allowed < before:
            why = "calls were refused for their rate" if self._refused else f"answers take {median_ms:.0f} ms"
            _log.warning("%s: %d calls at a time instead of %d", why, self.allowed, before)
        self._begin_round()

    def _begin_round(self) -> None:
        self._left = max(self.allowed, FEWEST_TIMED)
        self._refused = self._failed = False
        self._latencies = []
