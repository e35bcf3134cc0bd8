"""The memory diff: what each pair of outcomes is called, in which order, and whether it lasts over repeats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.compare.changes import Change, changes
from evals.results import DialogueOutcome
from evals.types import Decision, GoldOutcome, PredictedOutcome
from tests.scoring.conftest import dialogue, gold, predicted

TEXT = "The user lives in Lyon."


def one(state: str, item: PredictedOutcome | None = None, **fields: object) -> DialogueOutcome:
    """A dialogue of one gold item in that state, with the prediction it was aligned with."""
    mine = gold("g1", state, partner=None if item is None else item.index, **fields)
    return dialogue((mine,), (item,) if item else ())


def said(state: str, text: str = TEXT, **fields: object) -> PredictedOutcome:
    return predicted(state, "g1", text=text, **fields)


FOUND = one("found", said("correct"))
STATES = {
    "found": FOUND,
    "partial": one("partial", said("partial")),
    "missed": one("missed"),
    "value_error": one("wrong_value", said("value_error", "The user lives in Nice.")),
    "contradicted": one("wrong_value", said("value_error"), kind="fact"),
    "polarity": one("unjudged", said("unjudged", question="match", polarity_agrees=False)),
    "open": one("unjudged", said("unjudged", question="match")),
}
_judged = Decision(by="judge:contradiction")
STATES["contradicted"] = replace(
    STATES["contradicted"], gold=(replace(STATES["contradicted"].gold[0], decided_by=_judged),)
)


def change(before: DialogueOutcome, after: DialogueOutcome) -> Change:
    (found,) = changes((before,), (after,))
    return found


@pytest.mark.parametrize(
    ("before", "after", "what", "better"),
    [
        ("found", "missed", "lost", False),
        ("found", "partial", "lost", False),
        ("missed", "found", "gained", True),
        ("partial", "found", "gained", True),
        ("found", "value_error", "value_error", False),
        ("missed", "value_error", "value_error", False),
        ("value_error", "found", "value_error", True),
        ("value_error", "missed", "value_error", True),
        ("found", "contradicted", "contradicted", False),
        ("value_error", "contradicted", "contradicted", False),
        ("found", "polarity", "polarity", False),
        ("polarity", "found", "polarity", True),
        ("found", "open", "unsettled", None),
        ("open", "missed", "unsettled", None),
        ("missed", "missed", "kept", None),
        ("found", "found", "kept", None),
    ],
)
def test_gold_items(before: str, after: str, what: str, better: bool | None) -> None:
    """Every way a gold item can go has its word and its direction."""
    found = change(STATES[before], STATES[after])
    assert (found.what, found.better) == (what, better)
    assert found.gold == "g1"


def test_the_same_memory_in_other_words_is_reworded() -> None:
    """Case, width and spaces are no words; another wording is neither better nor worse."""
    spaced = one("found", said("correct", "the user  lives in Ｌyon."))
    assert change(FOUND, spaced).what == "kept"
    other = change(FOUND, one("found", said("correct", "Lyon is home to the user.")))
    assert (other.what, other.better, other.candidate) == ("reworded", None, "Lyon is home to the user.")


def test_a_type_that_turns_wrong_is_seen_behind_the_same_words() -> None:
    """The memory is right on both sides, its memory_type only on one."""
    right = one("found", said("correct", memory_type="UserMemory"), memory_type="UserMemory")
    wrong = one("found", said("correct", memory_type="LongTermMemory"), memory_type="UserMemory")
    assert (change(right, wrong).what, change(right, wrong).better) == ("type", False)
    assert (change(wrong, right).what, change(wrong, right).better) == ("type", True)


@pytest.mark.parametrize(
    ("state", "by", "what"),
    [
        ("forbidden", "attribute", "forbidden"),
        ("hallucinated", "grounding", "unsupported"),
        ("hallucinated", "judge:contradicted", "contradicted"),
        ("extra_grounded", "grounding", "extra"),
        ("duplicate", "exact", "extra"),
    ],
)
def test_memories_that_gold_does_not_list(state: str, by: str, what: str) -> None:
    """One that comes is a harm of its sort, one that goes is as much better."""
    item = predicted(state, text="Something else.", forbidden_text="x")
    empty, full = dialogue(), dialogue((), (replace(item, decided_by=Decision(by=by)),))
    assert [(c.what, c.better) for c in changes((empty,), (full,))] == [(what, False)]
    assert [(c.what, c.better) for c in changes((full,), (empty,))] == [(what, True)]
    assert [(c.what, c.better) for c in changes((full,), (full,))] == [("kept", None)]


def test_an_invention_put_differently_is_one_memory() -> None:
    """Not one gone and one new."""
    before = dialogue((), (predicted("hallucinated", text="The user owns a red bicycle."),))
    after = dialogue((), (predicted("hallucinated", text="The user owns one red bicycle."),))
    assert [c.what for c in changes((before,), (after,))] == ["reworded"]


def test_a_forbidden_item_is_one_memory_in_whatever_words() -> None:
    """Leaked by both runs it is neither new nor gone."""
    before, after = (dialogue((), (predicted("forbidden", "x1", text=text),)) for text in ("PIN 4711", "Code: 4711."))
    assert [(c.what, c.better, c.gid) for c in changes((before,), (after,))] == [("reworded", None, "x1")]
    other = dialogue((), (predicted("forbidden", "x2", text="PIN 4711"),))
    assert sorted((c.what, c.better, c.gid) for c in changes((before,), (other,))) == [
        ("forbidden", False, "x2"),
        ("forbidden", True, "x1"),
    ]


def test_the_most_harmful_come_first() -> None:
    """Forbidden before contradicted, wrong values, wrong polarity, inventions and losses."""
    order = ("contradicted", "value_error", "polarity", "missed")
    before = dialogue(tuple(_named(FOUND.gold[0], name) for name in order), tuple(_said(name) for name in order))
    worse = [STATES[name] for name in order]
    after = dialogue(
        tuple(_named(each.gold[0], name) for name, each in zip(order, worse, strict=True)),
        (
            *(_said(name, each.predicted[0]) for name, each in zip(order, worse, strict=True) if each.predicted),
            predicted("forbidden", text="secret", index=90),
            predicted("hallucinated", text="made up", index=91),
        ),
    )
    assert [c.what for c in changes((before,), (after,))] == [
        *("forbidden", "contradicted", "value_error", "polarity", "unsupported", "lost")
    ]


def _named(item: GoldOutcome, name: str) -> GoldOutcome:
    place = ("contradicted", "value_error", "polarity", "missed").index(name)
    return replace(item, gid=name, partner=None if item.partner is None else place)


def _said(name: str, item: PredictedOutcome | None = None) -> PredictedOutcome:
    place = ("contradicted", "value_error", "polarity", "missed").index(name)
    return replace(item or FOUND.predicted[0], partner=name, index=place)


def test_repeats_tell_stable_from_flaky() -> None:
    """Lost in all three repeats is stable; lost in two of three is flaky; once each says nothing."""
    lost = STATES["missed"]
    assert change(FOUND, lost).stable is None
    assert changes((FOUND,) * 3, (lost,) * 3)[0].stable is True
    flaky = changes((FOUND,) * 3, (lost, FOUND, lost))[0]
    assert (flaky.what, flaky.stable) == ("lost", False)
    assert changes((FOUND,) * 3, (FOUND, FOUND, lost))[0].what == "kept"


def test_an_invention_of_one_repeat_in_three_is_no_change() -> None:
    """What most repeats do not say did not come."""
    full = dialogue((), (predicted("hallucinated", text="made up"),))
    assert changes((dialogue(),) * 3, (full, dialogue(), dialogue())) == ()
    assert changes((dialogue(),) * 3, (full, full, dialogue()))[0].stable is False
