"""Probes of the bundled gold: every kind in both languages, and what matchers make of them."""

from __future__ import annotations

import pytest

from evals import resources
from evals.calibration.pairs import Pair, answered
from evals.calibration.probes import probes
from evals.calibration.tally import Cell, merged, tally
from evals.corpus.source import Source, dialogues
from evals.matching.exact import ExactMatcher
from evals.matching.fuzzy import FuzzyMatcher
from evals.matching.manifest import ManifestBuilder
from evals.protocols import Matcher

VALUES = frozenset(kind + more for kind in ("number", "date", "time", "unit", "money") for more in ("", " reworded"))


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    folder = resources.datasets_dir() / "golden"
    return list(probes(dialogues(Source(name="golden", paths=(folder / "en.jsonl", folder / "zh.jsonl")))))


@pytest.fixture(scope="module")
def builder() -> ManifestBuilder:
    folder = resources.datasets_dir() / "golden"
    made = ManifestBuilder()
    for dialogue in dialogues(Source(name="golden", paths=(folder / "en.jsonl", folder / "zh.jsonl"))):
        made.observe(dialogue)
    return made


def cells(pairs: list[Pair], matcher: Matcher) -> tuple[Cell, ...]:
    return tally(answered(matcher, pair) for pair in pairs)


def test_every_kind_occurs_in_both_languages(pairs: list[Pair]) -> None:
    """The kinds the issue of trust is about: values, names, places, negation, attitude, speaker, plan against deed."""
    found = {(pair.kind, pair.lang) for pair in pairs if pair.label == "no"}
    kinds = ("number", "date", "time", "unit", "name", "place", "negation", "attitude", "speaker", "plan_done")
    assert {(kind, lang) for kind in kinds for lang in ("en", "zh")} <= found


def test_no_probe_is_its_own_gold(pairs: list[Pair]) -> None:
    """An edit that changes nothing is no probe."""
    assert all(pair.a != pair.b for pair in pairs)


def test_number_date_and_unit_contradictions_are_caught(pairs: list[Pair], builder: ManifestBuilder) -> None:
    """At least 99 of 100 are not called right, and at most one in 100 of their rewordings is called wrong."""
    table = cells(pairs, FuzzyMatcher().calibrated(builder.freeze))
    for lang in ("en", "zh"):
        twins = merged(table, label="no", kinds=VALUES, lang=lang)
        assert twins.n > 100
        assert twins.answers["match"] + twins.answers["partial"] <= 0.01 * twins.n
        formats = frozenset(cell.kind for cell in table if cell.label == "match" and cell.kind != "variant")
        rewordings = merged(table, label="match", kinds=formats, lang=lang)
        assert rewordings.n > 300
        assert rewordings.answers["no"] + rewordings.answers["partial"] <= 0.01 * rewordings.n


def test_a_matcher_that_knows_only_equal_texts_rejects_variants(pairs: list[Pair], builder: ManifestBuilder) -> None:
    """The table is able to show a bad matcher as one."""
    table = cells(pairs, ExactMatcher().calibrated(builder.freeze))
    variants = merged(table, label="match", kinds=frozenset({"variant"}))
    assert variants.false_rejects == variants.n
