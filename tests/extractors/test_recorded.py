"""Stored answers as an extractor: from a file of any system, and from an earlier run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from evals.errors import ConfigError, DataError
from evals.extractors.recorded import RecordedExtractor
from evals.protocols import Replay
from evals.results import ExtractionFailure, Prediction
from evals.runs import RunFolder
from evals.types import Extraction, Fact


def test_a_file_answers_by_id_and_repeat(tmp_path: Path) -> None:
    """What is stored comes back, what is not is None; the version is that of the bytes."""
    path = tmp_path / "p.jsonl"
    path.write_text(
        '{"id": "a", "memory_detail_list": [{"memory_value": "v"}]}\n{"id": "a", "repeat": 1, "error": "x"}\n'
    )
    source = RecordedExtractor(path=str(path))
    assert isinstance(source, Replay)
    assert source.replay("a", 0) == Prediction(id="a", extraction=Extraction(facts=(Fact(memory_value="v"),)))
    assert source.replay("a", 1) == Prediction(
        id="a", repeat=1, error=ExtractionFailure(type="ExtractorError", message="x")
    )
    assert (source.replay("a", 2), source.replay("b", 0)) == (None, None)
    assert source.version == hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def test_a_run_answers_with_what_it_stored(tmp_path: Path) -> None:
    """The folder of an earlier run is enough."""
    stored = Prediction(id="a", extraction=Extraction(facts=(Fact(memory_value="好"),)), latency_ms=3.25)
    with RunFolder(tmp_path).appending() as store:
        store(stored)
    assert RecordedExtractor(run=tmp_path).replay("a", 0) == stored


def test_a_torn_last_line_is_told_by_the_index(tmp_path: Path) -> None:
    """The caller may warn; the answers before it hold."""
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "a"}\n{"id": "b", "mem')
    source = RecordedExtractor(path=path)
    assert (source.index.torn, source.replay("a", 0)) == (1, Prediction(id="a", extraction=Extraction()))


@pytest.mark.parametrize("given", [{}, {"path": "p.jsonl", "run": "r"}])
def test_exactly_one_of_path_and_run_is_wanted(given: dict[str, str]) -> None:
    """Both or neither is a wrong configuration."""
    with pytest.raises(ConfigError, match=r"either extractor\.path=FILE\.jsonl or extractor\.run=FOLDER"):
        RecordedExtractor(**given)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file, a folder without predictions, a folder in place of a file, and a bad line."""
    with pytest.raises(DataError, match=r"none\.jsonl: there is no such file"):
        RecordedExtractor(path=tmp_path / "none.jsonl")
    with pytest.raises(DataError, match=r"predictions\.jsonl: there is no such file"):
        RecordedExtractor(run=tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        RecordedExtractor(path=tmp_path)
    (tmp_path / "p.jsonl").write_text('{"id": 3}\n')
    with pytest.raises(DataError, match=r"p\.jsonl:1: id: "):
        RecordedExtractor(path=tmp_path / "p.jsonl")
