"""Payloads, plans and measurements without a process of their own, so that a test takes no longer than its load."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.http import HttpSettings
from evals.load.payloads import Payload, draw_order
from evals.load.plan import Plan, closed_plan, open_plan
from evals.load.senders import Destination
from evals.load.worker import Job, Measured, perform
from tests.load.arrays import payload


@pytest.fixture
def pool() -> tuple[Payload, ...]:
    """Twenty payloads of 100 to 2,000 tokens."""
    return tuple(payload(f"d{number}", tokens=100 * (number + 1)) for number in range(20))


@pytest.fixture
def job(pool: tuple[Payload, ...], tmp_path: Path) -> Callable[..., Job]:
    """A job against a URL; fields of Job and of HttpSettings can be given."""

    def make(url: str, plan: Plan, *, sender: str = "aiohttp", **fields: Any) -> Job:
        names = set(HttpSettings.__slots__)
        http = HttpSettings(**{name: value for name, value in fields.items() if name in names})
        rest = {name: value for name, value in fields.items() if name not in names}
        made = Job(
            plan=plan,
            sender=sender,  # type: ignore[arg-type]
            destination=Destination(url=url, http=http),
            payloads=pool,
            spool=tmp_path / "replies",
        )
        return replace(made, **rest)

    return make


@pytest.fixture
def order(pool: tuple[Payload, ...]) -> np.ndarray[Any, np.dtype[np.int32]]:
    return draw_order(pool, edges=[1000], draw="natural", seed=0)


@pytest.fixture
def constant(order: Any) -> Callable[..., Plan]:
    """An open plan without warm-up, unless given."""

    def make(rate: float, seconds: float, *, warmup_s: float = 0.0, in_flight: int = 64, **given: Any) -> Plan:
        fields: dict[str, Any] = {"arrivals": "constant", "seed": 0, **given}
        arrivals = fields.pop("arrivals")
        return open_plan(
            arrivals, rate=rate, warmup_s=warmup_s, duration_s=seconds, in_flight=in_flight, order=order, **fields
        )

    return make


@pytest.fixture
def closed(order: Any) -> Callable[..., Plan]:
    """A closed plan without warm-up, unless given."""

    def make(concurrency: int, seconds: float, *, warmup_s: float = 0.0, **given: Any) -> Plan:
        return closed_plan(concurrency=concurrency, warmup_s=warmup_s, duration_s=seconds, order=order, **given)

    return make


@pytest.fixture
def measure() -> Callable[[Job], Measured]:
    """Carries a job out in this process."""

    def run(job: Job) -> Measured:
        return asyncio.run(perform(job))

    return run
