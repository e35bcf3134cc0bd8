"""The invariants of scoring.md, on gold texts of our own in both languages and predictions made from them."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evals import resources
from evals.matching.exact import ExactMatcher
from evals.matching.fuzzy import FuzzyMatcher
from evals.matching.grade import grade
from evals.results import DialogueOutcome, Prediction
from evals.scoring.board import ScoreBoard
from evals.types import (
    EXTRACTION_TYPES,
    Annotated,
    Dialogue,
    Extraction,
    Fact,
    Gold,
    GoldFact,
    GoldPreference,
    Message,
    Preference,
)

MATCHERS = [FuzzyMatcher(), FuzzyMatcher(align_scorer="token_set_ratio"), ExactMatcher()]
COMPLETE = Annotated(facts="complete", explicit_preferences="complete", implicit_preferences="complete")
SETTINGS = settings(max_examples=40, deadline=None)


@cache
def bank(language: str) -> tuple[str, ...]:
    """Gold facts of the dev half."""
    lines = resources.dataset_path(f"golden/{language}.jsonl").read_text(encoding="utf-8").splitlines()
    records = [record for line in lines if (record := json.loads(line))["split"] == "dev"]
    return tuple(dict.fromkeys(fact["memory_value"] for record in records for fact in record["gold_facts"]))


def texts(minimum: int = 1, maximum: int = 5) -> st.SearchStrategy[list[str]]:
    """A few different gold texts of one language."""
    return st.sampled_from(["en", "zh"]).flatmap(
        lambda language: st.lists(st.sampled_from(bank(language)), min_size=minimum, max_size=maximum, unique=True)
    )


def mangled(text: str) -> str:
    """The text with its last sentence part cut off: a plausible, worse prediction."""
    return re.sub(r"[,，、].*$", "", text)


def predictions(golds: list[str]) -> st.SearchStrategy[list[str]]:
    """Predictions about these texts: the same, cut, of other dialogues, repeated."""
    other = bank("zh") if any("一" <= character <= "鿿" for character in golds[0]) else bank("en")
    choice = st.one_of(st.sampled_from(golds), st.sampled_from(golds).map(mangled), st.sampled_from(other))
    return st.lists(choice, max_size=6)


CASES = texts().flatmap(lambda golds: st.tuples(st.just(golds), predictions(golds)))
matcher_of = pytest.mark.parametrize("matcher", MATCHERS, ids=["fuzzy", "token_set", "exact"])


def dialogue(golds: list[str], *, kind: str = "fact") -> Dialogue:
    items = tuple(
        GoldFact(gid=f"f{number}", memory_value=text)
        if kind == "fact"
        else GoldPreference(gid=f"e{number}", preference=text, preference_type="explicit_preference")
        for number, text in enumerate(golds)
    )
    said = tuple(Message(role="user", content=text) for text in golds) or (Message(role="user", content="hi"),)
    return Dialogue(id="d", cluster="d", language="en", messages=said, gold=Gold(items=items, annotated=COMPLETE))


def outcome_of(golds: list[str], predicted: list[str], matcher: object, *, kind: str = "fact") -> DialogueOutcome:
    extraction = (
        Extraction(facts=tuple(Fact(memory_value=text) for text in predicted))
        if kind == "fact"
        else Extraction(
            preferences=tuple(Preference(preference=text, preference_type="explicit_preference") for text in predicted)
        )
    )
    prediction = Prediction(id="d", extraction=extraction)
    return grade(dialogue(golds, kind=kind), prediction, matcher, extraction_types=EXTRACTION_TYPES)  # type: ignore[arg-type]


def scores(outcome: DialogueOutcome) -> dict[tuple[str, str], float | None]:
    board = ScoreBoard()
    board.add(outcome)
    return {(item.metric, item.slice): item.value for item in board.scores()}


def score(outcome: DialogueOutcome, metric: str) -> float | None:
    return scores(outcome)[metric, "all"]


def states(outcome: DialogueOutcome) -> tuple[Counter[tuple[str, str]], dict[str, str]]:
    gold = {item.text: item.state for item in outcome.gold}
    return Counter((item.text, item.state) for item in outcome.predicted), gold


@matcher_of
@SETTINGS
@given(case=CASES)
def test_every_item_ends_in_exactly_one_state(matcher: object, case: tuple[list[str], list[str]]) -> None:
    """Sums equal |P| and |G|, and every partner of a gold item exists."""
    golds, predicted = case
    outcome = outcome_of(golds, predicted, matcher)
    assert [item.text for item in outcome.gold] == golds
    assert [item.text for item in outcome.predicted] == predicted
    assert {item.partner for item in outcome.gold if item.partner is not None} <= set(range(len(predicted)))
    assert sum(item.state == "correct" for item in outcome.predicted) == sum(
        item.state == "found" for item in outcome.gold
    )


@matcher_of
@SETTINGS
@given(case=CASES, seed=st.integers(0, 10))
def test_order_changes_nothing(matcher: object, case: tuple[list[str], list[str]], seed: int) -> None:
    """Permuting either list changes no state."""
    golds, predicted = case
    shuffled_golds, shuffled = golds[:], predicted[:]
    random.Random(seed).shuffle(shuffled_golds)
    random.Random(seed + 1).shuffle(shuffled)
    assert states(outcome_of(golds, predicted, matcher)) == states(outcome_of(shuffled_golds, shuffled, matcher))


@matcher_of
@SETTINGS
@given(case=CASES, data=st.data())
def test_a_duplicate_never_raises_f1(matcher: object, case: tuple[list[str], list[str]], data: st.DataObject) -> None:
    """Saying a memory once more never pays."""
    golds, predicted = case
    assume(predicted)
    again = [*predicted, data.draw(st.sampled_from(predicted))]
    before, after = (score(outcome_of(golds, said, matcher), "f1") for said in (predicted, again))
    assert before is None or (after is not None and after <= before + 1e-12)


@matcher_of
@SETTINGS
@given(case=CASES, letters=st.lists(st.integers(0, 5), min_size=5, max_size=9))
def test_an_invention_costs_precision(matcher: object, case: tuple[list[str], list[str]], letters: list[int]) -> None:
    """An invented memory, in gold's language, never raises strict precision and lowers any precision above 0."""
    golds, predicted = case
    alphabet = "魑魅魍魉饕餮" if golds[0] in bank("zh") else "qxzjkv"
    word = "".join(alphabet[letter] for letter in letters)
    before = score(outcome_of(golds, predicted, matcher), "precision")
    after = score(outcome_of(golds, [*predicted, f"{word} {word[::-1]} {word}"], matcher), "precision")
    if before:
        assert after is not None
        assert after < before
    else:
        assert not after


