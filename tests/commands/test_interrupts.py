"""A run that ends early: what is stored stays, nothing is asked twice, the same command goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals

DELAY_S = 0.05
PATIENCE_S = 30.0


@pytest.fixture
def wait_for() -> Callable[[Path, int], None]:
    """Waits until so many predictions are stored."""

    def wait(run: Path, count: int) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        path = run / "predictions.jsonl"
        while not path.exists() or path.read_bytes().count(b"\n") < count:
            assert time.monotonic() < deadline_s, "nothing was stored in time"
            time.sleep(0.01)

    return wait


def stored(run: Path) -> list[str]:
    """The ids whose answer is stored, in the order stored."""
    return [json.loads(line)["id"] for line in (run / "predictions.jsonl").read_text("utf-8").splitlines()]


def scores(run: Path) -> Any:
    """All scores of a run."""
    return evals.load_run(run).scores


def assert_like_uninterrupted(
    run: Path, cli: Callable[..., Any], words: list[str], outcomes: Callable[[Path], Any], tmp_path: Path
) -> None:
    """What a run ended with is what the same command gives that nothing disturbed."""
    assert cli("run", *words, "--out", tmp_path / "calm", "--name", run.name).code == 0
    assert outcomes(run) == outcomes(tmp_path / "calm" / run.name)
    assert scores(run) == scores(tmp_path / "calm" / run.name)


def test_a_killed_run_continues(
    cli: Callable[..., Any],
    started: Callable[..., subprocess.Popen[str]],
    program: Callable[..., Any],
    twenty: Path,
    wait_for: Callable[[Path, int], None],
    outcomes: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """kill -9 half-way, then the same command: stored answers are not asked for again, the result is the same."""
    asking = program(delay_s=DELAY_S)
    words = asking.overrides(twenty)
    run = tmp_path / "runs" / "a"
    process = started("run", *words, "--out", tmp_path / "runs", "--name", "a")
    wait_for(run, 5)
    process.kill()
    process.wait()
    time.sleep(2 * DELAY_S)  # the program may still be answering the request it has
    before, asked_before = stored(run), len(asking.asked)
    assert 5 <= len(before) < 20
    assert evals.load_run(run).run.status == "running"  # nobody was left to say otherwise
    program()  # in no hurry to be killed any more
    assert cli("run", *words, "--out", tmp_path / "runs", "--name", "a").code == 0
    assert evals.load_run(run).run.status == "complete"
    assert stored(run)[: len(before)] == before
    assert sorted(stored(run)) == [f"d{number:02}" for number in range(20)]
    assert len(asking.asked) - asked_before == 20 - len(before)
    assert len(asking.asked) <= 21  # the one in flight when the run was killed
    assert_like_uninterrupted(run, cli, words, outcomes, tmp_path)


def test_a_torn_last_line_is_asked_again(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """A line that a killed run left half written is no answer, and no reason to stop."""
    asking = program()
    words = ["run", *asking.overrides(twenty), "--out", tmp_path, "--name", "a"]
    assert cli(*words, "budget.max_calls=5").code == 4
    path = tmp_path / "a" / "predictions.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert cli(*words).code == 0
    assert len(asking.asked) == 21
    assert sorted(stored(tmp_path / "a")) == [f"d{number:02}" for number in range(20)]


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_run_that_the_same_command_continues(
    signum: signal.Signals,
    code: int,
    cli: Callable[..., Any],
    started: Callable[..., subprocess.Popen[str]],
    program: Callable[..., Any],
    twenty: Path,
    wait_for: Callable[[Path, int], None],
    outcomes: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """Status interrupted, the signal's exit code, one clear line at the end, every answer stored, none asked twice."""
    asking = program(delay_s=DELAY_S)
    words = asking.overrides(twenty)
    run = tmp_path / "runs" / "a"
    process = started("run", *words, "--out", tmp_path / "runs", "--name", "a")
    wait_for(run, 3)
    process.send_signal(signum)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (code, "")
    assert err.splitlines()[-1] == f"evals: interrupted by {signum.name}; stored, the same command continues"
    assert "Traceback" not in err
    assert evals.load_run(run).run.status == "interrupted"
    assert len(stored(run)) == len(asking.asked) < 20
    program()
    assert cli("run", *words, "--out", tmp_path / "runs", "--name", "a").code == 0
    assert len(asking.asked) == len(set(asking.asked)) == 20
    assert_like_uninterrupted(run, cli, words, outcomes, tmp_path)


