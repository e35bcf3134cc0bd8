"""Corrections change exactly what they name; one that does not fit is a fault at its own line."""

from __future__ import annotations

import pytest

from evals.corpus.hashes import gold_hash, in_hash
from evals.corpus.source import dialogues
from evals.errors import DataError
from evals.types import Forbidden, GoldFact, GoldPreference

RECORD = {
    "id": "a",
    "gold_facts": [{"memory_value": "Lives in Paris", "evidence": [0]}, {"memory_value": "Has a cat"}],
    "gold_explicit_preferences": [{"preference": "Likes tea"}],
    "forbidden": [{"value": "Lives in Lyon", "kind": "unsupported", "conflicts_with": "f1"}],
}


@pytest.fixture
def corrected(dataset):
    """The gold of RECORD after some corrections."""
    return lambda *overlay: next(dialogues(dataset(RECORD, overlay=[{"id": "a", **line} for line in overlay]))).gold


@pytest.fixture
def faults(dataset):
    """(line, field, message) of the faults of some corrections of RECORD."""

    def of(*overlay):
        with pytest.raises(DataError) as caught:
            list(dialogues(dataset(RECORD, overlay=[{"id": "a", **line} for line in overlay])))
        assert {fault.path.name for fault in caught.value.faults} == {"overlay.jsonl"}
        return [(fault.line, fault.field, fault.message) for fault in caught.value.faults]

    return of


def test_drop_removes_an_item_and_what_pointed_to_it(corrected):
    """A near miss of the dropped item stays forbidden, but is a near miss of nothing."""
    gold = corrected({"gid": "f1", "action": "drop", "reason": "not said", "author": "kay"})
    assert [item.gid for item in gold.items] == ["f2", "e1"]
    assert gold.forbidden[0].conflicts_with is None


def test_drop_takes_forbidden_memories_too(corrected):
    """A fid works like a gid."""
    assert corrected({"gid": "x1", "action": "drop"}).forbidden == ()


def test_edit_replaces_the_text_or_fields(corrected):
    """A string is the new text; an object replaces the fields it names and no others."""
    gold = corrected(
        {"gid": "f1", "action": "edit", "value": "Lives in Paris, France"},
        {"gid": "f1", "action": "edit", "value": {"weight": 2.0, "slots": {"city": "Paris"}}},
        {"gid": "x1", "action": "edit", "value": "Lives in Lille"},
    )
    assert gold.items[0] == GoldFact(
        gid="f1", memory_value="Lives in Paris, France", evidence=(0,), weight=2.0, slots={"city": "Paris"}
    )
    assert gold.forbidden[0].value == "Lives in Lille"


def test_add_takes_any_kind_and_makes_an_unannotated_list_partial(corrected):
    """What is added is told by its fields, and counts."""
    gold = corrected(
        {"gid": "f3", "action": "add", "value": {"memory_value": "Has a dog"}},
        {"gid": "i1", "action": "add", "value": {"preference": "P", "preference_type": "implicit_preference"}},
        {"gid": "x2", "action": "add", "value": {"value": "Q", "kind": "injected"}},
    )
    assert gold.items[-2:] == (
        GoldFact(gid="f3", memory_value="Has a dog"),
        GoldPreference(gid="i1", preference="P", preference_type="implicit_preference"),
    )
    assert gold.forbidden[1] == Forbidden(fid="x2", value="Q", kind="injected")
    assert (gold.annotated.facts, gold.annotated.implicit_preferences) == ("complete", "partial")


def test_optional_and_variant(corrected):
    """Optional by default, taken back with false; variants add up."""
    gold = corrected(
        {"gid": "f1", "action": "optional"},
        {"gid": "f2", "action": "optional", "value": False},
        {"gid": "f2", "action": "variant", "value": "Owns a cat"},
        {"gid": "f2", "action": "variant", "value": "养了一只猫"},
    )
    assert [item.optional for item in gold.items] == [True, False, False]
    assert gold.items[1].variants == ("Owns a cat", "养了一只猫")


def test_a_correction_changes_gold_but_not_what_is_sent(dataset):
    """The two hashes say which side of the extraction changed."""
    plain = next(dialogues(dataset(RECORD)))
    fixed = next(dialogues(dataset(RECORD, overlay=[{"id": "a", "gid": "f1", "action": "drop"}])))
    assert in_hash(plain) == in_hash(fixed)
    assert gold_hash(plain) != gold_hash(fixed)


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ({"gid": "f9", "action": "drop"}, "gid", "no gold item of that name (value 'f9'); there is e1, f1, f2, x1"),
        ({"gid": "f1", "action": "add", "value": {"memory_value": "x"}}, "gid", "used already"),
        ({"gid": "f3", "action": "add", "value": "Has a dog"}, "value", "an object with memory_value"),
        ({"gid": "f3", "action": "add", "value": {"memory_valu": "x"}}, "value", "an object with memory_value"),
        (
            {"gid": "f3", "action": "add", "value": {"memory_value": "x", "evidence": [7]}},
            "value.evidence",
            "no such message (value 7)",
        ),
        ({"gid": "f1", "action": "edit"}, "value", "the new text"),
        ({"gid": "f1", "action": "edit", "value": ""}, "value.memory_value", "empty"),
        ({"gid": "f1", "action": "edit", "value": {"wieght": 2}}, "value.wieght", "did you mean 'weight'?"),
        ({"gid": "f1", "action": "edit", "value": {"gid": "f7"}}, "value.gid", "cannot be edited"),
        ({"gid": "f1", "action": "optional", "value": "yes"}, "value", "true or false"),
        ({"gid": "f1", "action": "optional", "value": 1}, "value", "true or false"),
        ({"gid": "x1", "action": "optional"}, "action", "does not fit a forbidden memory"),
        ({"gid": "f1", "action": "variant"}, "value", "another wording"),
        ({"gid": "f1", "action": "drop", "in_hash": "0" * 16}, "in_hash", "the dialogue has changed since"),
        ({"gid": "f1", "action": "delete"}, "action", "not a choice (value 'delete')"),
        ({"id": "b", "gid": "f1", "action": "drop"}, "id", "no such dialogue in the dataset (value 'b')"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_a_fault_of_the_overlay(faults, line, field, said):
    """File, line and field are those of the correction, beside a good one in line 1."""
    ((number, where, message),) = faults({"gid": "f2", "action": "optional"}, line)
    assert (number, where) == (2, field)
    assert said in message


def test_in_hash_that_fits_is_accepted(dataset, corrected):
    """The hash a survey prints is the one an overlay may hold."""
    sent = in_hash(next(dialogues(dataset(RECORD))))
    assert len(corrected({"gid": "f1", "action": "drop", "in_hash": sent}).items) == 2
