"""One dialogue and its prediction to one line of outcomes: what was asked, what failed, what is carried along."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.matching.fuzzy import FuzzyMatcher
from evals.matching.grade import grade
from evals.results import DialogueOutcome, ExtractionFailure, Prediction
from evals.types import (
    EXTRACTION_TYPES,
    Annotated,
    Branch,
    Dialogue,
    Extraction,
    ExtractionType,
    Fact,
    Forbidden,
    Gold,
    GoldFact,
    GoldPreference,
    Message,
    Preference,
    Trace,
)

MATCHER = FuzzyMatcher()
DIALOGUE = Dialogue(
    id="d1",
    cluster="c1",
    language="zh",
    split="test",
    pair_id="p1",
    labels=("topic:cats", "long"),
    messages=(Message(role="user", content="我养了两只猫，回答请简短。"),),
    gold=Gold(
        items=(
            GoldFact(gid="f1", memory_value="用户养了两只猫。", tags=("cats",), evidence=(0,)),
            GoldPreference(gid="e1", preference="用户喜欢简短的回答。", preference_type="explicit_preference"),
        ),
        forbidden=(
            Forbidden(fid="x1", value="用户对花生过敏。", kind="unsupported"),
            Forbidden(fid="x2", value="用户养鸟。", kind="third_party", strict=False),
        ),
        annotated=Annotated(facts="complete", explicit_preferences="partial"),
    ),
)
EXTRACTION = Extraction(
    facts=(Fact(memory_value="用户养了两只猫。"),),
    preferences=(Preference(preference="用户喜欢简短的回答。", preference_type="explicit_preference"),),
)
BOTH, FACTS, PREFERENCES = EXTRACTION_TYPES, ("memory",), ("preference",)


def graded(
    prediction: Prediction, asked: tuple[ExtractionType, ...] = EXTRACTION_TYPES, dialogue: Dialogue = DIALOGUE
) -> DialogueOutcome:
    return grade(dialogue, prediction, MATCHER, extraction_types=asked, in_hash="abc")


@pytest.mark.parametrize(
    ("asked", "gold", "predicted", "violations"),
    [
        (BOTH, ["f1", "e1"], ["用户养了两只猫。", "用户喜欢简短的回答。"], ()),
        (FACTS, ["f1"], ["用户养了两只猫。"], ("preference_detail_list came unasked",)),
        (PREFERENCES, ["e1"], ["用户喜欢简短的回答。"], ("memory_detail_list came unasked",)),
    ],
)
def test_what_was_not_asked_is_left_out_on_both_sides(
    asked: tuple[ExtractionType, ...], gold: list[str], predicted: list[str], violations: tuple[str, ...]
) -> None:
    """Neither a miss nor an extra; a list that came all the same breaks the contract."""
    outcome = graded(Prediction(id="d1", extraction=EXTRACTION), asked)
    assert [item.gid for item in outcome.gold] == gold
    assert [item.text for item in outcome.predicted] == predicted
    assert {item.state for item in outcome.predicted} == {"correct"}
    assert outcome.contract_violations == violations
    assert outcome.asked == asked


def test_an_empty_list_breaks_no_contract() -> None:
    """Only items that came count, and a violation that was noted before stands once."""
    trace = Trace(contract_violations=("preference_detail_list came unasked", "no usage"))
    outcome = graded(Prediction(id="d1", extraction=replace(EXTRACTION, trace=trace)), FACTS)
    assert outcome.contract_violations == ("preference_detail_list came unasked", "no usage")
    without = replace(EXTRACTION, preferences=())
    assert graded(Prediction(id="d1", extraction=without), FACTS).contract_violations == ()


@pytest.mark.parametrize(
    ("prediction", "error"),
    [
        (Prediction(id="d1", error=ExtractionFailure(type="timeout", message="after 60 s")), "timeout"),
        (Prediction(id="d1"), "no prediction"),
    ],
)
@pytest.mark.parametrize(("asked", "gids"), [(BOTH, ["f1", "e1"]), (FACTS, ["f1"])])
def test_a_failed_extraction_is_everything_missed(
    prediction: Prediction, error: str, asked: tuple[ExtractionType, ...], gids: list[str]
) -> None:
    """Missed, with the failure as the reason; nothing predicted."""
    outcome = graded(prediction, asked)
    assert outcome.error == error
    assert outcome.predicted == ()
    assert [item.gid for item in outcome.gold] == gids
    assert {(item.state, item.decided_by.by, item.partner) for item in outcome.gold} == {
        ("missed", "extraction_failed", None)
    }


def test_an_empty_answer_is_no_failure() -> None:
    """Everything missed, for want of anything near."""
    outcome = graded(Prediction(id="d1", extraction=Extraction()))
    assert outcome.error is None
    assert {(item.state, item.decided_by.by) for item in outcome.gold} == {("missed", "floor")}


def test_what_is_carried_along() -> None:
    """All that scores, comparisons and reports need to know besides the items."""
    trace = Trace(branches=(Branch(parse_status="ok"), Branch(parse_status="repaired")))
    outcome = graded(
        Prediction(id="d1", repeat=2, extraction=replace(EXTRACTION, trace=trace), latency_ms=12.5),
    )
    carried = replace(outcome, gold=(), predicted=())
    assert carried == DialogueOutcome(
        id="d1",
        cluster="c1",
        language="zh",
        split="test",
        repeat=2,
        labels=("topic:cats", "long"),
        annotated=DIALOGUE.gold.annotated,
        asked=EXTRACTION_TYPES,
        in_hash="abc",
        pair_id="p1",
        parse_status="repaired",
        latency_ms=12.5,
        forbidden_listed=1,
        unwanted_listed=1,
    )
    assert outcome.gold[0].tags == ("cats",)
    assert outcome.gold[0].evidence == (0,)


def test_a_cached_answer_has_no_latency() -> None:
    """What was not measured is not averaged."""
    cached = replace(EXTRACTION, trace=Trace(cached=True))
    assert graded(Prediction(id="d1", extraction=cached, latency_ms=1.0)).latency_ms is None
