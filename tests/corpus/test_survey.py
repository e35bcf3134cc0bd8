"""One pass tells what a run will hold: the selection in dataset order, its counts and its two hashes."""

from __future__ import annotations

import random

import pytest

from evals.corpus.hashes import in_hash
from evals.corpus.selection import Selection
from evals.corpus.source import dialogues
from evals.corpus.survey import selected, survey
from evals.errors import ConfigError, DataError
from evals.keys import key_of

RECORDS = (
    {"id": "a1", "cluster": "a", "labels": ["noise", "noise"], "gold_facts": [{"memory_value": "x"}] * 2},
    {"id": "a2", "cluster": "a", "split": "test", "forbidden": [{"value": "y", "kind": "injected"}]},
    {"id": "b", "language": "zh", "gold_explicit_preferences": [{"preference": "p"}]},
    {"id": "h", "split": "holdout"},
)


def test_counts_are_over_the_selected(dataset):
    """The holdout is read and validated, but neither selected nor counted."""
    found = survey(dataset(*RECORDS), Selection())
    assert (found.total, found.dialogues, found.clusters) == (4, 3, 2)
    assert found.selected is not None
    assert [name for name in ("a1", "a2", "b", "h") if key_of(name) in found.selected] == ["a1", "a2", "b"]
    assert found.languages == {"en": 2, "zh": 1}
    assert found.splits == {"dev": 2, "test": 1}
    assert found.kinds == {"explicit_preference": 1, "fact": 2, "forbidden": 1}
    assert found.labels == {"noise": 1}
    hashes = [in_hash(each) for each in dialogues(dataset(*RECORDS))]
    assert [each in found.in_hashes for each in hashes] == [True, True, True, False]


def test_selected_is_none_when_all_are(dataset):
    """No list of ids is kept for a whole dataset."""
    assert survey(dataset(*RECORDS[:3]), Selection()).selected is None


def test_selected_streams_in_dataset_order(dataset):
    """Ids in another order do not reorder the dataset."""
    source = dataset(*RECORDS)
    found = survey(source, Selection(ids=("b", "a1")))
    assert [dialogue.id for dialogue in selected(source, found)] == ["a1", "b"]


def test_observe_is_shown_every_dialogue(dataset):
    """What is learned about the dataset does not depend on the selection."""
    seen = []
    survey(dataset(*RECORDS), Selection(ids=("b",)), lambda dialogue: seen.append(dialogue.id))
    assert seen == ["a1", "a2", "b", "h"]


def test_limit_balances_languages(dataset):
    """Two of three with a limit of 2: one of each language."""
    assert survey(dataset(*RECORDS), Selection(limit=2)).languages == {"en": 1, "zh": 1}
    assert survey(dataset(*RECORDS), Selection(limit=99)).dialogues == 3


def test_hashes_ignore_order_and_tell_both_sides_apart(dataset):
    """Order changes nothing; a message changes `in_hash`; gold, split, labels or cluster change `gold_hash` alone."""
    records = [{"id": f"d{number}", "gold_facts": [{"memory_value": str(number)}]} for number in range(9)]
    base = survey(dataset(*records), Selection())
    random.Random(0).shuffle(records)
    turned = survey(dataset(*records), Selection())
    assert (turned.in_hash, turned.gold_hash) == (base.in_hash, base.gold_hash)
    said = survey(dataset({**records[0], "messages": [{"role": "user", "content": "no"}]}, *records[1:]), Selection())
    assert said.in_hash != base.in_hash
    for change in ({"gold_facts": []}, {"split": "test"}, {"labels": ["x"]}, {"cluster": "z"}):
        marked = survey(dataset({**records[0], **change}, *records[1:]), Selection())
        assert marked.in_hash == base.in_hash
        assert marked.gold_hash != base.gold_hash


def test_speaker_and_time_are_not_sent_and_not_hashed(dataset):
    """`in_hash` covers what an extractor can see."""
    plain = {"role": "user", "content": "hi"}
    one = survey(dataset({"id": "a", "messages": [plain]}), Selection())
    two = survey(dataset({"id": "a", "messages": [{**plain, "speaker": "Kay", "time": "2025-01-01"}]}), Selection())
    assert one.in_hash == two.in_hash


def test_unknown_ids_are_listed_up_to_five(dataset):
    """A long list of wrong ids stays readable."""
    with pytest.raises(ConfigError) as caught:
        survey(dataset(*RECORDS), Selection(ids=("a1", *(f"z{number}" for number in range(7)))))
    assert str(caught.value) == "dataset.ids: no such dialogues: z0, z1, z2, z3, z4 … (7 in all)"


def test_ids_outside_the_split_are_named(dataset):
    """A holdout id cannot slip in by name."""
    with pytest.raises(ConfigError, match=r"not in dataset\.split=all: h \(holdout\)"):
        survey(dataset(*RECORDS), Selection(ids=("a1", "h")))
    source = dataset(*RECORDS)
    found = survey(source, Selection(ids=("h",), split="holdout"))
    assert [each.id for each in selected(source, found)] == ["h"]


def test_a_selection_of_nothing_says_what_was_asked(dataset):
    """Nothing selected is the user's to put right, never an empty run."""
    with pytest.raises(ConfigError, match=r"empty \(dataset\.split=all, dataset\.where=language=ru\); 4 dialogues"):
        survey(dataset(*RECORDS), Selection(where="language=ru"))


def test_faults_come_before_the_selection(dataset):
    """A faulty record fails the survey even if it would not have been selected."""
    with pytest.raises(DataError, match=r"d\.jsonl:5"):
        survey(dataset(*RECORDS, {"id": "e", "split": "holdout", "foo": 1}), Selection(ids=("b",)))
