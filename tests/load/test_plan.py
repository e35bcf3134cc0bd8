"""Plans: arrivals made before the clock starts, the same for a seed, at the rate asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evals.errors import ConfigError
from evals.load.payloads import Payload, bucket_of, draw_order
from evals.load.plan import Plan, open_plan
from tests.load.arrays import payload

ORDER = np.zeros(1, dtype=np.int32)


def poisson(rate: float, seconds: float, seed: int = 0) -> Plan:
    return open_plan(
        "poisson", rate=rate, warmup_s=0.0, duration_s=seconds, in_flight=8, order=ORDER, seed=seed, requests=None
    )


@settings(max_examples=50, deadline=None)
@given(rate=st.floats(0.5, 5000), seconds=st.floats(1, 60), seed=st.integers(0, 2**31))
def test_poisson_arrivals_are_at_the_rate_asked_for(rate: float, seconds: float, seed: int) -> None:
    """So many arrivals as rate and time say, in order, inside the time, the same for a seed."""
    assume(1 <= round(rate * seconds) <= 100_000)
    plan = poisson(rate, seconds, seed)
    assert plan.starts_ns is not None
    assert plan.rows == len(plan.starts_ns) == round(rate * seconds)
    assert np.all(np.diff(plan.starts_ns) >= 0)
    assert 0 <= plan.starts_ns[0] <= plan.starts_ns[-1] <= seconds * 1e9
    again = poisson(rate, seconds, seed).starts_ns
    assert again is not None
    assert np.array_equal(plan.starts_ns, again)


def test_poisson_gaps_are_exponential() -> None:
    """Their spread is their mean, as it is for independent users; constant arrivals have none."""
    starts = poisson(1000, 50).starts_ns
    assert starts is not None
    gaps = np.diff(starts) / 1e6
    assert gaps.mean() == pytest.approx(1.0, rel=0.01)
    assert gaps.std() == pytest.approx(1.0, rel=0.03)


def test_requests_set_the_length_of_the_window(constant: Callable[..., Plan]) -> None:
    """300 requests at 20 a second are fifteen seconds, whatever duration_s says."""
    plan = constant(20, 1.0, warmup_s=2.0, requests=300)
    assert (plan.duration_s, plan.rows) == (15.0, 340)


@pytest.mark.parametrize("rate", [1e-9, 1e9])
def test_a_plan_that_cannot_be_held_is_refused(rate: float, constant: Callable[..., Plan]) -> None:
    """No request at all, or more than there is room for."""
    with pytest.raises(ConfigError, match="requests are planned"):
        constant(rate, 100.0)


def test_the_hash_is_over_what_is_sent_when(
    constant: Callable[..., Plan], closed: Callable[..., Plan], pool: tuple[Payload, ...]
) -> None:
    """Equal plans have equal hashes; another rate, seed, length, payload or mode has another."""
    same = [constant(10, 5.0).digest(pool) for _ in range(2)]
    others = [
        constant(11, 5.0).digest(pool),
        constant(10, 6.0).digest(pool),
        constant(10, 5.0).digest(pool[:-1]),
        constant(10, 5.0, arrivals="poisson").digest(pool),
        constant(10, 5.0, arrivals="poisson", seed=1).digest(pool),
        closed(10, 5.0).digest(pool),
        closed(10, 5.0, max_rate=3.0).digest(pool),
    ]
    assert same[0] == same[1]
    assert len({same[0], *others}) == len(others) + 1


@settings(max_examples=40, deadline=None)
@given(tokens=st.lists(st.integers(1, 8000), min_size=1, max_size=60), seed=st.integers(0, 1000))
def test_every_pass_sends_every_dialogue_once(tokens: list[int], seed: int) -> None:
    """A natural draw goes through the pool again and again, each time in another order."""
    pool = [payload(str(number), tokens=count) for number, count in enumerate(tokens)]
    order = draw_order(pool, edges=[250, 1000], draw="natural", seed=seed)
    for one in order.reshape(-1, len(pool)):
        assert sorted(one.tolist()) == list(range(len(pool)))
    assert np.array_equal(order, draw_order(pool, edges=[250, 1000], draw="natural", seed=seed))


def test_any_stretch_has_the_lengths_of_the_whole() -> None:
    """Long dialogues are spread over a pass, so that no part of a run is harder than another."""
    pool = [payload(str(number), tokens=5000 if number < 10 else 100) for number in range(100)]
    order = draw_order(pool, edges=[1000], draw="natural", seed=3)
    long = np.convolve(order < 10, np.ones(50, dtype=int), mode="valid")
    assert 3 <= long.min() <= long.max() <= 7  # five of fifty, and at most two off


def test_an_even_draw_sends_every_length_as_often() -> None:
    """Ten long and ninety short dialogues: half of the requests are long."""
    pool = [payload(str(number), tokens=5000 if number < 10 else 100) for number in range(100)]
    order = draw_order(pool, edges=[1000], draw="even", seed=3)
    assert np.mean(order < 10) == 0.5
    assert set(order.tolist()) == set(range(100))


@pytest.mark.parametrize(
    ("tokens", "edges", "bucket"),
    [
        (1, [250, 1000], "<=250"),
        (250, [250, 1000], "<=250"),
        (251, [250, 1000], "251-1000"),
        (1001, [250, 1000], ">1000"),
        (5, [], "all"),
    ],
)
def test_buckets_have_names(tokens: int, edges: Any, bucket: str) -> None:
    """The upper bound belongs to the bucket."""
    assert bucket_of(tokens, edges) == bucket
