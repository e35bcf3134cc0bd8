"""The controls answer exactly what they promise, and only what was asked."""

from __future__ import annotations

from typing import Any

import pytest

from evals.extractors.controls import (
    GOLD_CONTROLS,
    DuplicatedControl,
    EchoControl,
    EmptyControl,
    OracleControl,
    ShuffledControl,
)
from evals.protocols import ControlExtractor, Extractor
from evals.types import Dialogue, Extraction, ExtractionType, Fact, Gold, GoldFact, GoldPreference, Message, Preference

BOTH: tuple[ExtractionType, ...] = ("memory", "preference")
MESSAGES = (
    Message(role="system", content="Be kind."),
    Message(role="user", content="I live in 杭州."),
    Message(role="assistant", content="Nice."),
    Message(role="user", content="  "),
    Message(role="user", content="I like tea."),
)
GOLD = Gold(
    items=(
        GoldPreference(gid="p", preference="tea", reasoning="said so", preference_type="implicit_preference"),
        GoldFact(gid="f", memory_value="in 杭州", memory_key="home", memory_type="UserMemory", tags=("home",)),
        GoldFact(gid="g", memory_value="bare", optional=True),
    )
)
FACTS = (
    Fact(memory_value="in 杭州", memory_key="home", memory_type="UserMemory", tags=("home",)),
    Fact(memory_value="bare"),
)
PREFERENCES = (Preference(preference="tea", reasoning="said so", preference_type="implicit_preference"),)
ANNOTATED = Dialogue(id="a", cluster="a", language="en", messages=MESSAGES, gold=GOLD)
OTHER = Dialogue(id="b", cluster="b", language="en", messages=MESSAGES)


def test_empty_finds_nothing() -> None:
    """Not even where there is something."""
    assert EmptyControl().extract(MESSAGES, BOTH) == Extraction()


def test_echo_gives_each_user_turn_back_as_fact_and_as_explicit_preference() -> None:
    """System and assistant turns and blank ones are left out."""
    turns = ["I live in 杭州.", "I like tea."]
    assert EchoControl().extract(MESSAGES, BOTH) == Extraction(
        facts=tuple(Fact(memory_value=turn) for turn in turns),
        preferences=tuple(Preference(preference=turn, preference_type="explicit_preference") for turn in turns),
    )


def test_oracle_is_gold_in_the_shape_of_an_answer() -> None:
    """Optional items too; facts and preferences in their own lists."""
    assert OracleControl().extract_from_gold(ANNOTATED, None, BOTH) == Extraction(facts=FACTS, preferences=PREFERENCES)


def test_duplicated_is_gold_ten_times() -> None:
    """Every item, in every list."""
    answer = DuplicatedControl().extract_from_gold(ANNOTATED, OTHER, BOTH)
    assert answer == Extraction(facts=FACTS * 10, preferences=PREFERENCES * 10)


def test_shuffled_is_the_gold_of_the_other_dialogue() -> None:
    """Its own gold never shows; without another dialogue there is nothing to say."""
    assert ShuffledControl().extract_from_gold(OTHER, ANNOTATED, BOTH) == Extraction(
        facts=FACTS, preferences=PREFERENCES
    )
    assert ShuffledControl().extract_from_gold(ANNOTATED, OTHER, BOTH) == Extraction()
    assert ShuffledControl().extract_from_gold(ANNOTATED, None, BOTH) == Extraction()


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: EchoControl().extract(MESSAGES, asked),
        lambda asked: OracleControl().extract_from_gold(ANNOTATED, OTHER, asked),
        lambda asked: DuplicatedControl().extract_from_gold(ANNOTATED, OTHER, asked),
        lambda asked: ShuffledControl().extract_from_gold(OTHER, ANNOTATED, asked),
    ],
)
def test_only_what_was_asked_is_answered(answer: Any) -> None:
    """A kind that was not asked for stays empty."""
    both, facts, preferences = answer(BOTH), answer(("memory",)), answer(("preference",))
    assert both.facts
    assert both.preferences
    assert (facts.facts, facts.preferences) == (both.facts, ())
    assert (preferences.facts, preferences.preferences) == ((), both.preferences)


def test_which_controls_are_handed_gold() -> None:
    """Exactly those of GOLD_CONTROLS; the others are asked like any system."""
    for kind in GOLD_CONTROLS:
        assert isinstance(kind(), ControlExtractor)
        assert not isinstance(kind(), Extractor)
    for other in (EmptyControl(), EchoControl()):
        assert isinstance(other, Extractor)
        assert not isinstance(other, ControlExtractor)