def test_too_many_failures_stop_a_run(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, outcomes: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Exit 4 naming the cap and an example; once the cause is gone, the same command asks again what failed."""
    asking = program()
    words = asking.overrides(twenty)
    asking.down.touch()
    done = cli("run", *words, "--out", tmp_path / "runs", "--name", "a")
    assert (done.code, done.out) == (4, "")
    assert "runner.max_error_rate=0.05" in done.err
    assert "the service is down" in done.err
    assert evals.load_run(tmp_path / "runs" / "a").run.status == "incomplete"
    failed = len(asking.asked)
    assert failed < 20
    asking.down.unlink()
    assert cli("run", *words, "--out", tmp_path / "runs", "--name", "a").code == 0
    assert len(asking.asked) == failed + 20
    assert evals.load_run(tmp_path / "runs" / "a").run.counts["failed"] == 0
    assert_like_uninterrupted(tmp_path / "runs" / "a", cli, words, outcomes, tmp_path)


def test_a_run_may_keep_its_failures(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, tmp_path: Path
) -> None:
    """With the cap at 1 every failure is kept: recall 0, error rate 1, precision not defined."""
    asking = program()
    asking.down.touch()
    words = [*asking.overrides(twenty), "runner.max_error_rate=1"]
    assert cli("run", *words, "--out", tmp_path, "--name", "a").code == 0
    loaded = evals.load_run(tmp_path / "a")
    assert loaded.run.counts["failed"] == 20
    assert loaded.score("recall").value == 0
    assert loaded.score("error_rate").value == 1
    assert loaded.score("precision").value is None


def test_the_budget_stops_a_run(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, outcomes: Callable[[Path], Any], tmp_path: Path
) -> None:
    """budget.max_calls=8 answers eight dialogues a command: exit 4, 4, then 0; nothing is asked twice."""
    asking = program()
    words = asking.overrides(twenty)
    ended = []
    for calls in (8, 16, 20):
        done = cli("run", *words, "budget.max_calls=8", "--out", tmp_path / "runs", "--name", "a")
        ended.append((done.code, evals.load_run(tmp_path / "runs" / "a").run.status))
        assert len(asking.asked) == len(set(asking.asked)) == calls
        if done.code:
            assert done.out == ""
            assert f"budget.max_calls=8 is used up; {calls} of 20 answers are stored" in done.err
    assert ended == [(4, "incomplete"), (4, "incomplete"), (0, "complete")]
    assert_like_uninterrupted(tmp_path / "runs" / "a", cli, words, outcomes, tmp_path)


def test_two_processes_never_write_one_run(
    started: Callable[..., subprocess.Popen[str]],
    cli: Callable[..., Any],
    program: Callable[..., Any],
    twenty: Path,
    wait_for: Callable[[Path, int], None],
    tmp_path: Path,
) -> None:
    """The second command is told who is writing, exit 2, and the first one is not disturbed."""
    asking = program(delay_s=DELAY_S)
    words = ["run", *asking.overrides(twenty), "--out", tmp_path / "runs", "--name", "a"]
    first = started(*words)
    wait_for(tmp_path / "runs" / "a", 1)
    for second in (cli(*words), cli(*words, "--force"), cli("runs", "rm", "a", "--out", tmp_path / "runs")):
        assert second.code == 2
        assert f"another process (pid {first.pid}) is writing this run" in second.err
    _, err = first.communicate(timeout=PATIENCE_S)
    assert (first.returncode, err) == (0, "")
    assert len(asking.asked) == 20


def test_an_unfinished_run_is_not_drafted_from_or_scored_again(
    cli: Callable[..., Any], program: Callable[..., Any], twenty: Path, files: Callable[[Path], Any], tmp_path: Path
) -> None:
    """Exit 3 with the command that finishes it: dialogues not asked yet are no failures of the system."""
    words = ["run", *program().overrides(twenty), "budget.max_calls=5", "--out", tmp_path / "runs", "--name", "a"]
    assert cli(*words).code == 4
    before = files(tmp_path)
    for command in (["score", "a", "matcher=exact"], ["draft", "a", tmp_path / "draft.jsonl"]):
        done = cli(*command, "--out", tmp_path / "runs")
        assert (done.code, done.out) == (3, "")
        assert "this run is incomplete; finish it first: evals run dataset=file" in done.err
    assert files(tmp_path) == before


def test_a_run_that_breaks_does_not_say_it_is_running(
    cli: Callable[..., Any], tmp_path: Path, dataset: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends a run, its status says that it has ended, and the same command goes on from there."""
    (tmp_path / "quits_once.py").write_text(
        "import pathlib\n"
        "from evals.errors import ConfigError\n"
        "from evals.types import Extraction\n"
        "class Quits:\n"
        "    def extract(self, messages, extraction_types):\n"
        "        if messages[0].content == 'two' and not pathlib.Path('ready').exists():\n"
        "            raise ConfigError('extractor: no key')\n"
        "        return Extraction()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = dataset(*({"id": text, "messages": [{"role": "user", "content": text}]} for text in ("one", "two", "three")))
    words = ("run", "dataset=file", f"dataset.path={path}", "extractor=custom", "extractor._target_=quits_once.Quits")
    rest = ("runner.concurrency=1", "report.formats=[]", "--name", "a", "--out", tmp_path)
    done = cli(*words, *rest)
    assert (done.code, done.out, done.err) == (2, "", "evals: extractor: no key\n")
    assert evals.load_run(tmp_path / "a").run.status == "interrupted"
    assert stored(tmp_path / "a") == ["one"]
    (tmp_path / "ready").touch()
    assert cli(*words, *rest).code == 0
    assert stored(tmp_path / "a") == ["one", "two", "three"]
