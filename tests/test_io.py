"""Reading refuses what is not exactly right and says where; writing is whole, canonical and repeatable."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals import io
from evals.errors import DataError, StoppedShort, UsageError
from evals.results import Prediction
from evals.types import Extraction, Fact, GoldFact


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A shape with what matters to a file: a field that must be there, nesting, a list, a default."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "strict": True}
    id: str
    facts: tuple[GoldFact, ...] | None = None


def faults_of(tmp_path, *lines: bytes) -> list[str]:
    """The faults of a file of these lines, without its folder."""
    path = tmp_path / "d.jsonl"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(DataError) as caught:
        list(io.read_jsonl(path, Note))
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()


def test_a_fault_is_named_by_file_line_and_field(tmp_path):
    """What is wrong with a line stands after where it is; one that begins a document ends the reading."""
    assert faults_of(tmp_path, b'{"id":"a"}', b"", b'{"id":7}', b"[", b"{}", b"]") == [
        "d.jsonl:3: id: wrong type (value 7); a string is wanted",
        "d.jsonl:4: begins a JSON document over several lines; write one compact object a line (JSONL)",
    ]


def test_all_faults_of_a_file_are_found_in_one_reading(tmp_path):
    """The first 20 are shown, the total is counted, and no faulty line is yielded."""
    path = tmp_path / "d.jsonl"
    path.write_text('{"id":"good"}\n\n' + '{"id":1}\n' * 30 + '{"id":"last"}\n')
    seen = []
    with pytest.raises(DataError) as caught:
        seen.extend(io.read_jsonl(path, Note))
    assert caught.value.total == 30
    assert len(caught.value.faults) == 20
    assert caught.value.faults[0].line == 3
    assert str(caught.value).endswith("… 30 faults in all, the first 20 shown")


def test_a_collector_gathers_faults_of_several_files(tmp_path):
    """Given a collector, reading does not raise; the good lines come with their numbers."""
    faults = io.FaultList()
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text('{"id":1}\n{"id":"x"}\n')
    read = [n for name in ("a.jsonl", "b.jsonl") for n, _ in io.read_jsonl(tmp_path / name, Note, faults=faults)]
    assert read == [2, 2]
    assert [fault.path.name for fault in faults.kept] == ["a.jsonl", "b.jsonl"]
    with pytest.raises(DataError):
        faults.raise_any()


def test_an_overlong_line_is_a_fault_and_the_rest_is_read(tmp_path, monkeypatch):
    """Memory stays bounded on a file that never ends its line."""
    monkeypatch.setattr(io, "MAX_LINE_BYTES", 50)
    path = tmp_path / "d.jsonl"
    path.write_bytes(b'{"id":"' + b"x" * 500 + b'"}\n{"id":"a"}\n')
    faults = io.FaultList()
    assert [number for number, _ in io.read_jsonl(path, Note, faults=faults)] == [2]
    assert [fault.line for fault in faults.kept] == [1]


def test_unreadable_files_are_one_line(tmp_path):
    """A missing file, a folder and a torn gzip file end in a DataError, never in a traceback."""
    torn = tmp_path / "torn.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"id":"a"}\n' * 100)[:40])
    plain = tmp_path / "plain.jsonl.gz"
    plain.write_bytes(b'{"id":"a"}\n')
    for path, said in (
        (tmp_path / "none.jsonl", "no such file"),
        (tmp_path, "a folder"),
        (torn, "gzip"),
        (plain, "gzip"),
    ):
        with pytest.raises(DataError, match=said) as caught:
            list(io.read_jsonl(path, Note))
        assert "\n" not in str(caught.value)


def test_read_json_shows_all_faults_of_a_document(tmp_path):
    """A single document is checked as strictly as a line, over several lines of text."""
    path = tmp_path / "run.json"
    path.write_text('{\n  "id": 1,\n  "scroe": 2\n}\n')
    with pytest.raises(DataError) as caught:
        io.read_json(path, Note)
    assert [fault.field for fault in caught.value.faults] == ["id", "scroe"]


def test_dumps_leaves_defaults_out_and_keeps_utf8():
    """What equals its default is not written, at any depth; None without a default is."""
    extraction = Extraction(facts=(Fact(memory_value="住在深圳", tags=("住址",)),))
    assert io.dumps(Prediction(id="é", extraction=extraction)) == (
        '{"id":"é","extraction":{"facts":[{"memory_value":"住在深圳","tags":["住址"]}]}}'
    )


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_dumps_refuses_what_is_not_a_number(number):
    """Undefined is None; NaN never reaches a file."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        io.dumps({"value": number})


