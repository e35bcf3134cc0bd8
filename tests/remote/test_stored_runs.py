"""Runs in a store are read like runs on disk, whatever else stands there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals
from evals import resources
from evals.errors import DataError, UsageError
from tests.remote.local_s3 import LocalS3

SCRIPT = "import sys; from evals.cli import main; sys.exit(any([main(words.split()) for words in sys.argv[1:]]))"


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden set's first dialogues."""
    golden, path = resources.datasets_dir() / "golden", tmp_path_factory.mktemp("set") / "small.jsonl"
    lines = [line for name in ("en", "zh") for line in (golden / f"{name}.jsonl").read_bytes().splitlines()[:12]]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.fixture(scope="session")
def two_runs(_server: LocalS3, small_set: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The objects that two complete runs, a and b, leave in a store."""
    _server.client().create_bucket(Bucket="two-runs")
    words = f"run dataset=file dataset.path={small_set} --out s3://two-runs/runs --name"
    subprocess.run(
        [sys.executable, "-c", SCRIPT, f"{words} a", f"{words} b extractor=control_echo"],
        env={**os.environ, **_server.environment, "MEMORY_EVALS_CACHE": str(tmp_path_factory.mktemp("cache"))},
        check=True,
    )
    return {name: _server.read("two-runs", name) or b"" for name in _server.names("two-runs")}


@pytest.fixture
def runs(two_runs: dict[str, bytes], s3: LocalS3, bucket: str) -> str:
    """The URL of a folder with these two runs, and nothing of them on this machine."""
    for name, data in two_runs.items():
        s3.write(bucket, name, data)
    return f"s3://{bucket}/runs"


@pytest.fixture
def elsewhere(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine: nothing was fetched there yet."""
    monkeypatch.setenv("MEMORY_EVALS_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "elsewhere"


@pytest.mark.slow
def test_every_command_reads_a_run_from_its_url(
    runs: str, elsewhere: Path, cli: Callable[..., Any], s3: LocalS3, tmp_path: Path
) -> None:
    """compare, gate, report, score, explain, show, list: as with runs on disk; nothing is fetched twice."""
    a, b = f"{runs}/a", f"{runs}/b"
    compared = cli("compare", a, b)
    assert compared.code == 0, compared.err
    s3.requests.clear()
    assert cli("compare", a, f"{b}/run.json").out == compared.out
    assert s3.fetched(".jsonl") + s3.fetched(".json") + s3.fetched(".npz") == []
    gated = cli("gate", b, "--baseline", a)
    copies = [evals.load_run(url).path for url in (a, b)]
    assert gated == cli("gate", copies[1], "--baseline", copies[0])
    assert gated.out.splitlines()[-1].startswith("verdict: ")
    drawn = cli("report", a, "--format", "md,csv")
    assert drawn.code == 0
    assert all(Path(file).is_file() for file in drawn.out.split())
    assert cli("score", a, "matcher=exact", "report.formats=[]", "--name", "scored").code == 0
    assert evals.load_run(tmp_path / "reports" / "scored").run.identity["match"].startswith("exact")
    first = next(iter(evals.load_run(a).outcomes())).id
    assert cli("explain", a, first).out == cli("explain", "a", first, "--out", runs).out != ""
    assert cli("runs", "show", a).code == cli("runs", "show", "b", "--out", runs).code == 0
    listed = json.loads(cli("runs", "list", "--out", runs, "--json").out)
    assert [(row["name"], row["status"]) for row in listed] == [("a", "complete"), ("b", "complete")]


@pytest.mark.slow
def test_answers_in_a_store_are_used_again(
    runs: str, elsewhere: Path, cli: Callable[..., Any], s3: LocalS3, bucket: str, small_set: Path, tmp_path: Path
) -> None:
    """As recorded answers, by run or by file, and as answers to take over."""
    quiet = ["dataset=file", f"dataset.path={small_set}", "report.formats=[]", "--out", tmp_path / "out"]
    recorded = ["extractor=recorded", f"extractor.run={runs}/a"]
    assert cli("run", *quiet, *recorded, "--name", "by-run").code == 0
    s3.write(bucket, "answers.jsonl", (evals.load_run(f"{runs}/a").path / "predictions.jsonl").read_bytes())
    by_file = ["extractor=recorded", f"extractor.path=s3://{bucket}/answers.jsonl"]
    assert cli("run", *quiet, *by_file, "--name", "by-file").code == 0
    assert cli("run", *quiet, f"runner.reuse={runs}/a", "--name", "over").code == 0
    found = [evals.load_run(tmp_path / "out" / name).run.scores for name in ("by-run", "by-file", "over")]
    assert found == [evals.load_run(f"{runs}/a").scores] * 3


def test_a_run_is_removed_from_its_store(runs: str, cli: Callable[..., Any], s3: LocalS3, bucket: str) -> None:
    """And what is no run's stays: a removal is no way to empty a bucket."""
    s3.write(bucket, "runs/a/notes.txt", b"mine")
    assert cli("runs", "rm", f"{runs}/a", "b", "--out", runs).code == 0
    left = s3.names(bucket)
    assert "runs/a/notes.txt" in left
    assert not [name for name in left if name.endswith((".jsonl", "run.json", ".gz", ".npz"))]
    done = cli("runs", "rm", f"{runs}/a")
    assert (done.code, "no run stands there" in done.err) == (2, True)
    for action in ("gc", "merge"):
        assert cli("runs", action, "x", "y", "--name", "z", "--out", runs).code == 2


def test_only_the_names_of_a_run_are_fetched(
    runs: str, elsewhere: Path, s3: LocalS3, bucket: str, tmp_path: Path
) -> None:
    """Whatever a stranger puts beside a run: no file of it comes here, in the copy or outside of it."""
    hostile = (
        *("../../escaped", "..", "predictions/../../../escaped.jsonl", "predictions/..", ".lock", ".sent.json"),
        *("run.json/../escaped", "outcomes.jsonl.exe", "evil.pkl", "sub/run.json", "predictions/x.jsonl", "%2e%2e/x"),
    )
    for name in hostile:
        s3.write(bucket, f"runs/a/{name}", b"hostile")
    before = {file for file in tmp_path.rglob("*") if file.is_file()}
    loaded = evals.load_run(f"{runs}/a")
    assert loaded.run.status == "complete"
    came = {file for file in tmp_path.rglob("*") if file.is_file()} - before
    assert {file.name for file in came if file.is_relative_to(loaded.path)} <= {
        *("run.json", "outcomes.jsonl", "counts.npz", "dialogues.jsonl.gz", "predictions.jsonl"),
    }
    assert {file.relative_to(elsewhere).parts[0] for file in came} <= {"runs", "stores"}
    assert not [file for file in came if file.read_bytes() == b"hostile"]


@pytest.mark.parametrize("damage", ["hole", "overlap", "twice"])
def test_answers_that_do_not_fit_are_told(damage: str, runs: str, elsewhere: Path, s3: LocalS3, bucket: str) -> None:
    """A run with damaged answers is not read as one with fewer."""
    folder = "runs/a/predictions"
    whole = s3.read(bucket, f"{folder}/{0:015d}.jsonl") or b""
    if damage == "hole":
        s3.client().delete_object(Bucket=bucket, Key=f"{folder}/{0:015d}.jsonl")
        s3.write(bucket, f"{folder}/{len(whole):015d}.jsonl", b"{}\n")
    elif damage == "overlap":
        s3.write(bucket, f"{folder}/{len(whole) - 1:015d}.jsonl", b"{}\n")
    else:
        s3.write(bucket, "runs/a/predictions.jsonl", whole)
    with pytest.raises(DataError, match=r"missing|overlaps|in parts"):
        evals.load_run(f"{runs}/a")


def test_a_run_that_is_still_written_is_read_as_it_stands(
    s3: LocalS3, bucket: str, runs: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy is one moment of the run: what changes meanwhile is listed again."""
    from evals.remote import stored_run

    once = iter([True])
    of_a_run = stored_run._of_a_run

    def changing(store: Any) -> Any:
        found = of_a_run(store)
        if next(once, False):
            s3.write(bucket, "runs/a/outcomes.jsonl", (s3.read(bucket, "runs/a/outcomes.jsonl") or b"")[:0])
        return found

    monkeypatch.setattr(stored_run, "_of_a_run", changing)
    assert (evals.load_run(f"{runs}/a").path / "outcomes.jsonl").read_bytes() == b""


def test_where_no_run_is_is_one_line(s3: LocalS3, bucket: str, cli: Callable[..., Any]) -> None:
    """An empty place, a bucket that is not there."""
    with pytest.raises(UsageError, match="no run stands there"):
        evals.load_run(f"s3://{bucket}/nothing")
    for url in (f"s3://{bucket}/nothing", "s3://no-such-bucket-anywhere/runs/a"):
        done = cli("runs", "show", url)
        assert (done.code, done.err.count("\n")) == (2, 1)
    assert cli("runs", "list", "--out", f"s3://{bucket}/nothing").out == ""


def test_a_runs_own_word_leads_to_no_store_of_others(
    s3: LocalS3, bucket: str, cli: Callable[..., Any], elsewhere: Path, tmp_path: Path, twenty: Path
) -> None:
    """Scoring again follows a URL in run.json only to a store that was named on this machine."""
    s3.write(bucket, "d.jsonl", twenty.read_bytes())
    url = f"s3://{bucket}/d.jsonl"
    words = ["dataset=file", f"dataset.path={url}", "report.formats=[]"]
    assert cli("run", *words, "--name", "a", "--out", tmp_path / "reports").code == 0
    assert cli("score", "a", "matcher=exact", "report.formats=[]").code == 0
    (elsewhere / "stores").unlink()
    s3.requests.clear()
    done = cli("score", "a", "matcher=exact", "report.formats=[]", "--name", "other")
    assert (done.code, s3.requests) == (3, [])
    assert f"never named on this machine ({url})" in done.err
    assert cli("score", "a", f"dataset.path={url}", "matcher=exact", "report.formats=[]", "--name", "other").code == 0


@pytest.mark.parametrize("missing", ["fsspec", "s3fs"])
def test_without_the_extra_it_says_which(missing: str, tmp_path: Path) -> None:
    """One line, exit 2, and the command that installs it."""
    script = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from evals.cli import main; sys.exit(main(['runs', 'show', 's3://bucket/runs/a']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "pip install 'memory-evals[s3]'" in done.stderr
