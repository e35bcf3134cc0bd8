"""Client-side budgets: how many requests a second and how many input tokens a minute may be sent."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from evals.errors import ConfigError

MINUTE_S = 60.0


class Turns(Protocol):
    """Whoever says when a request of so many tokens may start. Returns the wait in milliseconds."""

    async def admit(self, tokens: int) -> float: ...


class Throttle:
    """Lets requests start one after the other, in the order they ask, inside both budgets.

    `qps` spaces the starts evenly. `tokens_per_minute` holds for every window of 60 s, not for clock minutes; a request
    larger than the whole budget starts when nothing else is in the window. None means no limit.
    """

    def __init__(
        self,
        *,
        qps: float | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if qps is not None and not qps > 0:
            raise ConfigError(f"extractor.qps={qps}: requests a second, above 0, or null for no limit")
        if tokens_per_minute is not None and not tokens_per_minute > 0:
            raise ConfigError(f"extractor.tokens_per_minute={tokens_per_minute}: above 0, or null for no limit")
        self.budgets = {"qps": qps, "tokens_per_minute": tokens_per_minute}
        self._interval_s = 0.0 if qps is None else 1 / qps
        self._budget = tokens_per_minute
        self._clock, self._sleep = clock, sleep
        self._turn = asyncio.Lock()  # first come, first served
        self._next_s = float("-inf")
        self._window: deque[tuple[float, int]] = deque()
        self._spent = 0

    async def admit(self, tokens: int) -> float:
        """Waits until a request of so many tokens may start. Returns the wait in milliseconds."""
        if not self._interval_s and self._budget is None:
            return 0.0
        asked_s = self._clock()
        async with self._turn:
            while (wait_s := self._wait_s(tokens, self._clock())) > 0:
                await self._sleep(wait_s)
            now_s = self._clock()
            self._next_s = max(now_s, self._next_s) + self._interval_s
            if self._budget is not None:
                self._window.append((now_s, tokens))
                self._spent += tokens
        return (now_s - asked_s) * 1e3

    def _wait_s(self, tokens: int, now_s: float) -> float:
        """Seconds until both budgets have room, as far as can be told now."""
        wait_s = max(0.0, self._next_s - now_s)
        if self._budget is None:
            return wait_s
        while self._window and self._window[0][0] <= now_s - MINUTE_S:
            self._spent -= self._window.popleft()[1]
        if self._window and self._spent + tokens > self._budget:
            return max(wait_s, self._window[0][0] + MINUTE_S - now_s)
        return wait_s
