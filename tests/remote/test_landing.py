"""A run that is kept in a store outlives its machine, is never paid twice, and never says more than the store holds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.remote import landing, lease
from evals.remote.lease import held
from evals.remote.store import Store
from tests.remote.local_s3 import LocalS3

LEASE_S, PATIENCE_S = 2.0, 40.0
ROOT = Path(evals.__file__).parent.parent


class Machine:
    """A machine of the test: where its cache is, and what runs on it."""

    def __init__(self, cache: Path, s3: LocalS3) -> None:
        self.cache, self._s3 = cache, s3
        self.processes: list[subprocess.Popen[str]] = []

    def start(self, *words: object, lease_s: float = LEASE_S) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.remote.machine", str(lease_s), *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **self._s3.environment, "MEMORY_EVALS_CACHE": str(self.cache)},
        )
        self.processes.append(process)
        return process

    def run(self, *words: object, lease_s: float = LEASE_S) -> tuple[int, str, str]:
        """(exit code, stdout, stderr) of a command that ends by itself."""
        process = self.start(*words, lease_s=lease_s)
        out, err = process.communicate(timeout=PATIENCE_S)
        return process.returncode, out, err


@pytest.fixture
def machine(s3: LocalS3, tmp_path: Path) -> Iterator[Callable[[str], Machine]]:
    made: list[Machine] = []

    def make(name: str) -> Machine:
        made.append(Machine(tmp_path / name, s3))
        return made[-1]

    yield make
    for process in (process for each in made for process in each.processes):
        process.kill()
        process.communicate()


def wait_until(true: Callable[[], object], what: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.02)


def parts(s3: LocalS3, bucket: str, run: str) -> bytes:
    """predictions.jsonl as its parts in the store give it."""
    names = [name for name in s3.names(bucket) if name.startswith(f"runs/{run}/predictions/")]
    offset, whole = 0, b""
    for name in names:
        assert name.endswith(f"/{offset:015d}.jsonl")
        whole += s3.read(bucket, name) or b""
        offset = len(whole)
    return whole


def status(s3: LocalS3, bucket: str, run: str) -> str | None:
    said = s3.read(bucket, f"runs/{run}/run.json")
    return None if said is None else json.loads(said)["status"]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are sent ten times a second."""
    monkeypatch.setattr(landing, "SEND_S", 0.1)


@pytest.fixture
def words(program: Callable[..., Any], twenty: Path, bucket: str) -> list[Any]:
    """The command of a run over twenty dialogues that takes some two seconds."""
    return ["run", *program(0.1).overrides(twenty), "--name", "a", "--out", f"s3://{bucket}/runs"]


def meanwhile(true: Callable[[], object], act: Callable[[], object]) -> threading.Thread:
    """Does something as soon as something is true, in a thread of its own."""

    def wait() -> None:
        wait_until(true, "it never came to that")
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.slow
def test_a_killed_machine_is_replaced_by_another(
    machine: Callable[[str], Machine],
    cli: Callable[..., Any],
    s3: LocalS3,
    bucket: str,
    program: Callable[..., Any],
    twenty: Path,
    outcomes: Callable[[Path], Any],
    tmp_path: Path,
) -> None:
    """Nothing that was sent is asked again, the result is the undisturbed run's, and complete is never said early."""
    asking = program(0.1)
    words = ["run", *asking.overrides(twenty), "--name", "a", "--out", f"s3://{bucket}/runs"]
    first = machine("first").start(*words)
    wait_until(lambda: parts(s3, bucket, "a").count(b"\n") >= 6, "nothing was sent")
    first.send_signal(signal.SIGKILL)
    first.wait()
    asked, sent = len(asking.asked), parts(s3, bucket, "a").count(b"\n")
    assert status(s3, bucket, "a") == "running"

    second = machine("second")
    code, _, err = second.run(*words, lease_s=600)
    assert (code, "another machine" in err) == (2, True), err
    time.sleep(LEASE_S)
    going_on = second.start(*words)
    while going_on.poll() is None:
        seen = status(s3, bucket, "a")
        names = s3.names(bucket)
        if seen == "complete":
            assert {f"runs/a/{name}" for name in ("outcomes.jsonl", "counts.npz")} <= set(names)
            assert parts(s3, bucket, "a").count(b"\n") == 20
        time.sleep(0.2)
    assert going_on.returncode == 0, going_on.communicate()[1]
    code, out, _ = machine("third").run(*words)
    assert (code, f"s3://{bucket}/runs/a: complete already" in out) == (0, True)
    assert len(asking.asked) <= 20 + (asked - sent)
    assert status(s3, bucket, "a") == "complete"
    assert not [name for name in s3.names(bucket) if "/lease/" in name]

    assert cli("run", *asking.overrides(twenty), "--name", "calm", "--out", tmp_path).code == 0
    stored = evals.load_run(f"s3://{bucket}/runs/a")
    assert outcomes(stored.path) == outcomes(tmp_path / "calm")
    assert stored.scores == evals.load_run(tmp_path / "calm").scores
    assert (stored.path / "predictions.jsonl").read_bytes() == parts(s3, bucket, "a")


