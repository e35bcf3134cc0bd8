"""The file a reviewer writes: durable, resumable, and an overlay that applies."""

from __future__ import annotations

import json

import pytest

from evals.corpus.disputes import DisputeFile, ItemKey, Reviewed, added_name, added_value
from evals.corpus.overlay import Correction
from evals.corpus.source import dialogues
from evals.errors import DataError, UsageError

KEY = ItemKey("a", "0" * 16, "f1", "The user lives in Rome.")


def lines(path):
    """The lines of a JSONL file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_decisions_are_written_at_once_and_found_again(tmp_path):
    """Each is in the file before the next; a second sitting knows them, and files never written to are not left."""
    path = tmp_path / "new" / "disputes.jsonl"
    with DisputeFile(path) as file:
        assert not file.is_settled(KEY)
        file.dispute(Correction(id="a", gid="f1", action="drop", reason="not said"))
        assert lines(path) == [{"id": "a", "gid": "f1", "action": "drop", "reason": "not said"}]
        file.settle(Reviewed(id="a", predicted="x", verdict="keep"))
        assert lines(file.log_path) == [{"id": "a", "predicted": "x", "verdict": "keep"}]
    with DisputeFile(path) as file:
        assert file.is_settled(KEY)
        assert file.is_settled(ItemKey("a", None, None, "x"))
        assert not file.is_settled(ItemKey("a", "1" * 16, None, "x"))  # the dialogue has changed since
        assert not file.is_settled(ItemKey("b", None, "f1", None))
        assert file.mended == []
    with DisputeFile(tmp_path / "none.jsonl"):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["new"]


def test_an_added_memory_is_not_asked_for_again(tmp_path):
    """Even where the note of the decision was lost: its name comes from its text."""
    path = tmp_path / "disputes.jsonl"
    with DisputeFile(path) as file:
        file.dispute(Correction(id="a", gid=added_name("猫"), action="add", value=added_value("fact", "猫")))
    with DisputeFile(path) as file:
        assert file.has_added("a", "猫")
        assert file.is_settled(ItemKey("a", None, None, "猫"))
        assert not file.is_settled(ItemKey("a", None, None, "狗"))


def test_names_are_fnv_1a():
    """The published test vectors of 32-bit FNV-1a, which report/disputes.js is held to as well."""
    vectors = {"": 0x811C9DC5, "a": 0xE40C292C, "foobar": 0xBF9CF968}
    assert {text: added_name(text) for text in vectors} == {text: f"r-{value:08x}" for text, value in vectors.items()}


@pytest.mark.parametrize(
    ("tail", "left", "mended"),
    [
        ('{"id":"b","gi', ["a", "c"], ['{"id":"b","gi']),
        ('{"id":"b","gid":"f1","action":"drop"}', ["a", "b", "c"], []),
        ("  ", ["a", "c"], []),
    ],
)
def test_a_torn_last_line(tail, left, mended, tmp_path):
    """What a killed process wrote by half is cut off and told; a whole line without its newline stays."""
    path = tmp_path / "disputes.jsonl"
    path.write_text('{"id":"a","gid":"f1","action":"drop"}\n' + tail)
    with DisputeFile(path) as file:
        assert file.mended == mended
        file.dispute(Correction(id="c", gid="f1", action="drop"))
    assert [line["id"] for line in lines(path)] == left


def test_a_file_that_is_no_overlay_is_left_alone(tmp_path):
    """A whole line of another kind is the person's to put right; a folder cannot be written."""
    path = tmp_path / "disputes.jsonl"
    path.write_text('{"id": "a", "messages": []}\n')
    with pytest.raises(DataError, match="messages: unknown field"):
        DisputeFile(path)
    assert path.read_text() == '{"id": "a", "messages": []}\n'
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "notes.txt").write_text("Call Ada\nbuy milk")
    with pytest.raises(DataError, match="not JSON"):
        DisputeFile(tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "Call Ada\nbuy milk"
    for name in ("folder.jsonl", "packed.jsonl.gz"):
        with pytest.raises(UsageError, match="a plain JSONL file is wanted"):
            DisputeFile(tmp_path / name)


def test_every_action_applies(dataset, tmp_path):
    """Lines as `review` writes them, applied by `dataset.overlay`."""
    path = tmp_path / "disputes.jsonl"
    with DisputeFile(path) as file:
        for gid, action, value in (
            ("f1", "drop", None),
            ("f2", "edit", "Lives in Lyon"),
            ("f2", "variant", "Lyon is home"),
            ("e1", "optional", True),
            (added_name("Has a cat"), "add", added_value("fact", "Has a cat")),
            (added_name("Likes tea"), "add", added_value("implicit_preference", "Likes tea")),
            ("x1", "drop", None),
        ):
            file.dispute(Correction(id="a", gid=gid, action=action, value=value, author="me"))
    record = {
        "id": "a",
        "gold_facts": [{"memory_value": "Is a cook"}, {"memory_value": "Lives in Paris"}],
        "gold_explicit_preferences": [{"preference": "Wants short answers"}],
        "forbidden": [{"value": "Has a dog", "kind": "unsupported"}],
    }
    (dialogue,) = dialogues(dataset(record, overlay=lines(path)))
    assert [(item.text, item.optional, item.variants) for item in dialogue.gold.items] == [
        ("Lives in Lyon", False, ("Lyon is home",)),
        ("Wants short answers", True, ()),
        ("Has a cat", False, ()),
        ("Likes tea", False, ()),
    ]
    assert dialogue.gold.forbidden == ()
