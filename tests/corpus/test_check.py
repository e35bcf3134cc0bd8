"""A check counts everything, finds every fault, and warns of what is allowed but doubtful."""

from __future__ import annotations

from evals.corpus.check import check


def test_counts(dataset):
    """Kinds count items, the others dialogues; a faulty record is counted nowhere."""
    report = check(
        dataset(
            {"id": "a", "labels": ["noise"], "gold_facts": [{"memory_value": "x", "optional": True}]},
            {"id": "b", "cluster": "c", "gold_implicit_preferences": [{"preference": "p"}]},
            {"id": "c", "cluster": "c", "split": "test", "forbidden": [{"value": "v", "kind": "injected"}]},
            {"id": "d", "messages": []},
        )
    )
    assert not report.sound
    assert [(fault.line, fault.field) for fault in report.faults] == [(4, "messages")]
    assert (report.dialogues, report.messages, report.clusters, report.optional) == (3, 6, 2, 1)
    assert report.kinds == {"fact": 1, "forbidden": 1, "implicit_preference": 1}
    assert (report.languages, report.splits, report.labels) == ({"en": 3}, {"dev": 2, "test": 1}, {"noise": 1})


def test_warnings_point_at_the_item(dataset):
    """A slot not in the text, a quote not in the message, evidence that is not the user's, gold that cannot count."""
    doubtful = {
        "memory_value": "Lives in France",
        "slots": {"city": "Paris", "country": "FRANCE"},
        "evidence": [1],
        "evidence_text": "I live in Paris.",
    }
    report = check(dataset({"id": "a", "gold_facts": [doubtful], "annotated": {"facts": "none"}}))
    assert report.sound
    assert report.warning_total == 4
    assert [(warning.line, warning.field) for warning in report.warnings] == [
        (1, "f1.slots.city"),
        (1, "f1.evidence"),
        (1, "f1.evidence_text"),
        (1, "f1"),
    ]


def test_a_slot_may_stand_in_a_variant_and_a_quote_in_any_spacing(dataset):
    """Case, width and spaces are no reason for a warning."""
    fact = {
        "memory_value": "Lives in the French capital",
        "variants": ["Lives in Paris"],
        "slots": {"city": "PARIS"},
        "evidence": [0],
        "evidence_text": "i  live in Paris.",
    }
    assert check(dataset({"id": "a", "gold_facts": [fact]})).warnings == ()


def test_many_warnings_are_counted_and_the_first_kept(dataset):
    """A large imported set does not fill the memory with warnings."""
    facts = [{"memory_value": "x", "slots": {"a": "y"}}] * 250
    report = check(dataset({"id": "a", "gold_facts": facts}))
    assert (report.warning_total, len(report.warnings)) == (250, 200)
