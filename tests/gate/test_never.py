"""Never-events: one is enough, new ones alone where the policy says so, and how many dialogues showed none."""

from __future__ import annotations

from evals.gate.never import NeverWatch
from evals.gate.policy import NeverRule
from evals.results import DialogueOutcome
from tests.scoring.conftest import dialogue, predicted


def leaking(*fids: str, kind: str | None = "do_not_store", name: str = "d1") -> DialogueOutcome:
    """A dialogue out of which these forbidden items came."""
    items = (predicted("forbidden", fid, text=f"leak {fid}", forbidden_kind=kind) for fid in fids)
    return dialogue((), tuple(items), id=name)


def state(rule: NeverRule, candidate: DialogueOutcome, *base: DialogueOutcome) -> str:
    watch = NeverWatch({"rule": rule})
    watch.add((candidate,), base)
    return watch.findings()["rule"].state


def test_one_occurrence_fails() -> None:
    """And none passes, with the number of dialogues that showed none."""
    rule = NeverRule(event="forbidden", new_only=False)
    assert state(rule, leaking("x1")) == "FAIL"
    watch = NeverWatch({"rule": rule})
    for number in range(7):
        watch.add((dialogue(id=str(number)),))
    assert watch.findings()["rule"].reason == "no forbidden memories in 7 dialogues"


def test_only_new_ones_where_the_policy_says_so() -> None:
    """The same item from the same dialogue is old, another item of it is new."""
    rule = NeverRule(event="forbidden")
    assert state(rule, leaking("x1"), leaking("x1")) == "PASS"
    assert state(rule, leaking("x1", "x2"), leaking("x1")) == "FAIL"
    assert state(NeverRule(event="forbidden", new_only=False), leaking("x1"), leaking("x1")) == "FAIL"


def test_kinds_are_told_apart_and_an_unknown_kind_counts() -> None:
    """A run of an older version does not say which kind it was: better asked than let through."""
    rule = NeverRule(event="forbidden", kinds=["do_not_store"])
    assert state(rule, leaking("x1", kind="role_play")) == "PASS"
    assert state(rule, leaking("x1", kind="do_not_store")) == "FAIL"
    assert state(rule, leaking("x1", kind=None)) == "FAIL"


def test_an_event_over_repeats_is_one_event() -> None:
    """Three repeats that leak the same item are one occurrence; twenty are kept and all are counted."""
    watch = NeverWatch({"rule": NeverRule(event="forbidden")})
    watch.add((leaking("x1"), leaking("x1"), leaking("x1", "x2")))
    assert watch.findings()["rule"].value == 2
    for number in range(30):
        watch.add((leaking("x1", name=f"d{number}"),))
    assert watch.findings()["rule"].value == 32
    assert len(watch.events("rule")) == 20


def test_nothing_read_is_not_nothing_found() -> None:
    """No dialogue, no verdict."""
    assert NeverWatch({"rule": NeverRule(event="forbidden")}).findings()["rule"].state == "INCONCLUSIVE"
