"""Which runs may be compared: what heals, what does not, and that the system measured may differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.compare.likeness import likeness
from tests.gate.test_obstacles import RUN

IDENTITY = {
    "in": "golden@9f3c",
    "gold": "11aa",
    "extractor": "cloud#1b7e(v1)",
    "match": "fuzzy#77d0",
    "judge": "none",
    "stat": "cluster-t",
    "evals": "0.1.0",
}
BASE = replace(RUN, identity=IDENTITY, config={"extraction_types": ["memory", "preference"]})


@pytest.mark.parametrize("field", ["gold", "match", "judge", "stat", "evals"])
def test_how_a_run_was_scored_heals(field: str) -> None:
    """The field stands there with both values; only another judge is judged apart."""
    found = likeness(BASE, replace(BASE, identity={**IDENTITY, field: "other"}))
    assert [str(each) for each in found.healed] == [f"{field}: {IDENTITY[field]} → other"]
    assert found.unlike == ()
    assert found.judged_apart is (field == "judge")


@pytest.mark.parametrize("field", ["in", "extractor"])
def test_the_system_and_the_dialogues_may_differ(field: str) -> None:
    """The one is the question, the other is settled dialogue by dialogue."""
    found = likeness(BASE, replace(BASE, identity={**IDENTITY, field: "other"}))
    assert (found.healed, found.unlike) == ((), ())


def test_what_was_asked_does_not_heal() -> None:
    """The order of the types does not matter, the types do; a field one run lacks is a difference."""
    swapped = replace(BASE, config={"extraction_types": ["preference", "memory"]})
    assert likeness(BASE, swapped).unlike == ()
    facts = replace(BASE, config={"extraction_types": ["memory"]})
    assert [each.field for each in likeness(BASE, facts).unlike] == ["extraction_types"]
    healed = likeness(BASE, replace(BASE, identity={})).healed
    assert {each.field for each in healed} == {"gold", "match", "judge", "stat", "evals"}
