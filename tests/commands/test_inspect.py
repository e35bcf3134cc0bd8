"""The log for Inspect in Inspect's own hands: read by its package, opened in its viewer by a real browser."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

import evals
from evals.cli import main
from evals.runs import RunFolder
from tests.report.devtools import Browser, chromium, missing

pytestmark = pytest.mark.slow  # a server and a browser

TOOLS = Path(os.environ.get("EVALS_INSPECT", Path(__file__).parents[2] / ".venv-inspect")) / "bin"
TEXT = "document.body.innerText"
HOSTILE = "<img src=x onerror=alert(1)> ![x](http://example.invalid/x.png) \u202e\u200b\x00"
SHOWN = "<img src=x onerror=alert(1)> ![x](http://example.invalid/x.png) ⟨U+202E⟩⟨U+200B⟩⟨U+0000⟩"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over a sample, one memory of it hostile, one dialogue failed."""
    if not (TOOLS / "inspect").exists():
        missing("inspect_ai is not installed (make test-slow fetches it): the log was not opened", "inspect")
    folder = tmp_path_factory.mktemp("reports")
    assert main(["run", "dataset.limit=12", "report.formats=[]", "--name", "sample run", "--out", str(folder)]) == 0
    run = RunFolder(folder / "sample run")
    outcomes = list(run.outcomes())
    last = outcomes[-1]
    outcomes[-1] = replace(last, predicted=(replace(last.predicted[0], text=HOSTILE), *last.predicted[1:]))
    outcomes[-2] = replace(outcomes[-2], error="Timeout: no answer")
    with run.writing_outcomes() as write:
        for outcome in outcomes:
            write(outcome)
    return folder


@pytest.fixture
def log(cli: Any, reports: Path, tmp_path: Path) -> Path:
    """The log of that run, alone in a folder."""
    return Path(
        cli("export", "sample run", "--to", "inspect", "--dest", tmp_path / "logs", "--out", reports).out.strip()
    )


def test_the_package_reads_the_log(log: Path, reports: Path) -> None:
    """Every sample, its talk, its scores and the metrics; the head alone too, as the viewer's list reads it."""
    program = (
        "import json, sys; from inspect_ai.log import read_eval_log, write_eval_log\n"
        "head = read_eval_log(sys.argv[1], header_only=True).results.scores\n"
        "log = read_eval_log(sys.argv[1]); write_eval_log(log, sys.argv[1].replace('.json', '.eval'))\n"
        "log = read_eval_log(sys.argv[1].replace('.json', '.eval'))\n"
        "metrics = log.results.scores[0].metrics\n"
        "assert [each.name for each in head] == [each.name for each in log.results.scores]\n"
        "print(json.dumps([log.status, [s.id for s in log.samples], metrics['recall'].value, \n"
        "  metrics['recall.low'].value, [[m.role for m in s.messages] for s in log.samples],\n"
        "  [s.scores['predicted'].explanation.partition('\\n')[0] for s in log.samples],\n"
        "  {name: score.value for name, score in log.samples[0].scores.items()}]))\n"
    )
    done = subprocess.run([TOOLS / "python", "-c", program, log], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    status, ids, recall, low, roles, told, states = json.loads(done.stdout.splitlines()[-1])
    outcomes = list(RunFolder(reports / "sample run").outcomes())
    scored = evals.load_run(reports / "sample run").score("recall")
    assert (status, ids) == ("success", [outcome.id for outcome in outcomes])
    assert (recall, low) == (scored.value, scored.low)
    assert all(said[-1] == "assistant" and "user" in said for said in roles)
    assert [line for line in told if "failed" in line] == ["the extraction failed: Timeout: no answer"]
    sizes = {side: sum(counts.values()) for side, counts in states.items()}
    assert sizes == {"gold": len(outcomes[0].gold), "predicted": len(outcomes[0].predicted)}


@contextmanager
def viewer(logs: Path) -> Iterator[str]:
    """The address of Inspect's viewer over a folder of logs, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [TOOLS / "inspect", "view", "start", "--log-dir", logs, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 60
            while not answers(address := f"http://127.0.0.1:{port}/"):
                assert server.poll() is None
                assert time.monotonic() < deadline, "the viewer does not start"
                time.sleep(0.1)
            yield address
        finally:
            server.kill()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


@pytest.mark.browser
def test_the_viewer_shows_the_run(log: Path, reports: Path, tmp_path: Path) -> None:
    """It lists the run, shows scores with intervals, every sample, and memories as text; nothing of ours fails."""
    outcomes = list(RunFolder(reports / "sample run").outcomes())
    scored = evals.load_run(reports / "sample run").score("f1")
    with viewer(log.parent) as address, Browser(chromium(), tmp_path / "p", downloads=tmp_path / "d") as browser:
        browser.resize(1280, 900)
        browser.open(f"{address}#/tasks")
        listed = json.dumps(f"{scored.value:.3f}")
        browser.wait_until(f"['memory-extraction', 'sample run', {listed}].every((each) => {TEXT}.includes(each))")
        browser.open("about:blank")
        browser.open(f"{address}#/logs/{quote(log.name)}")
        browser.wait_until(f"{TEXT}.includes({json.dumps(outcomes[0].id)})")
        page = browser.evaluate(TEXT)
        assert "\t".join(f"{each:.3f}" for each in (scored.value, scored.low, scored.high)) in page
        assert "12 Samples" in page
        assert "NaN" not in page
        keep(browser)
        browser.open("about:blank")
        sample = quote(outcomes[-1].id, safe="")
        browser.open(f"{address}#/logs/{quote(log.name)}/samples/sample/{sample}/1/scoring")
        browser.wait_until(f"{TEXT}.includes({json.dumps(outcomes[-1].gold[0].text)})")
        browser.wait_until(f"{TEXT}.includes({json.dumps(SHOWN)})")
        assert browser.evaluate("document.querySelectorAll('img').length") == 0
        assert [
            each for each in browser.complaints if "/api/flow" not in each
        ] == []  # a file that only its own runs have


def keep(browser: Browser) -> None:
    """The picture in docs/, made anew on request; the line with the log's folder is left out."""
    if os.environ.get("EVALS_UPDATE_PICTURES") == "1":
        picture = Image.open(io.BytesIO(browser.screenshot()))
        picture.crop((0, 28, *picture.size)).save(Path(__file__).parents[2] / "docs" / "inspect.png", optimize=True)
