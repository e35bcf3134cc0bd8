"""A dataset of one or several files streams in order, and its order is checked across all of them."""

from __future__ import annotations

import gzip
import json

import pytest

from evals.corpus.source import Source, dialogues
from evals.errors import DataError

MESSAGES = [{"role": "user", "content": "hi"}]


def faults_of(source) -> list[str]:
    """The faults of a dataset without its folder."""
    with pytest.raises(DataError) as caught:
        list(dialogues(source))
    return [str(fault).replace(f"{source.paths[0].parent}/", "") for fault in caught.value.faults]


def test_files_and_folders_give_one_stream(tmp_path):
    """A folder is its *.jsonl and *.jsonl.gz by name; other files in it are left alone."""
    lines = {name: json.dumps({"id": name, "messages": MESSAGES}) for name in "abc"}
    (tmp_path / "b.jsonl").write_text(lines["b"])
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines["a"].encode()))
    (tmp_path / "card.json").write_text("{")
    beside = tmp_path / "more" / "c.jsonl"
    beside.parent.mkdir()
    beside.write_text(lines["c"])
    source = Source.at(tmp_path, beside)
    assert [dialogue.id for dialogue in dialogues(source)] == ["a", "b", "c"]
    assert Source.at(beside).name == "c"
    assert Source.at(beside, name="other").name == "other"


def test_an_empty_folder_says_what_it_wants(tmp_path):
    """A folder without any dataset file is a fault, not an empty dataset."""
    with pytest.raises(DataError, match=r"without \*\.jsonl files"):
        Source.at(tmp_path)


def test_an_id_may_stand_once(dataset):
    """The second line is the fault and names the first."""
    assert faults_of(dataset({"id": "a"}, {"id": "b"}, {"id": "a"})) == [
        "d.jsonl:3: id: used twice (value 'a'); it stands in line 1 already"
    ]


def test_records_of_a_cluster_stand_together(dataset):
    """A cluster that comes back is a fault naming where it was left."""
    source = dataset({"id": "a", "cluster": "c"}, {"id": "b", "cluster": "c"}, {"id": "x"}, {"id": "d", "cluster": "c"})
    assert faults_of(source) == [
        "d.jsonl:4: cluster: broken up (value 'c'); its records end in line 2, move this one there"
    ]


def test_order_is_checked_across_files(dataset):
    """An id in two files of one dataset is found, and its place named with the file."""
    one, two = dataset({"id": "a"}, name="one.jsonl"), dataset({"id": "b"}, {"id": "a"}, name="two.jsonl")
    assert faults_of(Source.at(*one.paths, *two.paths)) == [
        "two.jsonl:2: id: used twice (value 'a'); it stands in one.jsonl:1 already"
    ]


def test_shape_and_meaning_are_told_in_one_reading(dataset):
    """Faults of both sorts come together, and the good records are streamed before."""
    source = dataset({"id": 1}, {"id": "b", "gold_facts": [{"memory_value": ""}]}, {"id": "c"})
    seen = []
    with pytest.raises(DataError) as caught:
        seen.extend(dialogue.id for dialogue in dialogues(source))
    assert seen == ["c"]
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [
        (1, "id"),
        (2, "gold_facts[0].memory_value"),
    ]