@matcher_of
@pytest.mark.parametrize("kind", ["fact", "explicit_preference"])
@SETTINGS
@given(golds=texts())
def test_gold_against_itself_is_perfect(matcher: object, kind: str, golds: list[str]) -> None:
    """Gold scores 1 against itself wherever there is anything to score."""
    found = scores(outcome_of(golds, golds, matcher, kind=kind))
    for metric in ("precision", "recall", "f1", "lenient_f1", "many_to_many_f1", "typed_f1"):
        for slice_ in ("all", f"kind={kind}"):
            assert found[metric, slice_] == 1.0, (metric, slice_)


@matcher_of
@SETTINGS
@given(case=CASES)
def test_swapping_the_sides_swaps_precision_and_recall(matcher: object, case: tuple[list[str], list[str]]) -> None:
    """With fixed weights and plain items, P of (G, P) is R of (P, G)."""
    golds, predicted = case
    predicted = list(dict.fromkeys(predicted))
    there, back = outcome_of(golds, predicted, matcher), outcome_of(predicted, golds, matcher)
    correct = [sum(item.state == "correct" for item in outcome.predicted) for outcome in (there, back)]
    assert correct[0] == correct[1]
    assert len(there.gold) == len(back.predicted)
    assert score(there, "lenient_recall") == score(back, "lenient_precision") or any(
        item.state in ("unjudged", "partial") for item in (*there.predicted, *back.predicted)
    )


DIGITS = [
    ("The user runs 5 km every morning before work.", "The user runs 8 km every morning before work."),
    ("The user is 28 years old and works as a nurse.", "The user is 29 years old and works as a nurse."),
    ("The user's flight leaves on 14 March at 9:40.", "The user's flight leaves on 14 March at 9:50."),
    ("The user pays 4,500 yuan of rent a month.", "The user pays 4,800 yuan of rent a month."),
    ("用户每天早上上班前跑5公里。", "用户每天早上上班前跑8公里。"),
    ("用户今年28岁，是一名护士。", "用户今年29岁，是一名护士。"),
    ("用户的航班3月14日9点40分起飞。", "用户的航班3月15日9点40分起飞。"),
    ("用户每月房租4500元。", "用户每月房租4800元。"),
]


@pytest.mark.parametrize(("gold", "wrong"), DIGITS)
def test_one_changed_digit_is_a_value_error(gold: str, wrong: str) -> None:
    """The right digit is correct, the wrong one a wrong value, in both languages."""
    right = outcome_of([gold], [gold], MATCHERS[0])
    changed = outcome_of([gold], [wrong], MATCHERS[0])
    assert (right.predicted[0].state, right.gold[0].state) == ("correct", "found")
    assert (changed.predicted[0].state, changed.gold[0].state) == ("value_error", "wrong_value")
    assert changed.predicted[0].decided_by.gold_token != changed.predicted[0].decided_by.pred_token


@pytest.mark.parametrize("language", ["en", "zh"])
def test_changing_any_digit_of_gold_is_noticed(language: str) -> None:
    """Every digit of every gold text, moved up by one, makes a wrong value of the fact."""
    changed = [
        (text, text[: digit.start()] + str((int(digit[0]) + 1) % 10) + text[digit.end() :])
        for text in bank(language)
        for digit in re.finditer(r"\d", text)
    ]
    assert len(changed) > 50
    for text, wrong in changed:
        assert outcome_of([text], [wrong], MATCHERS[0]).predicted[0].state == "value_error", wrong


@matcher_of
def test_empty_against_empty_is_undefined(matcher: object) -> None:
    """Nothing said about nothing is null, not 1."""
    outcome = outcome_of([], [], matcher)
    assert [score(outcome, metric) for metric in ("precision", "recall", "f1")] == [None, None, None]


def test_the_bank_is_worth_drawing_from() -> None:
    """The texts are many and different, or the properties above would say little."""
    for language in ("en", "zh"):
        assert len(bank(language)) > 40
        assert all(left != right for left, right in pairwise(sorted(bank(language))))
