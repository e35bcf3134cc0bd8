"""Full, read-only, moved, deleted folders, closed terminals, damaged files: a clear line, a code, nothing lost."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals
from tests.disks import make_read_only, small_disk

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks

DELAY_S = 0.05
PATIENCE_S = 60.0


def ids(run: Path) -> list[str]:
    """The ids whose answer is stored, in the order stored."""
    return [json.loads(line)["id"] for line in (run / "predictions.jsonl").read_text("utf-8").splitlines()]


def wait_for(run: Path, count: int) -> None:
    """Returns once so many answers are stored."""
    deadline_s = time.monotonic() + PATIENCE_S
    path = run / "predictions.jsonl"
    while not path.exists() or path.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline_s, "nothing was stored in time"
        time.sleep(0.01)


def test_a_full_disk_stops_a_run_that_continues_once_there_is_room(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, outcomes: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Exit 4 and one line; stored lines are whole and not asked again; the result is the undisturbed one."""
    asking = program()
    words = asking.overrides(twenty)
    with small_disk(tmp_path / "disk", "128k") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(128 * 1024 - 5 * 4096))
        done = cli("run", *words, "--out", disk, "--name", "a")
        assert done.code == 4
        assert done.out == ""
        assert done.err.endswith("the disk is full; make room and give the same command again\n")
        assert done.err.count("\n") == 1
        stored = ids(disk / "a") if (disk / "a" / "predictions.jsonl").exists() else []
        asked = len(asking.asked)
        ballast.unlink()
        disk.parent.joinpath("more").mkdir()
        shutil.copytree(disk / "a", tmp_path / "more" / "a")
    assert cli("run", *words, "--out", tmp_path / "more", "--name", "a").code == 0
    assert len(asking.asked) - asked == 20 - len(stored)
    assert cli("run", *words, "--out", tmp_path / "calm", "--name", "a").code == 0
    assert outcomes(tmp_path / "more" / "a") == outcomes(tmp_path / "calm" / "a")


@pytest.mark.parametrize("room", range(4, 16))
def test_wherever_the_disk_fills_up_the_same_command_gets_through(
    room: int, cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """With so many pages left the disk fills while asking, grading or reporting: exit 4, never complete, then 0."""
    asking = program()
    words = ["run", *asking.overrides(twenty), "--name", "a"]
    with small_disk(tmp_path / "disk", "1m") as disk:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(2**20 - room * 4096))
        done = cli(*words, "--out", disk)
        assert done.code == 4, done.err
        assert "the disk is full" in done.err
        assert "Traceback" not in done.err
        if (disk / "a" / "run.json").exists():
            assert evals.load_run(disk / "a").run.status != "complete"
        ballast.unlink()
        assert cli(*words, "--out", disk).code == 0
        assert evals.load_run(disk / "a").run.status == "complete"
        assert len(asking.asked) <= 20 + 1
        assert sorted(ids(disk / "a")) == [f"d{number:02}" for number in range(20)]