def test_half_a_surrogate_pair_from_a_model_can_be_stored(tmp_path):
    """A model's broken reply is written with U+FFFD in place of what UTF-8 cannot hold."""
    io.write_jsonl(tmp_path / "p.jsonl", [{"id": "a\ud83d"}])
    assert [note.id for _, note in io.read_jsonl(tmp_path / "p.jsonl", Note)] == ["a\ufffd"]


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
facts = st.builds(
    GoldFact,
    gid=texts,
    memory_value=texts,
    tags=st.none() | st.lists(texts, max_size=3).map(tuple),
    evidence=st.lists(st.integers(0, 99), max_size=3).map(tuple),
    optional=st.booleans(),
    weight=st.floats(allow_nan=False, allow_infinity=False),
    slots=st.none() | st.dictionaries(texts, texts, max_size=3),
)
notes = st.builds(Note, id=texts, facts=st.none() | st.lists(facts, max_size=3).map(tuple))


@given(st.lists(notes, max_size=4), st.sampled_from(["n.jsonl", "n.jsonl.gz"]))
def test_what_is_written_reads_back_the_same(tmp_path_factory, values, name):
    """Writing and reading are inverse for any value our shapes can hold, packed or not."""
    path = tmp_path_factory.mktemp("round") / name
    assert io.write_jsonl(path, values) == len(values)
    assert [value for _, value in io.read_jsonl(path, Note)] == values


@given(st.dictionaries(texts, st.integers() | texts, max_size=6))
def test_hash_does_not_depend_on_key_order(mapping):
    """Equal objects hash alike however their keys are ordered."""
    turned = dict(reversed(mapping.items()))
    assert io.sha256_of(mapping) == io.sha256_of(turned)


def test_hash_is_sha256_of_canonical_json():
    """The value is that of `printf '{"a":[1,"é"],"b":null}' | sha256sum` (coreutils 9.1)."""
    known = "1e02bc81a26af2f027329541e97eef36f3290bedc6dfe043dbe66b057ecb13ba"
    assert io.sha256_of({"b": None, "a": (1, "é")}) == known


def test_packed_files_are_reproducible(tmp_path):
    """Two writings of the same values under different names give the same bytes."""
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        io.write_jsonl(tmp_path / name, [{"id": "a"}])
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_a_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    """A fault half way through keeps the former content and removes the temporary file."""
    path = tmp_path / "d.jsonl"
    path.write_text("old\n")
    with pytest.raises(ValueError, match="JSON"):
        io.write_jsonl(path, [{"id": "a"}, {"id": math.nan}])
    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["d.jsonl"]


def test_writing_makes_folders_and_honours_the_umask(tmp_path):
    """Run files are readable by whoever the user's umask allows, not by their owner alone."""
    beside = tmp_path / "beside"
    beside.write_text("")
    io.write_json(tmp_path / "new" / "run.json", {"a": 1})
    assert json.loads((tmp_path / "new" / "run.json").read_text()) == {"a": 1}
    assert (tmp_path / "new" / "run.json").stat().st_mode == beside.stat().st_mode


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    """A file in the place of a folder is one line for the user."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        io.write_text(tmp_path / "file" / "run.json", "x")


def test_append_line_writes_whole_lines(tmp_path):
    """Lines appended to an unbuffered handle are on disk before it is closed."""
    path = tmp_path / "p.jsonl"
    with path.open("ab", buffering=0) as handle:
        io.append_line(handle, Fact(memory_value="é" * 100_000))
        io.append_line(handle, {"b": 2})
        assert [json.loads(line) for line in path.read_text().splitlines()][1] == {"b": 2}


def test_a_full_disk_stops_short():
    """/dev/full answers every write with ENOSPC: resumable, exit code 4."""
    with open("/dev/full", "ab", buffering=0) as handle, pytest.raises(StoppedShort, match="disk is full") as caught:  # noqa: PTH123
        io.append_line(handle, {"a": 1})
    assert caught.value.exit_code == 4
