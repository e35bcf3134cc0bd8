"""Why closed-loop tails lie: a server that stops for a moment, seen by both kinds of load at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from evals.load.plan import Plan
from evals.load.worker import Job, Measured, perform
from tests.load.servers import Steady

SERVICE_S, FROZEN_S, WINDOW_S = 0.004, 1.5, 5.0
RATIO = 25


def test_only_an_open_loop_sees_a_freeze(
    job: Callable[..., Job], constant: Callable[..., Plan], closed: Callable[..., Plan], tmp_path: Path
) -> None:
    """A third of all users met a frozen server; p99 of a closed loop knows of none of them."""
    with Steady(service_s=SERVICE_S) as server:
        jobs = [job(server.url, constant(150, WINDOW_S)), job(server.url, closed(1, WINDOW_S))]
        jobs[1] = replace(jobs[1], spool=tmp_path / "other")

        async def both() -> list[Measured]:
            server.freeze(1.5, FROZEN_S)
            return await asyncio.gather(*map(perform, jobs))

        opened, waited = asyncio.run(both())
    p99_open_ms, p99_closed_ms = (
        float(np.quantile((measured.stamps.last_byte - measured.stamps.intended) / 1e6, 0.99))
        for measured in (opened, waited)
    )
    assert p99_open_ms > 0.7 * FROZEN_S * 1e3
    assert p99_open_ms >= RATIO * p99_closed_ms, (p99_open_ms, p99_closed_ms)