def test_a_read_only_disk_is_refused_before_anything_is_asked(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """Exit 2 naming the folder, for a new run and for an unfinished one; writable again, it goes on."""
    asking = program()
    words = asking.overrides(twenty)
    with small_disk(tmp_path / "disk", "4m") as disk:
        assert cli("run", *words, "budget.max_calls=5", "--out", disk, "--name", "a").code == 4
        make_read_only(disk)
        for name in ("a", "b"):
            done = cli("run", *words, "--out", disk, "--name", name)
            assert (done.code, done.out) == (2, "")
            assert done.err == f"evals: {disk / name}: cannot be written: Read-only file system\n"
        assert len(asking.asked) == 5
        make_read_only(disk, again=True)
        assert cli("run", *words, "--out", disk, "--name", "a").code == 0
        assert len(asking.asked) == 20


def test_a_run_whose_folder_is_deleted_saves_its_answers(
    cli: Callable[..., Any],
    started: Callable[..., subprocess.Popen[str]],
    program: Callable[..., Any],
    twenty: Path,
    tmp_path: Path,
) -> None:
    """Exit 4; the folder is there again with run.json and every answer, and the same command goes on."""
    asking = program(delay_s=DELAY_S)
    words = ["run", *asking.overrides(twenty), "--out", tmp_path / "runs", "--name", "a"]
    process = started(*words)
    wait_for(tmp_path / "runs" / "a", 5)
    shutil.rmtree(tmp_path / "runs")
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 4
    assert "it was deleted while it was written; every answer so far is stored there again" in err
    assert evals.load_run(tmp_path / "runs" / "a").run.status == "incomplete"
    assert len(ids(tmp_path / "runs" / "a")) == len(asking.asked) < 20
    assert cli(*words).code == 0
    assert len(asking.asked) == len(set(asking.asked)) == 20


def test_a_run_that_is_moved_goes_on_where_it_is(
    cli: Callable[..., Any],
    started: Callable[..., subprocess.Popen[str]],
    program: Callable[..., Any],
    twenty: Path,
    tmp_path: Path,
) -> None:
    """Exit 4 naming the new place, nothing left in the old one; the command with the new place continues."""
    asking = program(delay_s=DELAY_S)
    words = ["run", *asking.overrides(twenty)]
    process = started(*words, "--out", tmp_path / "runs", "--name", "a")
    wait_for(tmp_path / "runs" / "a", 5)
    (tmp_path / "runs" / "a").rename(tmp_path / "runs" / "b")
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 4
    assert f"moved to {tmp_path / 'runs' / 'b'}" in err
    assert not (tmp_path / "runs" / "a").exists()
    assert cli(*words, "--out", tmp_path / "runs", "--name", "b").code == 0
    assert len(asking.asked) == len(set(asking.asked)) == 20


def test_a_copy_made_while_it_runs_is_a_run(
    cli: Callable[..., Any],
    started: Callable[..., subprocess.Popen[str]],
    program: Callable[..., Any],
    twenty: Path,
    outcomes: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """Copied and packed at any moment, it continues elsewhere, and the one copied from is not disturbed."""
    asking = program(delay_s=DELAY_S)
    words = ["run", *asking.overrides(twenty), "--name", "a"]
    process = started(*words, "--out", tmp_path / "runs")
    wait_for(tmp_path / "runs" / "a", 5)
    shutil.copytree(tmp_path / "runs" / "a", tmp_path / "copy" / "a")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "runs")
    assert process.wait(PATIENCE_S) == 0
    shutil.unpack_archive(packed, tmp_path / "unpacked")
    for place in ("copy", "unpacked"):
        asked, stored = len(asking.asked), len(ids(tmp_path / place / "a"))
        assert cli(*words, "--out", tmp_path / place).code == 0
        assert len(asking.asked) - asked == 20 - stored
        assert outcomes(tmp_path / place / "a") == outcomes(tmp_path / "runs" / "a")


def test_a_closed_terminal_is_a_polite_end(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """The window is closed: what is in flight lands, the status says interrupted, the same command continues."""
    asking = program(delay_s=DELAY_S)
    words = ["run", *asking.overrides(twenty), "--out", str(tmp_path / "runs"), "--name", "a"]
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child, in a terminal of its own
        os.execv(sys.executable, [sys.executable, "-m", "evals", *words])
    wait_for(tmp_path / "runs" / "a", 5)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    assert evals.load_run(tmp_path / "runs" / "a").run.status == "interrupted"
    assert len(ids(tmp_path / "runs" / "a")) == len(asking.asked) < 20
    assert cli(*words).code == 0
    assert len(asking.asked) == len(set(asking.asked)) == 20


def test_under_nohup_a_closed_terminal_ends_nothing(program: Callable[..., Any], twenty: Path, tmp_path: Path) -> None:
    """A hang-up that is ignored stays ignored."""
    asking = program(delay_s=DELAY_S)
    words = ["run", *asking.overrides(twenty), "--out", str(tmp_path / "runs"), "--name", "a"]
    process = subprocess.Popen(
        ["nohup", sys.executable, "-m", "evals", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(tmp_path / "runs" / "a", 3)
    process.send_signal(signal.SIGHUP)
    assert process.wait(PATIENCE_S) == 0
    assert evals.load_run(tmp_path / "runs" / "a").run.status == "complete"


def test_a_damaged_line_is_named_and_nothing_is_overwritten(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """Anything but a torn last line: exit 2 with file and line, no call, no change; put right, the run goes on."""
    asking = program()
    words = ["run", *asking.overrides(twenty), "--out", tmp_path, "--name", "a"]
    assert cli(*words, "budget.max_calls=5").code == 4
    path = tmp_path / "a" / "predictions.jsonl"
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    for damage in (lines[2][:-20] + b"\n", b"\0" * 40 + b"\n", lines[2].replace(b'"id"', b'"it"')):
        damaged = b"".join([*lines[:2], damage, *lines[3:]])
        path.write_bytes(damaged)
        done = cli(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"evals: {path}:3: ")
        assert path.read_bytes() == damaged
        assert len(asking.asked) == 5
    path.write_bytes(whole + b"\0" * 4096)  # what a power cut leaves where the size was on disk before the data
    assert cli(*words).code == 0
    assert len(asking.asked) == 20


def test_a_run_with_an_answer_gone_is_never_complete(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that vanishes between asking and grading: exit 4, incomplete, and asked again by the same command."""
    from evals.commands import grading

    asking = program()
    words = ["run", *asking.overrides(twenty), "--out", tmp_path, "--name", "a"]
    path = tmp_path / "a" / "predictions.jsonl"
    grade_run = grading.grade_run

    def losing(folder: Any, predictions: Any, *rest: Any, **more: Any) -> Any:
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
        return grade_run(folder, folder.predictions(), *rest, **more)

    monkeypatch.setattr(grading, "grade_run", losing)
    done = cli(*words)
    assert done.code == 4
    assert "1 answers are missing from predictions.jsonl; the same command asks for them" in done.err
    assert evals.load_run(tmp_path / "a").run.status == "incomplete"
    monkeypatch.undo()
    assert cli(*words).code == 0
    assert len(asking.asked) == 21


@pytest.mark.parametrize(("ask_again", "asked"), [("retryable", 1), ("all", 2), ("none", 0)])
def test_final_failures_are_not_asked_again(
    ask_again: str, asked: int, cli: Callable[..., Any], twenty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a dialogue that is too long and one that timed out, a continued run asks what `runner.ask_again` says."""
    (tmp_path / "fails.py").write_text(
        "import pathlib\n"
        "from evals.errors import InputTooLong, TimedOut\n"
        "from evals.types import Extraction\n"
        "class Fails:\n"
        "    def extract(self, messages, extraction_types):\n"
        "        with open('asked', 'a') as log:\n"
        "            print(messages[0].content, file=log)\n"
        "        if messages[0].content == 'I have 10 cats.':\n"
        "            raise InputTooLong('too long')\n"
        "        if messages[0].content == 'I have 11 cats.':\n"
        "            raise TimedOut('late')\n"
        "        return Extraction()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    words = ["run", "dataset=file", f"dataset.path={twenty}", "extractor=custom", "extractor._target_=fails.Fails"]
    words += ["report.formats=[]", "--out", str(tmp_path), "--name", "a", f"runner.ask_again={ask_again}"]
    words += ["runner.concurrency=1", "runner.max_error_rate=0.5"]
    assert cli(*words, "budget.max_calls=12").code == 4
    Path("asked").unlink()
    done = cli(*words)
    assert done.code == 0
    assert len(Path("asked").read_text().splitlines()) == 8 + asked
    kept = 2 - asked
    told = f"{kept} stored failures are not asked again (runner.ask_again={ask_again}; all asks them)"
    assert (told in done.err) == (kept > 0)
    assert evals.load_run(tmp_path / "a").run.counts["failed"] == 2


def test_kept_failures_count_against_the_cap(
    cli: Callable[..., Any], twenty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that stopped for its failures does not complete by being started again."""
    (tmp_path / "toolong.py").write_text(
        "from evals.errors import InputTooLong\n"
        "from evals.types import Extraction\n"
        "class TooLong:\n"
        "    def extract(self, messages, extraction_types):\n"
        "        if 'cats' in messages[0].content:\n"
        "            raise InputTooLong('too long')\n"
        "        return Extraction()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    words = ["run", "dataset=file", f"dataset.path={twenty}", "extractor=custom", "extractor._target_=toolong.TooLong"]
    words += ["report.formats=[]", "--out", str(tmp_path), "--name", "a", "runner.max_error_rate=0.45"]
    for _ in range(3):
        assert cli(*words).code == 4
        assert evals.load_run(tmp_path / "a").run.status == "incomplete"


def test_a_dialogue_that_takes_too_long_is_a_failure_and_the_run_goes_on(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """`runner.timeout_s` holds for any extractor: named in the failure, counted, asked again by the next command."""
    words = ["run", *program(delay_s=30).overrides(twenty), "dataset.limit=2", "--out", tmp_path, "--name", "a"]
    assert cli(*words, "runner.timeout_s=0.5", "runner.max_error_rate=1").code == 0
    index = evals.load_run(tmp_path / "a").predictions()
    late = [prediction.error for prediction in (index.get(*key) for key in index) if prediction]
    assert [(error.type, error.message) for error in late if error] == [
        ("TimedOut", "no answer within runner.timeout_s=0.5")
    ] * 2
    assert evals.load_run(tmp_path / "a").run.counts["failed"] == 2
