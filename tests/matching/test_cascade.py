"""What answers make of an outcome: states on both sides, no gold item twice, nothing decided without an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching.cascade import Open, open_grounding, open_pairs, plausible, settle_grounding, settle_pairs
from evals.matching.fuzzy import FuzzyMatcher
from evals.matching.judge_prompts import GROUNDING_LABELS, MATCH_LABELS
from evals.protocols import Judgement, Question
from evals.types import Extraction, Fact, Gold, GoldFact, Message, Outcome

TURNS = (
    Message(role="user", content="I sold my boat and I will walk from now on."),
    Message(role="assistant", content="You could take up sailing."),
)


def outcome(gold: list[str], predicted: list[str]) -> Outcome:
    items = tuple(GoldFact(gid=f"f{place}", memory_value=text) for place, text in enumerate(gold))
    return FuzzyMatcher().match(
        Gold(items=items), Extraction(facts=tuple(Fact(memory_value=p) for p in predicted)), TURNS
    )


def opened_pair() -> Outcome:
    """One aligned pair that differs in a word no rule knows."""
    found = outcome(["The user plays the guitar in a band."], ["The user plays the trombone in a band."])
    assert (found.predicted[0].state, found.predicted[0].question) == ("unjudged", "match")
    return found


@pytest.mark.parametrize(
    ("label", "predicted", "gold"),
    [
        ("equivalent", "correct", "found"),
        ("pred_less_specific", "partial", "partial"),
        ("pred_more_specific", "partial", "partial"),
        ("overlap", "partial", "partial"),
        ("contradiction", "value_error", "wrong_value"),
        ("unrelated", "unjudged", "missed"),
        ("unsure", "unjudged", "unjudged"),
        (None, "unjudged", "unjudged"),
    ],
)
def test_every_label(label: str | None, predicted: str, gold: str) -> None:
    """Both sides of the pair; what is unrelated is a question of grounding next."""
    before = opened_pair()
    opened = open_pairs(before, "en")
    after = settle_pairs(before, [(opened[0], Judgement(label=label))])
    assert (after.predicted[0].state, after.gold[0].state) == (predicted, gold)
    if label == "unrelated":
        assert [each.question.kind for each in open_grounding(after, "en", TURNS)] == ["grounding"]
    elif label in ("unsure", None):
        assert after == before


def test_across_languages_every_candidate_is_asked_and_one_is_taken() -> None:
    """Gold in one language, predictions in another: the best answer takes the item, the rest stay unmatched."""
    before = outcome(
        ["用户在成都教钢琴。", "用户养了两只猫。"], ["The user has two cats.", "The user keeps two cats at home."]
    )
    opened = open_pairs(before, "en")
    assert len(opened) == 4
    answers = [(each, Judgement(label="equivalent" if each.gid == "f1" else "unrelated")) for each in opened]
    after = settle_pairs(before, answers)
    assert [item.state for item in after.predicted].count("correct") == 1
    assert {item.gid: item.state for item in after.gold} == {"f0": "missed", "f1": "found"}


@pytest.mark.parametrize(
    ("label", "evidence", "state"),
    [
        ("supported", "sold my boat", "extra_grounded"),
        ("supported", "never said", "unjudged"),
        ("supported", "take up sailing", "unjudged"),
        ("partly", "", "hallucinated"),
        ("unsupported", "", "hallucinated"),
        ("contradicted", "I will walk", "hallucinated"),
        ("unsure", "", "unjudged"),
        (None, "", "unjudged"),
    ],
)
def test_grounding(label: str | None, evidence: str, state: str) -> None:
    """Support is a quote that stands in a turn of the user's, whatever the judge calls it."""
    found = outcome([], ["Since the sale nobody sails."])
    before = Outcome(
        predicted=(
            type(found.predicted[0])(**{**_fields(found.predicted[0]), "state": "unjudged", "question": "grounding"}),
        )
    )
    opened = open_grounding(before, "en", TURNS)
    after = settle_grounding(before, [(opened[0], Judgement(label=label, evidence=evidence))], TURNS)
    assert after.predicted[0].state == state


def _fields(item: object) -> dict[str, object]:
    return {name: getattr(item, name) for name in item.__slots__}  # type: ignore[attr-defined]


def test_equivalent_against_the_values_is_no_answer() -> None:
    """A judge that overlooks a changed number is not believed; where values agree it is."""
    question = Question(kind="match", gold="用户有三个女儿。", pred="The user has two daughters.", language="zh")
    numbers = Question(kind="match", gold="用户28岁。", pred="用户29岁。", language="zh")
    assert plausible(numbers, Judgement(label="equivalent")).failure == "against the values"
    assert plausible(numbers, Judgement(label="contradiction")).label == "contradiction"
    assert plausible(Question(kind="match", gold="a", pred="b"), Judgement(label="equivalent")).label == "equivalent"
    assert plausible(question, Judgement(failure="refused")).failure == "refused"


TEXTS = st.sampled_from(
    [
        "The user plays the guitar.",
        "The user plays the cello.",
        "用户在成都教钢琴。",
        "用户养猫。",
        "The user has a cat.",
        "The user sold a boat.",
    ]
)


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4), st.data())
def test_whatever_is_answered_the_sums_hold(gold: list[str], predicted: list[str], data: st.DataObject) -> None:
    """As many items as before, each in one state, partners one to one, and nothing that was decided changes."""
    before = outcome(gold, predicted)
    pairs = [(each, _said(data, MATCH_LABELS)) for each in open_pairs(before, "en")]
    middle = settle_pairs(before, pairs)
    notes: list[tuple[Open, Judgement]] = [
        (each, _said(data, GROUNDING_LABELS)) for each in open_grounding(middle, "en", TURNS)
    ]
    after = settle_grounding(middle, notes, TURNS)
    assert [item.gid for item in after.gold] == [item.gid for item in before.gold]
    assert [item.index for item in after.predicted] == [item.index for item in before.predicted]
    for old, new in zip((*before.gold, *before.predicted), (*after.gold, *after.predicted), strict=True):
        assert old.state == "unjudged" or new == old
    found = [item.partner for item in after.gold if item.decided_by.by.startswith("judge:")]
    assert len(found) == len(set(found))
    correct = sum(item.state == "correct" for item in after.predicted)
    assert correct == sum(item.state == "found" for item in after.gold)


def _said(data: st.DataObject, labels: tuple[str, ...]) -> Judgement:
    label = data.draw(st.sampled_from([*labels, None]))
    return Judgement(label=label, evidence="sold my boat")
