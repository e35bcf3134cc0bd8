"""Runs in a real local MLflow, logged by `evals export` or by the run itself; a tracker that is down costs a line."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.cli import main

pytestmark = pytest.mark.slow  # MLflow takes seconds to import

EVALS = Path(shutil.which("evals", path=str(Path(sys.executable).parent)) or "evals")
ENVIRONMENT = {**os.environ, "PYTHONWARNINGS": "ignore", "MLFLOW_ALLOW_FILE_STORE": "true"}
RUN = ["run", "dataset.limit=12", "report.formats=[html,md]", "--name", "a"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    assert main([*RUN, "--out", str(folder)]) == 0
    return folder


def run_evals(*words: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process and a folder of its own: MLflow puts artifacts of a database beside itself."""
    told = ENVIRONMENT | environment
    return subprocess.run([EVALS, *words], capture_output=True, text=True, env=told, cwd=cwd, timeout=120)


def read_back(tracking: str, key: str) -> dict[str, Any]:
    """A run as MLflow's own client gives it."""
    program = (
        "import json, sys; from mlflow.tracking import MlflowClient\n"
        "client = MlflowClient(tracking_uri=sys.argv[1]); run = client.get_run(sys.argv[2])\n"
        "files = [each.path for each in client.list_artifacts(sys.argv[2])]\n"
        "print(json.dumps({'status': run.info.status, 'metrics': run.data.metrics, 'parameters': run.data.params,\n"
        "  'tags': run.data.tags, 'files': files}))\n"
    )
    words = [sys.executable, "-c", program, tracking, key]
    done = subprocess.run(words, capture_output=True, text=True, env=ENVIRONMENT, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check_logged(found: dict[str, Any], run: Path) -> None:
    """Parameters, metrics with both ends of their intervals and n, the signature, and the report stand there."""
    stored = evals.load_run(run)
    recall = stored.score("recall")
    assert found["status"] == "FINISHED"
    ends = ("recall", "recall.low", "recall.high", "recall.n")
    assert [found["metrics"][end] for end in ends] == [recall.value, recall.low, recall.high, recall.n]
    assert found["metrics"]["kind_fact/recall"] == stored.score("recall", "kind=fact").value
    assert found["parameters"]["matcher.name"] == "fuzzy"
    assert found["parameters"]["report.formats"] == "['html', 'md']"  # the last of more than a hundred
    assert found["tags"]["signature"] == stored.run.signature
    assert {"run.json", "report.html", "report.md"} <= set(found["files"])


@pytest.mark.parametrize("store", ["sqlite:///{}/mlflow.db", "file://{}/mlruns"])
def test_an_exported_run(reports: Path, tmp_path: Path, store: str) -> None:
    """A real local store, a database or files, holds what `evals export` logs."""
    tracking = store.format(tmp_path)
    done = run_evals("export", "a", "--to", "mlflow", "--tracking", tracking, "--out", reports, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    check_logged(read_back(tracking, done.stdout.split()[-1]), reports / "a")


def test_hostile_names_are_text(reports: Path, tmp_path: Path) -> None:
    """Names, labels and configuration of others reach the store as text it can hold."""
    hostile = "=cmd <script>alert(1)</script> ../../x \u202e\u200b\x00"
    shutil.copytree(reports / "a", tmp_path / "h")
    run = json.loads((tmp_path / "h" / "run.json").read_text("utf-8"))
    run |= {"name": hostile, "signature": hostile, "config": {**run["config"], hostile: hostile}}
    run["config"] |= {f"{hostile * 20}{end}": end for end in "ab"}
    run["scores"].append({**run["scores"][0], "metric": "f1", "slice": f"label={hostile}", "value": 0.5})
    (tmp_path / "h" / "run.json").write_text(json.dumps(run), "utf-8")
    tracking = f"sqlite:///{tmp_path}/mlflow.db"
    done = run_evals("export", "h", "--to", "mlflow", "--tracking", tracking, "--out", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    found = read_back(tracking, done.stdout.split()[-1])
    shown = "=cmd <script>alert(1)</script> ../../x ⟨U+202E⟩⟨U+200B⟩⟨U+0000⟩"
    assert found["tags"]["signature"] == shown
    assert shown in found["parameters"].values()
    assert any("label_" in name and "cmd" in name for name in found["metrics"])


def test_a_run_logs_itself(tmp_path: Path) -> None:
    """`tracking=mlflow` logs the run once it is complete, where the environment says; a complete one not again."""
    tracking = f"sqlite:///{tmp_path}/mlflow.db"
    done = run_evals(*RUN, "tracking=mlflow", cwd=tmp_path, MLFLOW_TRACKING_URI=tracking)
    assert done.returncode == 0, done.stderr[-2000:]
    told = done.stdout.splitlines()[-1]
    assert told.startswith(f"tracked    {tracking}: run ")
    check_logged(read_back(tracking, told.split()[-1]), tmp_path / "reports" / "a")
    again = run_evals(*RUN, "tracking=mlflow", cwd=tmp_path, MLFLOW_TRACKING_URI=tracking)
    assert "tracked" not in again.stdout


def test_a_tracker_that_is_down_costs_a_line(tmp_path: Path) -> None:
    """Refused or never answered: the run is complete, no password is shown, and the command told logs the run."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for name, address in (("refused", "http://me:s3cret@127.0.0.1:1"), ("silent", f"http://127.0.0.1:{port}")):
            done = run_evals(
                *(*RUN[:-1], name, "tracking=mlflow"),
                cwd=tmp_path,
                MLFLOW_TRACKING_URI=address,
                MLFLOW_HTTP_REQUEST_TIMEOUT="1",
                MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
            )
            assert done.returncode == 0, done.stderr[-2000:]
            assert evals.load_run(tmp_path / "reports" / name).run.status == "complete"
            told = done.stderr.splitlines()[-1]
            assert told.startswith("not tracked: http://127.0.0.1:")
            assert "s3cret" not in done.stdout + done.stderr
            later = told.partition("complete, and evals ")[2].removesuffix(" logs it").split()
            assert later == ["export", f"reports/{name}", "--to", "mlflow"]
    assert run_evals(*later, cwd=tmp_path).returncode == 0


def test_a_password_never_enters_run_json(cli: Any, tmp_path: Path) -> None:
    """Refused before anything is asked: configuration is stored."""
    done = cli(*RUN, "tracking=mlflow", "tracking.uri=http://me:s3cret@127.0.0.1:1", "--out", tmp_path)
    assert done.code == 2
    assert "belongs in MLFLOW_TRACKING_URI" in done.err
    assert not (tmp_path / "a").exists()


def test_a_tracking_store_that_cannot_be_reached_is_told(cli: Any, reports: Path) -> None:
    """Of an export: one line and exit 3, never a traceback."""
    done = cli("export", "a", "--to", "mlflow", "--tracking", "nonsense://x", "--out", reports)
    assert done.code == 3
    assert done.err.startswith("evals: nonsense://x: ")
