"""Every metric on a case small enough to count by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evals.results import DialogueOutcome
from evals.scoring.metrics import METRICS
from evals.types import Annotated

EXPLICIT, IMPLICIT = "explicit_preference", "implicit_preference"


@pytest.fixture(scope="module")
def everyday(make: SimpleNamespace) -> DialogueOutcome:
    """Nine predictions, seven gold items, every state once or twice.

    Facts: g1 found, g2 partial, g3 wrong value, g4 missed, o1 optional and missed, o2 optional and found.
    Preferences: e1 found as implicit, i1 partial.
    """
    gold, predicted = make.gold, make.predicted
    return make.dialogue(
        gold=(
            gold("g1", "found", memory_type="UserMemory", memory_key="Trip", tags=("a", "b"), links=(0,), covered=True),
            gold("g2", "partial", memory_type="UserMemory", tags=(), links=(1, 3), covered=True),
            gold("g3", "wrong_value", memory_type="UserMemory"),
            gold("g4", "missed"),
            gold("o1", "missed", optional=True),
            gold("o2", "found", optional=True, memory_type="LongTermMemory"),
            gold("e1", "found", EXPLICIT),
            gold("i1", "partial", IMPLICIT),
        ),
        predicted=(
            predicted("correct", "g1", memory_type="UserMemory", memory_key="TRIP", tags=("A", "c"), language="en"),
            predicted("partial", "g2", memory_type="LongTermMemory", tags=(), links=("g1", "g2"), language="en"),
            predicted("value_error", "g3", language="zh"),
            predicted("duplicate", "g1"),
            predicted("correct", "o2", memory_type="UserMemory"),
            predicted("extra_grounded"),
            predicted("hallucinated", list_leak=True),
            predicted("forbidden", "f1"),
            predicted("correct", "e1", IMPLICIT, polarity_agrees=True, reasoning_state="supported"),
            predicted("partial", "i1", IMPLICIT, polarity_agrees=False, reasoning_state="unsupported"),
        ),
        forbidden_listed=2,
    )


@pytest.mark.parametrize(
    ("slice", "metric", "value", "n"),
    [
        ("all", "precision", 3 / 10, 10),
        ("all", "recall", 3 / 7, 7),  # o1 counts nowhere
        ("all", "f1", 6 / 17, 17),
        ("all", "lenient_precision", 4 / 10, 10),
        ("all", "lenient_recall", 4 / 7, 7),
        ("all", "lenient_f1", 8 / 17, 17),
        ("all", "many_to_many_precision", 3 / 10, 10),
        ("all", "many_to_many_recall", 4 / 7, 7),  # g2 is covered by two partial ones
        ("all", "many_to_many_f1", 2 * 0.3 * (4 / 7) / (0.3 + 4 / 7), 17),
        ("all", "merge_rate", 1 / 10, 10),
        ("all", "split_rate", 1 / 8, 8),
        ("all", "hallucination_rate", 1 / 10, 10),
        ("all", "unsupported_rate", 3 / 10, 10),
        ("all", "value_error_rate", 1 / 10, 10),
        ("all", "over_extraction_rate", 1 / 10, 10),
        ("all", "duplicate_rate", 1 / 10, 10),
        ("all", "list_leak_rate", 1 / 10, 10),
        ("all", "memory_type_accuracy", 1 / 3, 3),
        ("all", "preference_type_accuracy", 1 / 2, 2),
        ("all", "typed_f1", 2 / 17, 17),  # o2 and e1 lose their credit on both sides: 1 / 10 and 1 / 7
        ("all", "polarity_accuracy", 1 / 2, 2),
        ("all", "tag_f1", 2 / 4, 4),
        ("all", "key_similarity", 1.0, 1),
        ("all", "forbidden_count", 1, 1),
        ("all", "forbidden_rate", 1.0, 1),
        ("all", "unwanted_rate", None, 0),
        ("all", "memories_per_dialogue", 10, 1),
        ("all", "gold_per_dialogue", 8, 1),
        ("all", "parse_ok_rate", 1.0, 1),
        ("all", "parse_repaired_count", 0, 1),
        ("all", "parse_truncated_count", 0, 1),
        ("all", "parse_failed_count", 0, 1),
        ("all", "contract_violation_rate", 0.0, 1),
        ("all", "error_rate", 0.0, 1),
        ("all", "cross_lingual_rate", 0.0, 18),
        ("all", "output_language_match_rate", 2 / 3, 3),
        ("all", "unjudged_rate", 0.0, 18),
        ("all", "macro_f1", 6 / 17, 1),
        ("all", "abstention_accuracy", None, 0),
        ("all", "reasoning_supported_rate", 1 / 2, 2),
        *(
            ("all", f"halumem_{name}", None, 0)
            for name in (
                *("recall", "weighted_recall", "target_precision", "accuracy", "false_memory_resistance", "f1"),
            )
        ),
        ("kind=fact", "precision", 2 / 8, 8),
        ("kind=fact", "recall", 2 / 5, 5),
        ("kind=fact", "typed_f1", 2 / 13, 13),  # 1 / 8 and 1 / 5
        (f"kind={EXPLICIT}", "precision", None, 0),
        (f"kind={EXPLICIT}", "recall", 1.0, 1),  # the cross-type match credits recall here …
        (f"kind={EXPLICIT}", "f1", 0.0, 1),
        (f"kind={IMPLICIT}", "precision", 1 / 2, 2),  # … and precision there
        (f"kind={IMPLICIT}", "recall", 0.0, 1),
        (f"kind={IMPLICIT}", "lenient_precision", 3 / 4, 2),
        (f"kind={IMPLICIT}", "preference_type_accuracy", 1 / 2, 2),
        (f"kind={IMPLICIT}", "forbidden_rate", 0.0, 1),
    ],
)
def test_value_and_denominator(
    make: SimpleNamespace, everyday: DialogueOutcome, slice: str, metric: str, value: float | None, n: float
) -> None:
    """Each metric is the fraction counted by hand."""
    score = make.scores(everyday)[metric, slice]
    assert score.value == pytest.approx(value)
    assert score.n == n


def test_every_metric_has_a_score_in_the_whole(make: SimpleNamespace, everyday: DialogueOutcome) -> None:
    """The `all` slice holds METRICS in their order, null ones too."""
    assert [name for name, part in make.scores(everyday) if part == "all"] == list(METRICS)


def test_metrics_appear_only_in_slices_they_have_a_meaning_in(make: SimpleNamespace, everyday: DialogueOutcome) -> None:
    """Errors belong to a whole answer, memory types to facts, preference types to preferences."""
    seen = set(make.scores(everyday))
    assert ("error_rate", "language=en") in seen
    assert ("error_rate", "kind=fact") not in seen
    assert ("memory_type_accuracy", "kind=fact") in seen
    assert ("memory_type_accuracy", f"kind={EXPLICIT}") not in seen
    assert ("preference_type_accuracy", f"kind={EXPLICIT},language=en") in seen
    assert ("preference_type_accuracy", "kind=fact") not in seen


def test_uncertain_type_accepts_either_known_type(make: SimpleNamespace) -> None:
    """With type_certain=False a cross-type match is right and keeps its typed credit; an unknown type is neither."""
    gold = (
        make.gold("e1", "found", EXPLICIT, type_certain=False),
        make.gold("e2", "found", EXPLICIT, type_certain=False),
    )
    items = (make.predicted("correct", "e1", IMPLICIT), make.predicted("correct", "e2", None))
    found = make.scores(make.dialogue(gold, items))
    assert found["preference_type_accuracy", "all"].value == 1 / 2
    assert found["f1", "all"].value == 1
    assert found["typed_f1", "all"].value == 1 / 2


def test_unchecked_memory_type_keeps_its_typed_credit(make: SimpleNamespace) -> None:
    """Where gold has no memory_type the predicted one is not judged; where it has, none at all is wrong."""
    gold = (make.gold("g1", "found"), make.gold("g2", "found", memory_type="UserMemory"))
    items = (make.predicted("correct", "g1", memory_type="LongTermMemory"), make.predicted("correct", "g2"))
    found = make.scores(make.dialogue(gold, items))
    assert found["typed_f1", "all"].value == 1 / 2
    assert (found["memory_type_accuracy", "all"].value, found["memory_type_accuracy", "all"].n) == (0, 1)


def test_unknown_preference_type_counts_in_the_whole_only(make: SimpleNamespace) -> None:
    """A prediction of kind None costs pooled precision and appears in no kind slice."""
    found = make.scores(make.dialogue((), (make.predicted("hallucinated", None, None),)))
    assert (found["precision", "all"].value, found["precision", "all"].n) == (0, 1)
    assert all(found["precision", f"kind={kind}"].n == 0 for kind in ("fact", EXPLICIT, IMPLICIT))


class TestUnjudged:
    """What is left out of the value, and what the bounds make of it."""

    def test_open_match_leaves_value_and_spans_the_bounds(self, make: SimpleNamespace) -> None:
        """One right pair and one open pair: 1/1, between 1/2 and 2/2."""
        gold = (make.gold("g1", "found"), make.gold("g2", "unjudged"), make.gold("g3"))
        items = (make.predicted("correct", "g1"), make.predicted("unjudged", "g2", question="match"))
        found = make.scores(make.dialogue(gold, items))
        summary = {m: (s.value, s.bound_low, s.bound_high, s.n) for (m, name), s in found.items() if name == "all"}
        assert summary["precision"] == (1, 1 / 2, 1, 1)
        assert summary["recall"] == (1 / 2, 1 / 3, 2 / 3, 2)
        assert summary["f1"] == pytest.approx((2 / 3, 2 / 5, 4 / 5, 3))
        assert summary["hallucination_rate"] == (0, 0, 1 / 2, 1)
        assert summary["value_error_rate"] == (0, 0, 1 / 2, 1)
        assert summary["duplicate_rate"] == (0, 0, 1 / 2, 1)
        assert summary["unjudged_rate"][0] == 2 / 5
        assert summary["macro_f1"] == pytest.approx((2 / 3, 2 / 5, 4 / 5, 1))

    def test_open_grounding_is_wrong_in_precision_and_unknown_in_support(self, make: SimpleNamespace) -> None:
        """Known not to match complete gold: in the denominator of precision, out of that of hallucination_rate."""
        items = (make.predicted("correct", "g1"), make.predicted("unjudged", question="grounding"))
        found = make.scores(make.dialogue((make.gold("g1", "found"),), items))
        summary = {m: (s.value, s.bound_low, s.bound_high, s.n) for (m, name), s in found.items() if name == "all"}
        assert summary["precision"] == (1 / 2, 1 / 2, 1 / 2, 2)
        assert summary["hallucination_rate"] == (0, 0, 1 / 2, 1)
        assert summary["unsupported_rate"] == (0, 0, 1 / 2, 1)
        assert summary["over_extraction_rate"] == (0, 0, 1 / 2, 1)
        assert summary["value_error_rate"] == (0, 0, 0, 2)
        assert summary["duplicate_rate"] == (0, 0, 0, 2)

    def test_cross_lingual_items_are_open_whatever_the_question(self, make: SimpleNamespace) -> None:
        """An item in another language than its gold is never missed and never wrong."""
        gold = (make.gold("g1", "unjudged", cross_lingual=True),)
        items = (make.predicted("unjudged", question="grounding", cross_lingual=True),)
        found = make.scores(make.dialogue(gold, items))
        for metric in ("precision", "recall", "f1"):
            score = found[metric, "all"]
            assert (score.value, score.bound_low, score.bound_high, score.n) == (None, 0, 1, 0)
            assert score.note == "all unjudged"
        assert found["cross_lingual_rate", "all"].value == 1

    def test_open_optional_gold_only_lifts_the_upper_bound(self, make: SimpleNamespace) -> None:
        """Were it right it would join both sides of recall; were it wrong, neither."""
        gold = (make.gold("g1", "found"), make.gold("g2"), make.gold("o1", "unjudged", optional=True))
        score = make.scores(make.dialogue(gold, ()))["recall", "all"]
        assert (score.value, score.bound_low, score.bound_high) == (1 / 2, 1 / 2, 2 / 3)

    def test_optional_gold_half_or_wrongly_matched_counts_nowhere(self, make: SimpleNamespace) -> None:
        """Trying and half succeeding must not cost more recall than not trying."""
        gold = (
            make.gold("g1", "found"),
            make.gold("o1", "partial", optional=True),
            make.gold("o2", "wrong_value", optional=True),
        )
        found = make.scores(make.dialogue(gold, ()))
        assert found["recall", "all"].value == found["lenient_recall", "all"].value == 1


class TestLegality:
    """Coverage of gold decides which metrics are defined."""

    def test_partial_gold_gives_recall_and_no_precision(self, make: SimpleNamespace) -> None:
        """AlpsBench-like gold: recall beside unsupported_rate, precision and F1 null."""
        annotated = Annotated(facts="partial", explicit_preferences="partial", implicit_preferences="partial")
        items = (make.predicted("correct", "g1"), make.predicted("hallucinated"))
        found = make.scores(make.dialogue((make.gold("g1", "found"),), items, annotated=annotated))
        assert found["recall", "all"].value == 1
        assert found["unsupported_rate", "all"].value == 1 / 2
        assert found["memories_per_dialogue", "all"].value == 2
        for metric in (
            "precision",
            "f1",
            "lenient_f1",
            "many_to_many_f1",
            "typed_f1",
            "macro_f1",
            "over_extraction_rate",
        ):
            score = found[metric, "all"]
            assert (score.value, score.n, score.bound_low, score.low) == (None, 0, None, None)
            assert "needs complete gold" in (score.note or "")

    def test_no_gold_still_gives_grounding_and_duplicates(self, make: SimpleNamespace) -> None:
        """`annotated: none` leaves what the dialogue itself can tell."""
        items = (make.predicted("hallucinated"), make.predicted("duplicate"))
        found = make.scores(make.dialogue((), items, annotated=Annotated()))
        assert found["hallucination_rate", "all"].value == 1 / 2
        assert found["duplicate_rate", "all"].value == 1 / 2
        assert found["recall", "all"].note == "needs annotated gold"
        assert found["value_error_rate", "all"].value is None
        assert found["gold_per_dialogue", "all"].value is None

    def test_precision_of_a_kind_needs_complete_gold_of_that_kind_alone(self, make: SimpleNamespace) -> None:
        """What was annotated of the other preference type changes nothing for this one; pooled needs all."""
        items = (make.predicted("extra_grounded", None, EXPLICIT),)
        one_sided = Annotated(facts="complete", explicit_preferences="complete")
        found = make.scores(make.dialogue((), items, annotated=one_sided))
        assert found["precision", f"kind={EXPLICIT}"].n == 1
        assert found["precision", "all"].n == 0
        both = Annotated(explicit_preferences="complete", implicit_preferences="partial")
        found = make.scores(make.dialogue((), items, annotated=both))
        assert found["precision", f"kind={EXPLICIT}"].n == 1
        assert found["precision", "all"].n == 0

    def test_f1_uses_the_complete_records_only(self, make: SimpleNamespace) -> None:
        """A partially annotated record adds to recall, and to neither side of F1."""
        complete = make.dialogue((make.gold("g1", "found"),), (make.predicted("correct", "g1"),))
        partial = make.dialogue((make.gold("g1"),), (), id="d2", annotated=Annotated(facts="partial"))
        found = make.scores(complete, partial)
        assert found["recall", "kind=fact"].value == 1 / 2
        assert (found["f1", "kind=fact"].value, found["f1", "kind=fact"].n) == (1, 2)

    def test_kinds_not_asked_for_are_null_and_count_nowhere(self, make: SimpleNamespace) -> None:
        """With facts alone asked for, preferences touch no number, and pooled precision needs complete facts only."""
        gold = (make.gold("g1", "found"), make.gold("e1", "missed", EXPLICIT))
        items = (
            make.predicted("correct", "g1"),
            make.predicted("hallucinated", None, IMPLICIT),
            make.predicted("invalid", None, None),
        )
        found = make.scores(make.dialogue(gold, items, asked=("memory",), annotated=Annotated(facts="complete")))
        assert found["f1", "all"].value == found["f1", "kind=fact"].value == 1
        for metric in ("f1", "recall", "hallucination_rate", "memories_per_dialogue"):
            score = found[metric, f"kind={EXPLICIT}"]
            assert (score.value, score.n, score.note) == (None, 0, "not asked")


class TestConduct:
    """Failures, parsing, contract, abstention and forbidden items over several dialogues."""

    def test_failure_misses_everything_and_is_no_abstention(self, make: SimpleNamespace) -> None:
        """A failed call lowers recall and F1, and neither abstains nor keeps forbidden items out."""
        failed = make.dialogue((make.gold("g1"),), (), id="d1", error="timeout", forbidden_listed=1)
        failed_empty = make.dialogue(id="d2", error="timeout")
        silent = make.dialogue(id="d3")
        found = make.scores(failed, failed_empty, silent)
        assert found["error_rate", "all"].value == 2 / 3
        assert (found["recall", "all"].value, found["f1", "all"].value) == (0, 0)
        assert found["abstention_accuracy", "all"].value == 1 / 2
        assert found["macro_f1", "all"].value == 1 / 3
        assert found["forbidden_rate", "all"].n == 0
        assert found["parse_ok_rate", "all"].n == 1  # two calls never replied

    def test_parse_status_counts(self, make: SimpleNamespace) -> None:
        """Every reply has one status; a reply that could not be read is a failure with a status."""
        statuses = ("ok", "ok", "repaired", "truncated", "failed")
        outcomes = [make.dialogue(id=str(i), parse_status=status) for i, status in enumerate(statuses)]
        found = make.scores(*outcomes, make.dialogue(id="x", parse_status="failed", error="unreadable"))
        assert found["parse_ok_rate", "all"].value == 2 / 6
        counts = [found[f"parse_{status}_count", "all"].value for status in ("repaired", "truncated", "failed")]
        assert counts == [1, 1, 2]

    def test_contract_violations_count_dialogues(self, make: SimpleNamespace) -> None:
        """Two violations in one answer are one dialogue."""
        found = make.scores(make.dialogue(contract_violations=("a", "b")), make.dialogue(id="d2"))
        assert found["contract_violation_rate", "all"].value == 1 / 2

    def test_abstention_is_judged_by_kind_too(self, make: SimpleNamespace) -> None:
        """A fact invented where there was none breaks abstention for facts, not for preferences."""
        found = make.scores(make.dialogue((), (make.predicted("hallucinated"),)))
        assert found["abstention_accuracy", "all"].value == 0
        assert found["abstention_accuracy", "kind=fact"].value == 0
        assert found["abstention_accuracy", f"kind={EXPLICIT}"].value == 1

    def test_forbidden_count_says_how_often_it_may_happen(self, make: SimpleNamespace) -> None:
        """The example of scoring.md: nothing in 300 dialogues is at most one in a hundred."""
        clean = [make.dialogue(id=str(i), forbidden_listed=1) for i in range(300)]
        score = make.scores(*clean, make.dialogue(id="x"))["forbidden_count", "all"]
        assert (score.value, score.n, score.low, score.note) == (0, 300, None, "0 of 300: at most 1.0 %")

    def test_forbidden_items_of_one_cluster_are_not_independent(self, make: SimpleNamespace) -> None:
        """The same 300 dialogues from 30 users allow a tenfold rate."""
        clean = [make.dialogue(id=str(i), cluster=str(i // 10), forbidden_listed=1) for i in range(300)]
        assert make.scores(*clean)["forbidden_count", "all"].note == "0 of 300 in 30 clusters: at most 9.5 %"

    def test_forbidden_count_counts_items_and_its_rate_dialogues(self, make: SimpleNamespace) -> None:
        """Two in one dialogue are two items and one dialogue."""
        bad = make.dialogue(
            (), (make.predicted("forbidden", "f1"), make.predicted("forbidden", "f2")), forbidden_listed=3
        )
        found = make.scores(bad, make.dialogue(id="d2", forbidden_listed=1), make.dialogue(id="d3"))
        assert (found["forbidden_count", "all"].value, found["forbidden_rate", "all"].value) == (2, 1 / 2)

    def test_what_is_not_strictly_forbidden_is_a_rate_and_no_error(self, make: SimpleNamespace) -> None:
        """It counts over the dialogues that list such items, and in no other fault."""
        said = make.predicted("extra_grounded", unwanted="x1")
        found = make.scores(
            make.dialogue((), (said, said), unwanted_listed=1),
            make.dialogue(id="d2", unwanted_listed=2),
            make.dialogue(id="d3", forbidden_listed=1),
            make.dialogue(id="d4", unwanted_listed=1, error="timeout"),
        )
        rate = found["unwanted_rate", "all"]
        assert (rate.value, rate.n) == (1 / 2, 2)
        assert (found["forbidden_count", "all"].value, found["forbidden_count", "all"].n) == (0, 1)
        assert found["unsupported_rate", "all"].value == 0

    def test_mixed_dialogues_accept_both_languages(self, make: SimpleNamespace) -> None:
        """Items of unknown language are left out."""
        items = tuple(make.predicted("correct", language=language) for language in ("en", "zh", None))
        assert make.scores(make.dialogue((), items, language="mixed"))["output_language_match_rate", "all"].value == 1
        score = make.scores(make.dialogue((), items, language="zh"))["output_language_match_rate", "all"]
        assert (score.value, score.n) == (1 / 2, 2)


def test_nothing_predicted_at_all_has_f1_zero(make: SimpleNamespace) -> None:
    """An extractor that finds nothing is worth 0, not null; its precision is null."""
    found = make.scores(make.dialogue((make.gold("g1"),), ()))
    assert (found["precision", "all"].value, found["recall", "all"].value, found["f1", "all"].value) == (None, 0, 0)


def test_empty_against_empty_is_null(make: SimpleNamespace) -> None:
    """Nothing to find and nothing predicted defines no precision, recall or F1; macro F1 counts it 1."""
    found = make.scores(make.dialogue())
    for metric in ("precision", "recall", "f1", "lenient_f1", "many_to_many_f1", "typed_f1"):
        assert (found[metric, "all"].value, found[metric, "all"].n) == (None, 0)
    assert found["macro_f1", "all"].value == 1
    assert "both empty counts 1" in (found["macro_f1", "all"].note or "")
