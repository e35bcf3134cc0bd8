"""Client-side budgets over a clock of the tests' own."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.errors import ConfigError
from evals.throttle import MINUTE_S, Throttle


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds + 1e-6  # a real sleep never ends early
        await asyncio.sleep(0)


def starts(sizes: list[int], **budget: float | int) -> tuple[list[float], list[float], list[int]]:
    """Start times, waits (ms) and the order in which the requests were let in."""
    clock, begun, waits, order = Clock(), [0.0] * len(sizes), [0.0] * len(sizes), list[int]()
    throttle = Throttle(clock=lambda: clock.now_s, sleep=clock.sleep, **budget)  # type: ignore[arg-type]

    async def one(number: int) -> None:
        waits[number] = await throttle.admit(sizes[number])
        begun[number] = clock.now_s
        order.append(number)

    async def everyone() -> None:
        await asyncio.gather(*(one(number) for number in range(len(sizes))))

    asyncio.run(everyone())
    return begun, waits, order


@given(st.lists(st.integers(1, 900), min_size=1, max_size=40))
def test_no_minute_holds_more_than_the_budget(sizes: list[int]) -> None:
    """In every window of 60 s, wherever it begins, at most the budget is started."""
    begun, _, _ = starts(sizes, tokens_per_minute=1000)
    for first in begun:
        window = [size for size, at in zip(sizes, begun, strict=True) if first <= at < first + MINUTE_S]
        assert sum(window) <= 1000


@given(st.integers(1, 30), st.floats(0.5, 100))
def test_starts_are_spaced(count: int, qps: float) -> None:
    """No two starts are closer than 1/qps, and nobody overtakes."""
    begun, _, order = starts([1] * count, qps=qps)
    assert order == list(range(count))
    assert all(later - earlier >= 1 / qps - 1e-9 for earlier, later in pairwise(begun))


def test_the_wait_is_told() -> None:
    """What admit returns is how long it took, in milliseconds; without budgets nothing is waited for."""
    _, waits, _ = starts([1, 1, 1], qps=10)  # the third asks when the second has slept already
    assert waits == pytest.approx([0, 100, 100], abs=0.1)
    assert starts([10**9] * 3)[1] == [0.0, 0.0, 0.0]


def test_one_larger_than_the_budget_goes_alone() -> None:
    """It is let in when nothing else is in the window, rather than never."""
    begun, _, _ = starts([500, 5000, 500], tokens_per_minute=1000)
    assert begun == pytest.approx([0, MINUTE_S, 2 * MINUTE_S], abs=0.01)


@pytest.mark.parametrize("budget", [{"qps": 0}, {"qps": -1.0}, {"tokens_per_minute": 0}])
def test_a_budget_of_nothing_is_refused(budget: dict[str, float]) -> None:
    """A limit that could never let anything through is a mistake."""
    with pytest.raises(ConfigError):
        Throttle(**budget)  # type: ignore[arg-type]
