"""The two sides made ready: orders of their own, kinds, faults, nearness by the nearest wording, remembered golds."""

from __future__ import annotations

import pytest

from evals.matching.manifest import default_manifest
from evals.matching.sides import GoldSide, Prepared, kind_of, predicted_entries
from evals.text.features import features
from evals.types import Extraction, Fact, Forbidden, Gold, GoldFact, GoldPreference, Preference

MANIFEST = default_manifest()


@pytest.mark.parametrize(
    ("item", "kind", "fault"),
    [
        (Fact(memory_value="x"), "fact", None),
        (Fact(memory_value="猫"), "fact", None),
        (Fact(memory_value="7"), "fact", None),
        (Fact(memory_value=None), "fact", "empty"),
        (Fact(memory_value=" \t\n"), "fact", "empty"),
        (Fact(memory_value="😀"), "fact", "empty"),
        (Fact(memory_value="…!?。"), "fact", "empty"),
        (Preference(preference="x", preference_type="explicit_preference"), "explicit_preference", None),
        (Preference(preference="x", preference_type="implicit_preference"), "implicit_preference", None),
        (Preference(preference="x", preference_type="fact"), None, "unknown_type"),
        (Preference(preference="x", preference_type=None), None, "unknown_type"),
        (Preference(preference="", preference_type="Explicit_Preference"), None, "unknown_type"),
        (Preference(preference="", preference_type="explicit_preference"), "explicit_preference", "empty"),
    ],
)
def test_kinds_and_faults(item: Fact | Preference, kind: str | None, fault: str | None) -> None:
    """Nothing to read and a type the API does not know can never match."""
    is_fact = isinstance(item, Fact)
    extraction = Extraction(facts=(item,)) if is_fact else Extraction(preferences=(item,))
    (entry,) = predicted_entries(extraction, MANIFEST)
    assert (kind_of(item), entry.kind, entry.fault) == (kind, kind, fault)
    assert entry.pool == ("fact" if is_fact else "preference")


def test_predictions_are_numbered_as_they_came_and_ordered_by_text() -> None:
    """Facts first, then preferences; the order of the list decides between equals only."""
    extraction = Extraction(
        facts=(Fact(memory_value="b"), Fact(memory_value="A", memory_key="z"), Fact(memory_value="A", memory_key="k")),
        preferences=(Preference(preference="aa", preference_type="explicit_preference"),),
    )
    entries = predicted_entries(extraction, MANIFEST)
    assert [(entry.text.text, entry.index) for entry in entries] == [("A", 2), ("A", 1), ("aa", 3), ("b", 0)]


def test_gold_is_ordered_by_canonical_text() -> None:
    """The order of annotation and the ids do not decide."""
    items = tuple(GoldFact(gid=gid, memory_value=text) for gid, text in (("f1", "b"), ("f3", "A"), ("f2", "a")))
    for order in (items, items[::-1]):
        side = GoldSide(Gold(items=order), MANIFEST)
        assert [entry.item.gid for entry in side.pools["fact"]] == ["f3", "f2", "f1"]


GOLD = Gold(
    items=(
        GoldFact(
            gid="f1", memory_value="The user keeps two cats.", variants=("用户养了两只猫。", "Owns a pair of cats")
        ),
        GoldFact(gid="f2", memory_value="The user sings in a choir."),
        GoldPreference(gid="e1", preference="The user likes cats.", preference_type="explicit_preference"),
    ),
    forbidden=(Forbidden(fid="x1", value="The user keeps dogs.", kind="third_party"),),
)


@pytest.mark.parametrize(
    ("text", "wording"), [("The user keeps two cats.", 0), ("用户养了两只猫。", 1), ("owns a pair of cats", 2)]
)
def test_nearness_is_that_of_the_nearest_wording(text: str, wording: int) -> None:
    """One number an entry, and which of its wordings it holds for; every pool and every forbidden item has one."""
    side = GoldSide(GOLD, MANIFEST)
    near = side.near(features(text, MANIFEST.idf))
    assert near.pools["fact"][0] == (1.0, wording)
    assert near.pools["fact"][1].similarity < 0.5
    assert len(near.pools["preference"]) == len(near.forbidden) == 1
    assert side.near(features(text, MANIFEST.idf)) is near


def test_languages_are_those_of_all_wordings() -> None:
    """A variant in the other language makes an item bilingual."""
    first, second = GoldSide(GOLD, MANIFEST).pools["fact"]
    assert first.languages == {"en", "zh"}
    assert second.languages == {"en"}


def test_what_is_remembered_is_bounded_and_by_identity() -> None:
    """An equal gold is read anew, the very same one is not; another manifest reads it anew."""
    made: list[str] = []
    prepared: Prepared[Gold, str] = Prepared(lambda gold, manifest: made.append("x") or f"side {len(made)}")
    golds = [Gold(items=(GoldFact(gid=f"f{number}", memory_value="x"),)) for number in range(100)]
    assert prepared.of(golds[0], MANIFEST) == prepared.of(golds[0], MANIFEST) == "side 1"
    assert prepared.of(golds[0], default_manifest(floor=0.5)) == "side 2"
    for gold in golds:
        prepared.of(gold, MANIFEST)
    assert len(prepared._kept) == 64
    assert prepared.of(golds[99], MANIFEST) == f"side {len(made)}"
