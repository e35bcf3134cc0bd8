"""The audit of what rules decided: every stratum drawn from, a bounded sample, and bounds that hold the error found."""

from __future__ import annotations

from evals.commands.audit import PER_STRATUM, STRATA, Audit, audited, widened
from evals.matching.fuzzy import FuzzyMatcher
from evals.protocols import Judgement
from evals.results import DialogueOutcome, Score
from evals.types import Extraction, Fact, Gold, GoldFact


def outcome(number: int) -> DialogueOutcome:
    gold = (
        GoldFact(gid="f1", memory_value=f"The user keeps {number} goats on a hill."),
        GoldFact(gid="f2", memory_value=f"The user sings in choir number {number} on Mondays."),
        GoldFact(gid="f3", memory_value="The user's aunt mends nets in Bergen, and sells them to tourists in June."),
    )
    said = (
        f"The user keeps {number} goats on a hill.",
        f"The user sings in choir number {number + 1} on Mondays.",
        f"Quite another thing happened in {number} ways, zebra quilt.",
    )
    found = FuzzyMatcher().match(
        Gold(items=gold), Extraction(facts=tuple(Fact(memory_value=text) for text in said)), ()
    )
    return DialogueOutcome(
        id=str(number), cluster=str(number), language="en", split="dev", gold=found.gold, predicted=found.predicted
    )


def test_a_bounded_sample_of_every_stratum_that_does_not_depend_on_order() -> None:
    """The same cells whatever order the outcomes came in."""
    forth, back = Audit(), Audit()
    for number in range(100):
        forth.see(outcome(number))
        back.see(outcome(99 - number))
    assert forth.questions() == back.questions()
    drawn = [stratum for stratum, _ in forth.questions()]
    assert {stratum: drawn.count(stratum) for stratum in ("correct", "value_error", "floor")} == dict.fromkeys(
        ("correct", "value_error", "floor"), PER_STRATUM
    )


def test_errors_are_counted_by_stratum_and_widen_the_bounds() -> None:
    """One right decision in fifteen wrong: the lower bound falls by as much, the upper one stays."""
    audit = Audit()
    for number in range(100):
        audit.see(outcome(number))
    asked = audit.questions()
    labels = {"correct": "equivalent", "value_error": "contradiction", "floor": "unrelated"}
    said = [Judgement(label=labels[stratum]) for stratum, _ in asked]
    fine = audited(asked, said)
    assert all(fine[stratum]["wrong"] == 0 for stratum in STRATA)
    assert fine["partial"]["share"] is None
    score = Score(metric="precision", slice="all", value=0.6, bound_low=0.5, bound_high=0.7)
    assert widened([score], fine) == (score,)
    place = next(place for place, (stratum, _) in enumerate(asked) if stratum == "correct")
    said[place] = Judgement(label="contradiction")
    found = audited(asked, said)
    wider = widened([score], found)[0]
    assert found["correct"]["share"] == 1 / PER_STRATUM
    assert wider.bound_low == 0.5 * (1 - 1 / PER_STRATUM)
    assert wider.bound_high == 0.7
