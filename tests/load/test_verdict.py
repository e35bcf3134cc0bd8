"""The verdict: every signal of a client that was the bottleneck, one by one, and none where it was not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evals.load.quiet import ClientSignals
from evals.load.summary import summary
from evals.load.verdict import Verdict, pooled, verdict, worst
from tests.load.arrays import CHECKED, QUIET, plan, samples


def judged(
    said: dict[str, Any] | None = None,
    client: ClientSignals | None = QUIET,
    *,
    selfcheck: dict[str, Any] | None = CHECKED,
    rate: float | None = 50.0,
    **given: Any,
) -> Verdict:
    """The verdict on a good measurement of 20 ms, but for what is given."""
    made = samples(np.linspace(0, 9.98, 500), 20.0, rate=rate)
    of = plan(rate=rate)
    found = summary(made, of, slo=None, edges=[]) | (said or {})
    return verdict(found, of, client, selfcheck=selfcheck, **given)


def test_a_good_measurement_is_valid() -> None:
    """Nothing to say against it, and everything that was looked at is told."""
    found = judged()
    assert (found.state, found.reasons) == ("VALID", ())
    assert len(found.signals) == 8


@pytest.mark.parametrize(
    ("said", "client", "state", "reason"),
    [
        ({"lag_p99_ms": 4.9}, {}, "VALID", None),
        ({"lag_p99_ms": 5.1}, {}, "INVALID", "dispatch lag p99 5.10 ms (limit 5.00 ms)"),
        ({"requests": 494}, {}, "DEGRADED", "achieved rate is off by 1.2% (limit 1.0%)"),
        ({"requests": 480}, {}, "INVALID", "achieved rate is off by 4.0% (limit 2.0%)"),
        ({"achieved_rate": 4000.0}, {}, "DEGRADED", "rate, of the client's ceiling 80.0% (limit 70.0%)"),
        ({"achieved_rate": 6000.0}, {}, "INVALID", "rate, of the client's ceiling 120.0% (limit 100.0%)"),
        ({}, {"cpu_share": 0.8}, "DEGRADED", "CPU of the load process 80.0% (limit 75.0%)"),
        ({}, {"cpu_share": 0.95}, "INVALID", "CPU of the load process 95.0% (limit 90.0%)"),
        ({}, {"run_delay_share": 0.06}, "DEGRADED", "waiting for a processor 6.0% (limit 5.0%)"),
        ({}, {"run_delay_share": 0.3}, "INVALID", "waiting for a processor 30.0% (limit 20.0%)"),
        ({}, {"run_delay_share": None}, "VALID", None),
        ({}, {"heartbeat_p99_ms": 30.0}, "INVALID", "heartbeat p99 30.00 ms (limit 20.00 ms)"),
        ({}, {"gc_longest_ms": 1.5}, "DEGRADED", "longest garbage collection 1.50 ms (limit 1.00 ms)"),
    ],
)
def test_each_signal(said: dict[str, Any], client: dict[str, Any], state: str, reason: str | None) -> None:
    """Value and limit stand in the reason."""
    found = judged(said, replace(QUIET, **client))
    assert (found.state, found.reasons) == (state, (reason,) if reason else ())


def test_a_short_service_is_held_to_its_own_measure() -> None:
    """A lag of 3 ms is nothing beside 20 ms and doubtful beside 4; below 2 ms no event loop is to blame."""
    latency = {"p50_ms": 4.0}
    assert judged({"latency": latency, "lag_p99_ms": 1.9}, selfcheck=dict(CHECKED, own_p50_ms=0.1)).state == "VALID"
    assert judged({"latency": latency, "lag_p99_ms": 3.0}, selfcheck=dict(CHECKED, own_p50_ms=0.1)).state == "DEGRADED"


def test_the_clients_own_share_is_told() -> None:
    """A fifth of the median being the client's own is doubtful, most of it is no measurement."""
    found = judged(selfcheck=dict(CHECKED, own_p50_ms=4.0))
    assert (found.state, found.reasons) == ("DEGRADED", ("client's own share of p50 20.0% (limit 10.0%)",))
    assert judged(selfcheck=dict(CHECKED, own_p50_ms=12.0)).state == "INVALID"


def test_a_closed_loop_is_judged_by_littles_ratio() -> None:
    """Its slots were busy all the time, or somebody kept them waiting."""
    assert judged({"little_ratio": 0.98}, rate=None).state == "VALID"
    assert judged({"little_ratio": 0.93}, rate=None).state == "DEGRADED"
    found = judged({"little_ratio": 0.39}, rate=None)
    assert (found.state, found.reasons) == ("INVALID", ("Little's ratio is off by 0.61 (limit 0.10)",))


def test_what_was_not_looked_at_is_doubtful() -> None:
    """No self-check, no steady state: DEGRADED; a window that never began is no measurement."""
    assert judged(selfcheck=None).state == "DEGRADED"
    assert judged(steady="requests in flight grew from 1 to 90").reasons == (
        "not a steady state: requests in flight grew from 1 to 90",
    )
    assert judged(client=None).state == "INVALID"


def test_a_spinning_schedule_is_not_blamed_for_its_cpu() -> None:
    """load.precise uses all it can get, on purpose."""
    assert judged({}, replace(QUIET, cpu_share=1.0), precise=True).state == "VALID"


def test_blocks_are_judged_together() -> None:
    """One block in three that a neighbour disturbed does not make the whole doubtful; the worst of steps does."""
    good, bad = judged(), judged({}, replace(QUIET, cpu_share=0.99))
    assert pooled([good, bad, good]).state == "VALID"
    assert pooled([bad, bad, good]).reasons == ("CPU of the load process 99.0% (limit 90.0%)",)
    assert worst([good.state, bad.state, "DEGRADED"]) == "INVALID"
    assert worst([]) == "VALID"
