"""Runs written by every earlier version of the files are read, scored again and gone on with, or refused by name.

Each folder of tests/stored holds a dataset, answers, a complete run and an unfinished one as an earlier version left
them. Whoever changes what a run's files hold adds a folder made by the version before, and keeps the others.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import evals
from evals.cli import main
from evals.counts_file import counted_run
from evals.io import FORMAT
from evals.runs import RunFolder, list_runs

STORED = sorted((Path(__file__).parent / "stored").iterdir())


@pytest.fixture(params=STORED, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of one folder to work in."""
    shutil.copytree(request.param, tmp_path / "old")
    monkeypatch.chdir(tmp_path / "old")
    return tmp_path / "old"


def test_every_format_up_to_this_one_is_kept() -> None:
    """A new format without a stored run of the one before is not tested."""
    assert {int(path.name.split("-")[1]) for path in STORED} == set(range(1, FORMAT + 1))


def test_an_old_run_is_read(old: Path) -> None:
    """Its numbers, outcomes, answers and messages are all there; counts are made anew where it has none."""
    loaded = evals.load_run(old / "run")
    assert (loaded.run.status, loaded.run.counts["dialogues"]) == ("complete", 12)
    assert loaded.score("recall").value == pytest.approx(8 / 12)
    outcomes = list(loaded.outcomes())
    assert len(outcomes) == len(list(loaded.dialogues())) == len(loaded.predictions()) == 12
    assert sum(len(block.headers) for block in counted_run(RunFolder(old / "run"))) == 12
    assert [listed.fault for listed in list_runs(old)] == [None, None]


def test_an_old_run_is_scored_again(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answers stay, the numbers are this version's; the old run is not touched."""
    before = (old / "run" / "run.json").read_bytes()
    words = ["score", "run", "matcher=exact", "--out", str(old), "--name", "again", "report.formats=[]"]
    assert main(words) == 0, capsys.readouterr().err
    assert evals.load_run(old / "again").score("recall").value == pytest.approx(8 / 12)
    assert (old / "run" / "run.json").read_bytes() == before


def test_an_old_unfinished_run_loses_nothing(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is gone on with, or refused naming what differs now; its answers stay either way."""
    stored = (old / "unfinished" / "predictions.jsonl").read_bytes()
    words = ["run", "dataset=file", "dataset.path=data.jsonl", "extractor=recorded", "extractor.path=answers.jsonl"]
    code = main([*words, "report.formats=[]", "controls=[]", "--out", str(old), "--name", "unfinished"])
    said = capsys.readouterr().err
    assert code in (0, 2)
    assert code == 0 or "another run stands there; it differs in" in said
    assert (old / "unfinished" / "predictions.jsonl").read_bytes().startswith(stored)


def test_a_later_format_is_refused(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 naming both formats, and the run is listed as unreadable."""
    path = old / "run" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": FORMAT + 1}), "utf-8")
    assert main(["runs", "show", "run", "--out", str(old)]) == 2
    assert f"format {FORMAT + 1}, written by another version of evals; this version reads" in capsys.readouterr().err
    assert [bool(listed.fault) for listed in list_runs(old)] == [True, False]
