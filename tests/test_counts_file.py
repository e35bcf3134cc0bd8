"""counts.npz: the same scores as from the outcomes, equal bytes for equal runs, and never believed against them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from evals.cli import main
from evals.counts_file import FILE_NAME, counted_run, writing_counts
from evals.errors import DataError
from evals.runs import RunFolder
from evals.scoring.board import ScoreBoard
from evals.scoring.counted import Counted, counted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of the smoke set, two repeats a dialogue."""
    out = tmp_path_factory.mktemp("reports")
    words = [
        "run",
        "dataset=smoke",
        "repeats=2",
        "controls=[]",
        "report.formats=[]",
        "--name",
        "run",
        "--out",
        str(out),
    ]
    assert main(words) == 0
    return RunFolder(out / "run")


def alike(one: list[Counted], other: list[Counted]) -> bool:
    """Whether two series of blocks hold the same dialogues and counts."""
    return [block.headers for block in one] == [block.headers for block in other] and all(
        np.array_equal(a.counts, b.counts) and np.array_equal(a.starts, b.starts)
        for a, b in zip(one, other, strict=True)
    )


def copy_of(folder: RunFolder, into: Path) -> RunFolder:
    """The outcomes and counts of a run in another folder."""
    for name in ("outcomes.jsonl", FILE_NAME):
        (into / name).write_bytes((folder.path / name).read_bytes())
    return RunFolder(into)


def test_holds_what_the_outcomes_hold(folder: RunFolder) -> None:
    """Counting the outcomes again gives the same arrays, repeats kept apart."""
    read = list(counted_run(folder))
    assert alike(read, list(counted(folder.outcomes())))
    assert {int(repeats) for block in read for repeats in block.repeats} == {2}


def test_scores_from_it_are_those_of_the_run(folder: RunFolder) -> None:
    """A board fed with the outcomes and run.json agree to the last digit."""
    board = ScoreBoard()
    for outcome in folder.outcomes():
        board.add(outcome)
    assert [asdict(score) for score in board.scores()] == [asdict(score) for score in folder.read_run().scores]


def test_equal_runs_give_equal_bytes(folder: RunFolder, tmp_path: Path) -> None:
    """No date, no name and no order of chance inside."""
    again = copy_of(folder, tmp_path)
    blocks = list(counted_run(folder))
    with writing_counts(again) as keep:
        for block in blocks:
            keep(block)
    assert (tmp_path / FILE_NAME).read_bytes() == (folder.path / FILE_NAME).read_bytes()


@pytest.mark.parametrize("fault", ["missing", "no zip", "other outcomes", "other counts"])
def test_what_does_not_belong_is_passed_over(folder: RunFolder, tmp_path: Path, fault: str) -> None:
    """The outcomes are counted again, and nothing is said."""
    run = copy_of(folder, tmp_path)
    path = tmp_path / FILE_NAME
    if fault == "missing":
        path.unlink()
    elif fault == "no zip":
        path.write_bytes(b"PK, or so it says")
    elif fault == "other outcomes":
        lines = run.outcomes_path.read_bytes().splitlines(keepends=True)
        run.outcomes_path.write_bytes(b"".join(lines[:-2]))
    else:
        rewritten(path, "about.json", lambda data: json.dumps({**json.loads(data), "names": ["gold"]}).encode())
    assert alike(list(counted_run(run)), list(counted(run.outcomes())))


@pytest.mark.parametrize("member", ["0.counts.npy", "0.starts.npy", "0.headers.json"])
def test_damage_inside_is_named(folder: RunFolder, tmp_path: Path, member: str) -> None:
    """A block that is not what it should be is a fault of the file, not other numbers; objects are never unpickled."""
    run = copy_of(folder, tmp_path)
    rewritten(tmp_path / FILE_NAME, member, lambda data: data[:-40] if member.endswith("json") else pickled())
    with pytest.raises(DataError, match=r"block 0 is damaged .*delete the file"):
        list(counted_run(run))


def rewritten(path: Path, member: str, change: object) -> None:
    """The zip with one member changed."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held[member] = change(held[member])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)


def pickled() -> bytes:
    """An array of Python objects, as a hostile file might hold."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()