@pytest.mark.slow
def test_a_run_that_is_told_to_end_sends_what_it_has(
    machine: Callable[[str], Machine], s3: LocalS3, bucket: str, words: list[Any], program: Callable[..., Any]
) -> None:
    """A machine that is taken away with a warning leaves nothing behind: another one goes on at once."""
    asking = program(0.1)
    first = machine("first").start(*words, lease_s=600)
    wait_until(lambda: len(asking.asked) >= 3, "nothing was asked")
    first.send_signal(signal.SIGTERM)
    assert (first.wait(PATIENCE_S), status(s3, bucket, "a")) == (143, "interrupted")
    assert parts(s3, bucket, "a").count(b"\n") == len(asking.asked)
    code, _, err = machine("second").run(*words)
    assert (code, len(asking.asked)) == (0, 20), err


def test_a_second_machine_is_refused_while_the_first_is_alive(
    cli: Callable[..., Any],
    bucket: str,
    words: list[Any],
    program: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one line that says who, exit 2; once the first is silent for long enough, the second goes on."""
    monkeypatch.setenv("MEMORY_EVALS_CACHE", str(tmp_path / "first"))
    with held(Store(f"s3://{bucket}/runs/a")):
        monkeypatch.setenv("MEMORY_EVALS_CACHE", str(tmp_path / "second"))
        done = cli(*words)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"s3://{bucket}/runs/a: another machine (" in done.err
        assert program().asked == []
        monkeypatch.setattr(lease, "TTL_S", 0.0)
        assert cli(*words).code == 0


def test_a_second_process_of_one_machine_is_refused(cli: Callable[..., Any], bucket: str, words: list[Any]) -> None:
    """By a lock that dies with its owner, so that a machine need not wait for its own lease."""
    with held(Store(f"s3://{bucket}/runs/a")):
        done = cli(*words)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert f"s3://{bucket}/runs/a: another process (pid {os.getpid()})" in done.err


@pytest.mark.slow
def test_a_machine_that_was_taken_over_stops(
    cli: Callable[..., Any], s3: LocalS3, bucket: str, words: list[Any], soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps what it has and says so; what the other one sent and what this one has come together."""
    monkeypatch.setattr(lease, "RENEW_S", 0.0)
    other = json.dumps({"owner": "other", "host": "elsewhere", "pid": 1, "renewed_s": time.time()}).encode()
    take_over = meanwhile(lambda: parts(s3, bucket, "a"), lambda: s3.write(bucket, "runs/a/lease/00000009.json", other))
    done = cli(*words)
    take_over.join()
    assert done.code == 4
    assert "another machine has taken over this run" in done.err
    assert status(s3, bucket, "a") == "running"
    monkeypatch.setattr(lease, "TTL_S", 0.0)
    assert cli(*words).code == 0
    assert parts(s3, bucket, "a").count(b"\n") == 20


@pytest.mark.slow
def test_a_store_that_goes_away_loses_nothing(
    cli: Callable[..., Any], s3: LocalS3, bucket: str, words: list[Any], program: Callable[..., Any], soon: None
) -> None:
    """Every answer is kept here, exit 4; the same command sends them once the store is back and asks nothing."""
    gone = meanwhile(lambda: parts(s3, bucket, "a"), s3.stop)
    try:
        done = cli(*words)
        gone.join()
    finally:
        s3.start()
    assert done.code == 4
    assert done.err.splitlines()[-1].endswith("and the same command sends it")
    assert status(s3, bucket, "a") == "running"
    asked = len(program().asked)
    again = cli(*words)
    assert again.code == 0, again.err
    assert len(program().asked) == asked == 20
    assert status(s3, bucket, "a") == "complete"
    assert parts(s3, bucket, "a").count(b"\n") == 20


def test_a_run_stops_when_the_store_stays_away(
    cli: Callable[..., Any],
    s3: LocalS3,
    bucket: str,
    words: list[Any],
    program: Callable[..., Any],
    soon: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing more is asked than can be kept; it does not go on for hours."""
    monkeypatch.setattr(landing, "PATIENCE_S", 0.3)
    s3.refuses = lambda method, path: method == "PUT" and "/predictions/" in path
    done = cli(*words)
    assert (done.code, "access denied" in done.err) == (4, True)
    assert len(program().asked) < 20
    s3.refuses = lambda method, path: False
    assert cli(*words).code == 0
    assert len(program().asked) == 20


def test_the_lease_is_renewed_while_large_files_are_sent(
    cli: Callable[..., Any], s3: LocalS3, bucket: str, twenty: Path, soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending the outcomes of millions takes longer than a lease lasts."""
    monkeypatch.setattr(lease, "RENEW_S", 0.05)
    renewed: list[int] = []

    def slow(method: str, path: str) -> bool:
        if method == "PUT" and path.endswith("outcomes.jsonl"):
            before = _renewals(s3)
            time.sleep(1)
            renewed.append(_renewals(s3) - before)
        return False

    s3.refuses = slow
    words = ["run", "dataset=file", f"dataset.path={twenty}", "report.formats=[]", "--name", "a"]
    assert cli(*words, "--out", f"s3://{bucket}/runs").code == 0
    assert renewed[0] >= 2


def _renewals(s3: LocalS3) -> int:
    return sum(method == "PUT" and "/lease/" in path for method, path in s3.requests)


def test_what_cannot_be_used_is_one_line(
    cli: Callable[..., Any], s3: LocalS3, bucket: str, words: list[Any], program: Callable[..., Any]
) -> None:
    """A bucket that is not there, and one that may not be written."""
    done = cli(*words[:-1], "s3://no-such-bucket-anywhere/runs")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "no such bucket" in done.err
    s3.refuses = lambda method, path: method == "PUT"
    done = cli(*words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "access denied" in done.err
    assert cli(*words, "--force").code == 2
    assert program().asked == []


@pytest.mark.parametrize("said", [b"", b"\xff\xfe\x00", b"[]", b'{"format": 1}', b'{"status": "running", "format": 9}'])
def test_what_is_no_run_is_not_gone_on_with(
    said: bytes, cli: Callable[..., Any], memory: str, quick: list[Any]
) -> None:
    """Another format or no run at all: exit 2 in one line, and what stands there stays as it was."""
    store = Store(f"{memory}/runs/a")
    store.write("run.json", said)
    done = cli(*quick, "a")
    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert [each.name for each in store.objects()] == ["run.json"]
    assert store.read("run.json") == said


def test_a_complete_run_needs_no_right_to_write(
    cli: Callable[..., Any], s3: LocalS3, bucket: str, twenty: Path
) -> None:
    """Whoever may only read is told that nothing is left to do."""
    words = ["run", "dataset=file", f"dataset.path={twenty}", "report.formats=[]", "--name", "a"]
    words += ["--out", f"s3://{bucket}/runs"]
    assert cli(*words).code == 0
    s3.refuses = lambda method, path: method != "GET" and method != "HEAD"
    done = cli(*words)
    assert (done.code, "complete already" in done.out) == (0, True), done.err


@pytest.fixture
def quick(memory: str, twenty: Path) -> list[Any]:
    """The command of a run over twenty dialogues into a store, but for its name."""
    return ["run", "dataset=file", f"dataset.path={twenty}", "report.formats=[]", "--out", f"{memory}/runs", "--name"]


def test_a_sweep_and_a_dry_run_in_a_store(cli: Callable[..., Any], memory: str, quick: list[Any]) -> None:
    """Every run of a sweep is kept; a dry run looks and leaves nothing."""
    assert cli(*quick, "s", "--dry-run").code == 0
    assert Store(memory).objects() == ()
    done = cli(*quick, "s", "-m", "matcher=fuzzy,exact")
    assert (done.code, done.err.count("kept in memory://store/runs/s-")) == (0, 2), done.err
    listed = json.loads(cli("runs", "list", "--json", "--out", f"{memory}/runs").out)
    assert [(row["name"], row["status"]) for row in listed] == [("s-1", "complete"), ("s-2", "complete")]
    assert cli(*quick, "s-1", "matcher=fuzzy", "--dry-run").code == 0


def test_a_work_folder_goes_once_its_run_is_in_the_store(
    cli: Callable[..., Any], cache: Path, quick: list[Any]
) -> None:
    """gc takes what the store has too; what could not be sent stays, however old it is."""
    assert cli(*quick, "a").code == cli(*quick, "b").code == 0
    a, b = (next((cache / "work").glob(f"*/{name}")) for name in ("a", "b"))
    (b / ".sent.json").write_text('{"predictions": 0, "complete": false}')
    for folder in (a, b):
        os.utime(folder.parent, (0, 0))
    assert f"removed {a.parent}" in cli("runs", "gc").out
    assert (a.exists(), b.exists()) == (False, True)
