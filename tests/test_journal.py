"""The journal: whole lines or nothing, on disk in time, and a folder that moves or vanishes loses no answer."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evals.errors import StoppedShort, UsageError
from evals.journal import Journal
from tests.disks import small_disk


def numbers(path: Path) -> list[int]:
    """What the lines of a file hold."""
    return [json.loads(line)["n"] for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of the file at every fsync of it; the real one is made too."""
    sizes: list[int] = []
    fsync = os.fsync

    def noting(handle: int) -> None:
        sizes.append(os.fstat(handle).st_size)
        fsync(handle)

    monkeypatch.setattr("evals.journal.os.fsync", noting)
    return sizes


def test_a_line_can_be_read_before_append_returns(tmp_path: Path) -> None:
    """A killed process loses none of them."""
    path = tmp_path / "j.jsonl"
    with Journal(path) as journal:
        for number in range(3):
            journal.append({"n": number})
            assert numbers(path) == list(range(number + 1))


def test_with_no_delay_every_line_is_on_disk_at_once(tmp_path: Path, synced: list[int]) -> None:
    """`sync_s=0`: what fsync has seen is all there is, after each line."""
    path = tmp_path / "j.jsonl"
    with Journal(path, sync_s=0) as journal:
        for number in range(3):
            journal.append({"n": number})
            assert synced[-1] == path.stat().st_size


def test_a_line_nobody_follows_is_on_disk_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The delay is kept though no further line comes, and lines share one fsync."""
    reached = threading.Event()
    calls = []

    def noting(handle: int) -> None:
        if os.fstat(handle).st_size:  # the folder is put on disk too
            calls.append(handle)
            reached.set()

    monkeypatch.setattr("evals.journal.os.fsync", noting)
    with Journal(tmp_path / "j.jsonl", sync_s=0.05) as journal:
        for number in range(50):
            journal.append({"n": number})
        assert reached.wait(10)
    assert len(calls) < 50


def test_the_end_puts_everything_on_disk(tmp_path: Path, synced: list[int]) -> None:
    """Whatever the delay."""
    with Journal(tmp_path / "j.jsonl", sync_s=3600) as journal:
        journal.append({"n": 1})
    assert synced[-1] == (tmp_path / "j.jsonl").stat().st_size


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    with small_disk(tmp_path / "disk", "64k") as folder:
        yield folder


def test_half_a_line_never_stays_on_a_full_disk(disk: Path) -> None:
    """The line that does not fit is taken back, and once there is room the next one stands whole behind the others."""
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(16384))
    with Journal(disk / "j.jsonl") as journal:
        written = 0
        with pytest.raises(StoppedShort, match="the disk is full; make room and give the same command again"):  # noqa: PT012
            while True:
                journal.append({"n": written, "filler": "x" * 3000})
                written += 1
        assert 0 < written < 30
        assert numbers(disk / "j.jsonl") == list(range(written))
        ballast.unlink()
        journal.append({"n": written})
    assert numbers(disk / "j.jsonl") == list(range(written + 1))


def test_a_moved_folder_keeps_the_answer_and_stops(tmp_path: Path) -> None:
    """The line is stored where the folder is now, which the message names; nothing is made where it was."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    with Journal(before / "j.jsonl") as journal:
        journal.append({"n": 0})
        before.rename(after)
        with pytest.raises(StoppedShort, match=f"moved to {after}"):
            journal.append({"n": 1})
    assert numbers(after / "j.jsonl") == [0, 1]
    assert not before.exists()


def test_a_deleted_folder_is_put_back_and_stops(tmp_path: Path) -> None:
    """The file lives as long as it is open: every answer so far is written again, calls in flight land behind them."""
    folder = tmp_path / "run"
    folder.mkdir()
    with Journal(folder / "j.jsonl") as journal:
        journal.append({"n": 0})
        shutil.rmtree(folder)
        with pytest.raises(
            StoppedShort, match="deleted while it was written; every answer so far is stored there again"
        ):
            journal.append({"n": 1})
        journal.append({"n": 2})
    assert numbers(folder / "j.jsonl") == [0, 1, 2]


def test_a_deleted_folder_that_cannot_come_back_says_so(tmp_path: Path) -> None:
    """Exit code 4 with the reason."""
    folder = tmp_path / "run"
    folder.mkdir()
    with Journal(folder / "j.jsonl") as journal:
        shutil.rmtree(folder)
        folder.write_text("in the way")
        with pytest.raises(StoppedShort, match="cannot be written again: File exists") as caught:
            journal.append({"n": 0})
    assert caught.value.exit_code == 4


def test_a_broken_disk_is_told_at_the_next_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An fsync that fails means that lines may be gone: the run stops, it does not go on."""

    def broken(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    said = "cannot be written any more: Input/output error"
    with pytest.raises(StoppedShort, match=said), Journal(tmp_path / "j.jsonl", sync_s=0) as journal:  # noqa: PT012
        monkeypatch.setattr("evals.journal.os.fsync", broken)
        for _ in range(2):
            with pytest.raises(StoppedShort, match=said):
                journal.append({"n": 0})


@pytest.mark.parametrize("place", ["missing/j.jsonl", "folder"])
def test_what_cannot_be_opened_is_the_users_to_put_right(tmp_path: Path, place: str) -> None:
    """Exit code 2, before anything is asked."""
    (tmp_path / "folder").mkdir()
    journal: Any = Journal(tmp_path / place)
    with pytest.raises(UsageError, match="cannot be written"), journal:
        pass
