"""Laws that hold for every outcome a matcher may return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.results import DialogueOutcome, Score
from evals.types import KINDS, Annotated, Decision, GoldOutcome, PredictedOutcome

EXAMPLES = 30  # every one scores a whole board, some 10 ms
DECISION = Decision(by="exact")
COMPLETE = Annotated(
    facts="complete", explicit_preferences="complete", implicit_preferences="complete", forbidden="complete"
)
PAIRED = {"correct": "found", "partial": "partial", "value_error": "wrong_value", "unjudged": "unjudged"}
ALONE = ("duplicate", "extra_grounded", "hallucinated", "forbidden", "invalid", "unjudged", "partial")

kinds = st.sampled_from(KINDS)
coverage = st.sampled_from(("complete", "partial", "none"))
always_complete = st.just(COMPLETE)


@st.composite
def outcomes(draw: st.DrawFn, *, annotated: st.SearchStrategy[Annotated] = always_complete) -> DialogueOutcome:
    """A consistent outcome: pairs with matching states, missed gold, and predictions that stand alone."""
    gold: list[GoldOutcome] = []
    predicted: list[PredictedOutcome] = []
    for state in draw(st.lists(st.sampled_from([*PAIRED, None]), max_size=6)):  # None: missed
        kind, optional = draw(kinds), draw(st.booleans())
        partner = None
        if state is not None:
            partner = len(predicted)
            other = kind if kind == "fact" else draw(st.sampled_from([*KINDS[1:], None]))
            predicted.append(item(partner, state, other, f"g{len(gold)}", draw(st.booleans())))
        settled = PAIRED[state] if state is not None else "missed"
        gold.append(
            GoldOutcome(
                gid=f"g{len(gold)}",
                kind=kind,
                text="x",
                state=settled,  # type: ignore[arg-type]
                decided_by=DECISION,
                partner=partner,
                optional=optional,
                covered=draw(st.booleans()),
                type_certain=draw(st.booleans()),
            )
        )
    for state in draw(st.lists(st.sampled_from(ALONE), max_size=4)):
        question = "grounding" if state == "unjudged" else None
        predicted.append(item(len(predicted), state, draw(st.sampled_from([*KINDS, None])), None, False, question))
    return DialogueOutcome(
        id=draw(st.sampled_from("abcdef")),
        cluster="c",
        language=draw(st.sampled_from(("en", "zh"))),
        split="dev",
        annotated=draw(annotated),
        gold=tuple(gold),
        predicted=tuple(predicted),
        error=None,
        forbidden_listed=draw(st.integers(0, 2)),
    )


def item(
    index: int, state: str, kind: str | None, partner: str | None, covered: bool, question: str | None = "match"
) -> PredictedOutcome:
    """One predicted item."""
    return PredictedOutcome(
        index=index,
        kind=kind,  # type: ignore[arg-type]
        text="x",
        state=state,  # type: ignore[arg-type]
        decided_by=DECISION,
        partner=partner,
        question=question if state == "unjudged" else None,  # type: ignore[arg-type]
        covered=covered,
    )


any_annotation = st.builds(
    Annotated, facts=coverage, explicit_preferences=coverage, implicit_preferences=coverage, forbidden=coverage
)


def spread(dialogues: Sequence[DialogueOutcome]) -> list[DialogueOutcome]:
    """The dialogues under names of their own, each its own cluster."""
    return [replace(outcome, id=str(i), cluster=str(i)) for i, outcome in enumerate(dialogues)]


def known(score: Score) -> float:
    """The value, an undefined one as 0."""
    return score.value or 0.0


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(outcomes(annotated=any_annotation), min_size=1, max_size=4))
def test_values_lie_within_bounds_intervals_and_range(make: SimpleNamespace, dialogues: list[DialogueOutcome]) -> None:
    """bound_low ≤ value ≤ bound_high, low ≤ value ≤ high, rates in [0, 1], and null exactly where n is 0."""
    for score in make.scores(*spread(dialogues)).values():
        assert (score.value is None) == (score.n == 0)
        assert (score.low is None) == (score.high is None)
        if score.value is None:
            assert score.low is None
            continue
        assert score.bound_low <= score.value <= score.bound_high
        assert score.low is None or score.low <= score.value <= score.high
        if score.metric.endswith(("precision", "recall", "f1", "rate", "accuracy", "similarity")):
            assert 0 <= score.bound_low <= score.bound_high <= 1


@settings(max_examples=EXAMPLES, deadline=None)
@given(outcomes())
def test_settling_open_items_stays_within_the_bounds(make: SimpleNamespace, outcome: DialogueOutcome) -> None:
    """Whether all open pairs turn out right or wrong, precision, recall and F1 end between the bounds."""
    before = make.scores(outcome)

    def settle(right: bool) -> DialogueOutcome:
        states = {"unjudged": "found" if right else "missed"}
        gold = tuple(replace(g, state=states.get(g.state, g.state)) for g in outcome.gold)
        predicted = tuple(
            replace(p, state=("correct" if right else "hallucinated"), question=None)
            if p.state == "unjudged" and p.question == "match"
            else p
            for p in outcome.predicted
        )
        return replace(outcome, gold=gold, predicted=predicted)

    for right in (False, True):
        after = make.scores(settle(right))
        for metric in ("precision", "recall", "f1"):
            for part in ("all", *(f"kind={kind}" for kind in KINDS)):
                score, settled = before[metric, part], after[metric, part]
                if score.bound_low is not None and settled.value is not None:
                    assert score.bound_low - 1e-12 <= settled.value <= score.bound_high + 1e-12


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.tuples(kinds, st.booleans()), max_size=6))
def test_gold_against_itself_is_one(make: SimpleNamespace, items: list[tuple[str, bool]]) -> None:
    """Where everything is found, every matching metric with a denominator is 1 in every slice, null elsewhere."""
    gold = tuple(make.gold(f"g{i}", "found", kind, optional=optional) for i, (kind, optional) in enumerate(items))
    predicted = tuple(make.predicted("correct", f"g{i}", kind) for i, (kind, _) in enumerate(items))
    for (metric, _), score in make.scores(make.dialogue(gold, predicted)).items():
        if metric.endswith(("precision", "recall", "f1")):
            assert score.value == (1 if score.n else None)


@settings(max_examples=EXAMPLES, deadline=None)
@given(outcomes(), st.sampled_from(("hallucinated", "extra_grounded", "forbidden", "invalid")), kinds)
def test_a_wrong_prediction_lowers_precision(
    make: SimpleNamespace, outcome: DialogueOutcome, state: str, kind: str
) -> None:
    """An invention never raises strict precision or F1, and lowers any precision above 0."""
    worse = replace(outcome, predicted=(*outcome.predicted, item(99, state, kind, None, False)))
    before, after = make.scores(outcome), make.scores(worse)
    for part in ("all", f"kind={kind}"):
        for metric in ("precision", "f1", "typed_f1", "lenient_f1", "many_to_many_f1", "macro_f1"):
            if before[metric, part].n:
                assert known(after[metric, part]) <= known(before[metric, part])
        if known(before["precision", part]) > 0:
            assert known(after["precision", part]) < known(before["precision", part])


@settings(max_examples=EXAMPLES, deadline=None)
@given(outcomes(), kinds)
def test_a_duplicate_never_raises_f1(make: SimpleNamespace, outcome: DialogueOutcome, kind: str) -> None:
    """Saying a thing twice costs precision once and gains nothing."""
    twice = replace(outcome, predicted=(*outcome.predicted, item(99, "duplicate", kind, "g0", False)))
    before, after = make.scores(outcome), make.scores(twice)
    for part in ("all", f"kind={kind}"):
        assert known(after["f1", part]) <= known(before["f1", part])
        assert known(after["recall", part]) == known(before["recall", part])


@settings(max_examples=EXAMPLES, deadline=None)
@given(outcomes(), kinds)
def test_a_missed_gold_item_never_raises_recall(make: SimpleNamespace, outcome: DialogueOutcome, kind: str) -> None:
    """A required one may lower it; an optional one changes nothing."""
    before = make.scores(outcome)
    for optional in (False, True):
        more = replace(outcome, gold=(*outcome.gold, make.gold("extra", "missed", kind, optional=optional)))
        after = make.scores(more)
        assert known(after["recall", "all"]) <= known(before["recall", "all"])
        if optional:
            assert after["f1", "all"] == before["f1", "all"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(kinds, max_size=5), st.lists(kinds, max_size=5), st.lists(kinds, max_size=5))
def test_swapping_the_sides_swaps_precision_and_recall(
    make: SimpleNamespace, matched: list[str], missed: list[str], invented: list[str]
) -> None:
    """What is missed from one side is extra from the other; F1 does not care."""

    def one_way(missed: list[str], invented: list[str]) -> dict[tuple[str, str], Score]:
        gold = [make.gold(f"g{i}", "found", kind) for i, kind in enumerate(matched)]
        gold += [make.gold(f"m{i}", "missed", kind) for i, kind in enumerate(missed)]
        predicted = [make.predicted("correct", f"g{i}", kind) for i, kind in enumerate(matched)]
        predicted += [make.predicted("extra_grounded", None, kind) for kind in invented]
        return make.scores(make.dialogue(tuple(gold), tuple(predicted)))

    forth, back = one_way(missed, invented), one_way(invented, missed)
    for part in ("all", *(f"kind={kind}" for kind in KINDS)):
        assert forth["precision", part].value == back["recall", part].value
        assert forth["recall", part].value == back["precision", part].value
        assert forth["f1", part].value == pytest.approx(back["f1", part].value)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(outcomes(annotated=any_annotation), min_size=1, max_size=6))
def test_order_of_items_and_clusters_changes_nothing(make: SimpleNamespace, dialogues: list[DialogueOutcome]) -> None:
    """Lists permuted inside a dialogue, and clusters permuted in the stream."""
    straight = spread(dialogues)
    shuffled = [
        replace(o, gold=tuple(reversed(o.gold)), predicted=tuple(reversed(o.predicted))) for o in reversed(straight)
    ]
    before, after = make.scores(*straight), make.scores(*shuffled)
    assert list(before) == list(after)
    for key, score in before.items():
        assert asdict(score) == pytest.approx(asdict(after[key]), abs=1e-9)
