"""Counts and the worst dialogues from a stream."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evals.report.tally import GOLD_STATES, PREDICTION_STATES, harm, tally
from evals.results import DialogueOutcome
from evals.types import Decision, GoldOutcome, PredictedOutcome


def _outcome(id: str, predicted: tuple[str, ...], gold: tuple[str, ...] = (), **more: Any) -> DialogueOutcome:
    return DialogueOutcome(
        id=id,
        cluster=id,
        language="en",
        split="dev",
        predicted=tuple(
            PredictedOutcome(index=place, kind="fact", text="x", state=state, decided_by=Decision(by="floor"))  # type: ignore[arg-type]
            for place, state in enumerate(predicted)
        ),
        gold=tuple(
            GoldOutcome(gid=f"g{place}", kind="fact", text="x", state=state, decided_by=Decision(by="exact"))  # type: ignore[arg-type]
            for place, state in enumerate(gold)
        ),
        **more,
    )


OUTCOMES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PREDICTION_STATES), max_size=5), st.lists(st.sampled_from(GOLD_STATES), max_size=5)
    ),
    max_size=30,
)


@given(OUTCOMES, st.integers(min_value=1, max_value=6))
def test_sums_and_worst_hold_for_any_stream(states: list[tuple[list[str], list[str]]], keep: int) -> None:
    """Counts add up to the items given, and the kept dialogues are the most harmful, worst and earliest first."""
    outcomes = [_outcome(f"d{place}", tuple(made), tuple(due)) for place, (made, due) in enumerate(states)]
    counted = tally(iter(outcomes), keep=keep)
    assert sum(Counter(counted.states["predicted"].get("fact")).values()) == sum(len(o.predicted) for o in outcomes)
    assert sum(Counter(counted.states["gold"].get("fact")).values()) == sum(len(o.gold) for o in outcomes)
    assert sum(counted.deciders["gold"].get("exact", Counter()).values()) == sum(len(o.gold) for o in outcomes)
    harmed = [outcome for outcome in outcomes if harm(outcome) > harm(_outcome("none", ()))]
    assert list(counted.worst) == sorted(harmed, key=harm, reverse=True)[:keep]  # a stable sort: earliest first


def test_one_forbidden_outweighs_many_misses() -> None:
    """Harm is ordered by kind before number."""
    leak, misses = _outcome("leak", ("forbidden",)), _outcome("misses", (), ("missed",) * 9)
    assert tally([misses, leak]).worst == (leak, misses)


def test_a_dialogue_is_shown_once() -> None:
    """Of repeats of one dialogue the worst is kept; all of them are counted."""
    fine, bad = _outcome("d", ("correct",)), _outcome("d", ("hallucinated",), repeat=1)
    counted = tally([fine, bad])
    assert counted.worst == (bad,)
    assert (counted.dialogues, counted.answers) == (1, 2)


def test_optional_gold_is_never_missed() -> None:
    """A dialogue in which only an optional item is missing did no harm."""
    outcome = _outcome("d", (), ("missed",))
    optional = replace(outcome, gold=(replace(outcome.gold[0], optional=True),))
    assert tally([optional]).worst == ()
