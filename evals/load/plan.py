"""When requests are meant to start and which one comes when: all drawn from a seed before the clock starts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.errors import ConfigError
from evals.load.payloads import Payload
from evals.load.stamps import Int64

Arrivals = Literal["closed", "constant", "poisson"]

MAX_ROWS = 10_000_000
CLOSED_RATE = 50_000  # no client of ours is faster: rows to set aside for each second of a closed loop
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one run does. Open loop: `starts_ns` after the clock starts; closed loop: so many requests at all times.

    Request number i sends payload `order[i % len(order)]`. `in_flight` is the fixed concurrency of a closed loop, the
    cap of an open one. The first `warmup_s` are thrown away. `max_rate` paces a closed loop, in requests a second.
    """

    arrivals: Arrivals
    in_flight: int
    warmup_s: float
    duration_s: float
    rows: int
    starts_ns: Int64 | None
    order: NDArray[np.int32]
    rate: float | None = None
    max_rate: float | None = None
    requests: int | None = None

    def digest(self, payloads: Sequence[Payload]) -> str:
        """sha256 over what is sent when, in hex: two runs with the same one asked for the same thing."""
        facts = (self.arrivals, self.in_flight, self.warmup_s, self.duration_s, self.requests, self.max_rate)
        found = hashlib.sha256(repr(facts).encode())
        found.update(b"" if self.starts_ns is None else self.starts_ns.tobytes())
        found.update(self.order.tobytes())
        for payload in payloads:
            found.update(hashlib.sha256(payload.body).digest())
        return found.hexdigest()


def open_plan(
    arrivals: Literal["constant", "poisson"],
    *,
    rate: float,
    warmup_s: float,
    duration_s: float,
    in_flight: int,
    order: NDArray[np.int32],
    seed: int,
    requests: int | None = None,
) -> Plan:
    """Arrivals at `rate` a second, evenly spaced or as a Poisson process, through warm-up and window.

    `requests` in the window sets its length in place of `duration_s`. Raises ConfigError for more than can be held.
    """
    duration_s = requests / rate if requests is not None else duration_s
    count = round(rate * (warmup_s + duration_s))
    if not 1 <= count <= MAX_ROWS:
        raise ConfigError(f"load: {count} requests are planned; 1 to {MAX_ROWS:,} are wanted")
    if arrivals == "constant":
        starts_s = np.arange(count) / rate
    else:
        # Gaps are scaled so that the last arrival falls where the rate says: the rate offered is exact, not on average.
        gaps = np.random.default_rng(seed).exponential(size=count + 1)
        starts_s = np.cumsum(gaps[:-1]) * (warmup_s + duration_s) / gaps.sum()
    return Plan(
        arrivals=arrivals,
        in_flight=in_flight,
        warmup_s=warmup_s,
        duration_s=duration_s,
        rows=count,
        starts_ns=np.rint(starts_s * _SECOND_NS).astype(np.int64),
        order=order,
        rate=rate,
        requests=requests,
    )


def closed_plan(
    *,
    concurrency: int,
    warmup_s: float,
    duration_s: float,
    order: NDArray[np.int32],
    requests: int | None = None,
    max_rate: float | None = None,
) -> Plan:
    """So many requests in flight until the time is over, or until `requests` of the window are done."""
    rows = MAX_ROWS if requests is not None else min(MAX_ROWS, int((warmup_s + duration_s) * CLOSED_RATE))
    return Plan(
        arrivals="closed",
        in_flight=concurrency,
        warmup_s=warmup_s,
        duration_s=duration_s,
        rows=rows,
        starts_ns=None,
        order=order,
        max_rate=max_rate,
        requests=requests,
    )
