"""What a set should keep to: findings that name record, item and value, and tables of what it is made of."""

from __future__ import annotations

import pytest

from evals.corpus.check import check
from evals.corpus.composition import Composition, length_name
from evals.corpus.quality import KEPT, Quality
from evals.types import Dialogue, Message

LONG = "I moved to Lyon in May because my sister opened a bakery there."


def seen(source, *, categories=None):
    """The quality of a dataset."""
    quality = Quality()
    check(source, quality.see)
    quality.finish(categories=categories)
    return quality


def test_a_slot_that_was_not_said(dataset):
    """Path, line, record, item, slot and value stand in the finding."""
    fact = {"memory_value": "Lives in Rome", "slots": {"city": "Rome", "verb": "live"}, "evidence": [0]}
    source = dataset({"id": "a", "gold_facts": [fact]})
    quality = seen(source)
    assert quality.findings == [
        f"{source.paths[0]}:1: a: f1.slots.city: does not occur in its evidence, message 0 (value 'Rome')"
    ]
    assert quality.total == 1


def test_a_date_told_from_the_context(dataset, talk):
    """`context.now` lets a date be derived."""
    fact = {"memory_value": "Leaves on 13 March 2026", "slots": {"date": "13 March 2026"}, "evidence": [0]}
    record = {"id": "a", "messages": talk("I leave next Friday."), "gold_facts": [fact]}
    assert seen(dataset(record)).total == 1
    assert seen(dataset({**record, "context": {"now": "2026-03-05T09:30:00"}})).total == 0


def test_dialogues_that_say_the_same(dataset, talk):
    """A shared sentence and a near-duplicate are two findings; what the assistant says does not count."""
    quality = seen(
        dataset(
            {"id": "a", "messages": talk(LONG, LONG.replace("Lyon", "Rome"))},
            {"id": "b", "messages": talk("Hello.", LONG)},
            {"id": "c", "messages": talk(f"Well. {LONG}")},
        )
    )
    assert [finding.split(": ", 1)[1] for finding in quality.findings] == [
        f"c: shares a user sentence with a: {LONG!r}",
        "c: nearly the same user text as a (likeness 0.92)",
    ]


def test_findings_are_counted_and_the_first_kept(dataset):
    """A large imported set does not fill the memory with findings."""
    facts = [{"memory_value": "x", "slots": {"a": "y"}}] * (KEPT + 50)
    quality = seen(dataset({"id": "a", "gold_facts": facts}))
    assert (quality.total, len(quality.findings)) == (KEPT + 50, KEPT)


def test_thin_categories(dataset, talk):
    """Every label needs so many dialogues in each language, but for those that only one has, and near_limit."""
    records = [{"id": f"e{n}", "language": "en", "labels": ["work", "near_limit"]} for n in range(2)]
    records += [{"id": f"z{n}", "language": "zh", "labels": ["work", "traditional"]} for n in range(3)]
    records += [{"id": "m", "language": "mixed", "labels": ["mixed_language", "work"]}]
    for record in records:
        record["messages"] = talk(record["id"])
    quality = seen(dataset(*records), categories=3)
    assert quality.findings == [
        "label 'mixed_language': 1 dialogues in mixed, 3 wanted",
        "label 'work': 2 dialogues in en, 3 wanted",
    ]
    assert seen(dataset(*records)).total == 0


@pytest.mark.parametrize(
    ("messages", "name"), [(1, "1"), (2, "2–6"), (6, "2–6"), (7, "7–12"), (13, "13–24"), (24, "13–24"), (25, "25+")]
)
def test_bands_of_length(messages, name):
    """1, 2–6, 7–12, 13–24, 25+."""
    assert length_name(messages) == name


def test_tables(dataset, talk):
    """The whole of the three tables of a small set."""
    quality = seen(
        dataset(
            {"id": "a", "language": "en", "labels": ["work"], "gold_facts": [{"memory_value": "x", "optional": True}]},
            {"id": "b", "language": "en", "split": "test", "messages": talk(*"abcdefg")},
            {"id": "c", "language": "zh", "messages": talk("a"), "forbidden": [{"value": "v", "kind": "injected"}]},
        )
    )
    classes, lengths, labels = quality.composition.tables()
    assert classes.header[:5] == ("language", "split", "dialogues", "empty", "messages")
    assert classes.rows == (
        ("en", "dev", 1, 0, 2, 1, 0, 0, 1, 0),
        ("en", "test", 1, 1, 7, 0, 0, 0, 0, 0),
        ("zh", "dev", 1, 1, 1, 0, 0, 0, 0, 1),
        ("all", "", 3, 2, 10, 1, 0, 0, 1, 1),
    )
    assert lengths.header == ("messages", "en", "zh", "all")
    assert lengths.rows == (("1", 0, 1, 1), ("2–6", 1, 0, 1), ("7–12", 1, 0, 1), ("13–24", 0, 0, 0), ("25+", 0, 0, 0))
    assert labels.rows == (("work", 1, 0, 1),)


def test_an_empty_composition_has_tables():
    """A dataset without one sound record breaks nothing."""
    assert [table.rows for table in Composition().tables()][2] == ()
    made = Composition()
    made.add(Dialogue(id="a", cluster="a", language="en", messages=(Message(role="user", content="x"),)))
    assert made.by_label().rows == ()
