"""engine=ray against engine=local, to the byte; workers, drivers and rate limits. Real Ray, real sockets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.memos.tokens import token_counter, tokens_of
from evals.types import Message
from tests.chaos.server import Weather
from tests.engines.conftest import KEY, TEXT, Head, StampServer, askers, begun_by, ended, sockets, wait_until

pytestmark = pytest.mark.slow

Start = Callable[..., subprocess.Popen[str]]
NUMBERS = ("scores", "controls", "skill", "confusion", "counts", "signature", "identity", "matching")
CONCURRENCY = 4  # of the words that the fixture gives
TOKENS = tokens_of([Message(role="user", content=TEXT.format(100))], token_counter(None)[1])  # of every dialogue
LATE_S = 0.1  # a call may reach the server so much later than its turn came


def numbers(run: Path) -> dict[str, Any]:
    """What run.json says of a run, measured times aside."""
    about = json.loads((run / "run.json").read_text("utf-8"))
    assert about["status"] == "complete"
    return {name: about[name] for name in NUMBERS} | {"facts": (about["system"] or {}).get("facts")}


def outcomes(run: Path) -> list[dict[str, Any]]:
    """outcomes.jsonl as it stands, without the times that were measured."""
    lines = map(json.loads, (run / "outcomes.jsonl").read_text("utf-8").splitlines())
    return [{name: value for name, value in line.items() if name != "latency_ms"} for line in lines]


def answers(run: Path) -> list[dict[str, Any]]:
    """predictions.jsonl by id, without times; what a trace holds beside the answer is times."""
    lines = sorted(map(json.loads, (run / "predictions.jsonl").read_text("utf-8").splitlines()), key=lambda x: x["id"])
    return [{name: value for name, value in line.items() if "_ms" not in name and name != "trace"} for line in lines]


def counts(run: Path) -> dict[str, bytes]:
    """What counts.npz holds beside times, and the size of outcomes.jsonl, which has them."""
    with zipfile.ZipFile(run / "counts.npz") as archive:
        return {
            name: archive.read(name) for name in archive.namelist() if "latency" not in name and "about" not in name
        }


def assert_alike(one: Path, other: Path) -> None:
    """Two runs of one system are the same in everything but measured times."""
    assert answers(one) == answers(other)
    assert outcomes(one) == outcomes(other)
    assert counts(one) == counts(other)
    assert numbers(one) == numbers(other)


def test_the_engine_shows_nowhere(evals: Start, head: Head, tmp_path: Path) -> None:
    """The golden set: asked by workers of an existing cluster as by ourselves, and matched there to the last byte."""
    words = ["run", "report.formats=[]", "--out", tmp_path, "--name"]
    local = evals(*words, "local")
    ended(evals(*words, "ray", "engine=ray", **head.variables))
    ended(local)
    assert_alike(tmp_path / "local", tmp_path / "ray")
    words[1:1] = ["extractor=recorded", f"extractor.run={tmp_path / 'ray'}", "controls=[control_shuffled]"]
    local = evals(*words, "local-again")
    ended(evals(*words, "ray-again", "engine=ray", "engine.batch=7", **head.variables))
    ended(local)
    for file in ("predictions.jsonl", "outcomes.jsonl", "counts.npz"):
        assert (tmp_path / "local-again" / file).read_bytes() == (tmp_path / "ray-again" / file).read_bytes()
    assert numbers(tmp_path / "local-again") == numbers(tmp_path / "ray-again")


def test_a_worker_that_is_killed_costs_what_it_had_in_flight(
    evals: Start, dialogues: Callable[[int], list[str]], server: StampServer, head: Head, tmp_path: Path
) -> None:
    """The run goes on; its calls are made again, no others; the key came with the driver and stands in no log."""
    server.begin(Weather(delay_s=0.1))
    words = ["run", *dialogues(120), "--out", tmp_path, "--name"]
    running = evals(*words, "ray", "engine=ray", **head.variables)
    wait_until(lambda: server.calls >= 30)
    os.kill(askers()[0], signal.SIGKILL)
    said = ended(running)
    assert "a worker of the cluster was lost" in said
    assert 120 < server.calls <= 120 + CONCURRENCY / 2
    assert server.authorized == {f"Token {KEY}"}
    assert not [path for path in head.folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    server.begin(Weather())
    ended(evals(*words, "local"))
    assert_alike(tmp_path / "local", tmp_path / "ray")


def test_a_killed_driver_loses_nothing(
    evals: Start, dialogues: Callable[[int], list[str]], server: StampServer, tmp_path: Path
) -> None:
    """kill -9, and its workers are gone; the same command asks for what was in flight and what had not begun."""
    server.begin(Weather(delay_s=0.1))
    words = ["run", *dialogues(60), "engine=ray", "engine.workers=2", "--out", tmp_path, "--name", "a"]
    first = evals(*words)
    wait_until(lambda: server.calls >= 20)
    first.kill()
    wait_until(lambda: not askers(), within_s=5)
    before = (tmp_path / "a" / "predictions.jsonl").read_bytes()
    ended(evals(*words))
    assert (tmp_path / "a" / "predictions.jsonl").read_bytes().startswith(before)
    assert 60 <= server.calls <= 60 + CONCURRENCY
    assert len(answers(tmp_path / "a")) == 60
    assert numbers(tmp_path / "a")["counts"] == {"dialogues": 60, "predictions": 60, "failed": 0}


def test_begun_here_it_listens_on_loopback_alone_and_an_interrupt_leaves_nobody(
    evals: Start, dialogues: Callable[[int], list[str]], server: StampServer, tmp_path: Path
) -> None:
    """Ctrl-C, which a terminal sends to Ray too: calls in flight land, exit 130; another engine goes on with it."""
    server.begin(Weather(delay_s=0.1))
    words = ["run", *dialogues(60), "--out", tmp_path, "--name", "a"]
    running = evals(*words, "engine=ray", "engine.workers=2")
    wait_until(lambda: server.calls >= 20)
    listening = [socket for process in begun_by(running.pid) for socket in sockets(process)]
    assert len(listening) >= 5
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    os.killpg(running.pid, signal.SIGINT)
    assert "interrupted by SIGINT; stored" in ended(running, code=130)
    wait_until(lambda: not begun_by(running.pid), within_s=10)
    assert len(answers(tmp_path / "a")) == server.calls < 60
    assert not list(Path("/tmp").glob(f"evals-ray-{running.pid}-*"))
    ended(evals(*words))
    assert server.calls == 60
    assert len(answers(tmp_path / "a")) == 60


def test_limits_hold_over_all_workers(
    evals: Start, dialogues: Callable[[int], list[str]], server: StampServer, head: Head, tmp_path: Path
) -> None:
    """Calls a second and tokens a minute, whoever makes them; a second Ctrl-C abandons what waits for its minute."""
    words = [*dialogues(60), "runner.qps=25", f"extractor.tokens_per_minute={40 * TOKENS}"]
    running = evals("run", *words, "engine=ray", "--out", tmp_path, "--name", "a", **head.variables)
    wait_until(lambda: server.calls >= 40)
    time.sleep(1.0)
    assert server.calls == 40
    running.send_signal(signal.SIGINT)
    wait_until(lambda: "stopping" in (running.stderr.readline() if running.stderr else ""))
    running.send_signal(signal.SIGINT)
    ended(running, code=130)
    assert len(answers(tmp_path / "a")) == 40
    assert server.stamps[39] - server.stamps[0] >= 39 / 25 - LATE_S
    for first, later in zip(server.stamps, server.stamps[10:], strict=False):
        assert later - first >= 10 / 25 - LATE_S


def test_what_is_wrong_in_a_worker_is_one_line(evals: Start, head: Head, tmp_path: Path) -> None:
    """An extractor that cannot be imported there: exit 2. One that ends its process: exit 4 after three, resumable."""
    words = ["run", "dataset.limit=8", "report.formats=[]", "extractor=custom", "engine=ray", "--out", tmp_path]
    there = {**head.variables, "PYTHONPATH": str(plugins(tmp_path))}
    said = ended(evals(*words, "extractor._target_=only_here.Mine", **there), code=2)
    assert said.splitlines()[-1] == "evals: extractor: cannot build only_here.Mine: no such library there"
    said = ended(evals(*words, "extractor._target_=fragile.Ends", "--name", "b", **there), code=4)
    assert "3 workers in a row were lost without an answer in between" in said.splitlines()[-1]
    assert json.loads((tmp_path / "b" / "run.json").read_text("utf-8"))["status"] == "incomplete"


def test_a_lost_worker_does_not_show_in_what_is_matched(evals: Start, head: Head, tmp_path: Path) -> None:
    """Its batch is matched again by another."""
    there = {**head.variables, "PYTHONPATH": str(plugins(tmp_path))}
    words = ["dataset.limit=40", "report.formats=[]", "matcher=custom", "matcher._target_=fragile.EndsOnce"]
    words += [f"+matcher.flag={tmp_path / 'flag'}", "--out", str(tmp_path), "--name"]
    ended(evals("run", *words, "a", "engine=ray", "engine.batch=4", **there))
    assert (tmp_path / "flag").exists()
    words[:1] = []
    ended(evals("score", "a", "--force", *words, "b", PYTHONPATH=there["PYTHONPATH"]))
    assert (tmp_path / "a" / "outcomes.jsonl").read_bytes() == (tmp_path / "b" / "outcomes.jsonl").read_bytes()


def plugins(folder: Path) -> Path:
    """Writes systems that behave here and not in a worker of a cluster."""
    (folder / "only_here.py").write_text(
        "import os\n"
        "if 'RAY_RAYLET_PID' in os.environ:\n"
        "    raise ImportError('no such library there')\n"
        "class Mine:\n"
        "    def extract(self, messages, extraction_types):\n"
        "        return {}\n"
    )
    (folder / "fragile.py").write_text(
        "import dataclasses, os\n"
        "from evals.matching.exact import ExactMatcher\n"
        "class Ends:\n"
        "    def extract(self, messages, extraction_types):\n"
        "        os.kill(os.getpid(), 9)\n"
        "@dataclasses.dataclass(frozen=True)\n"
        "class EndsOnce(ExactMatcher):\n"
        "    flag: str = ''\n"
        "    def match(self, gold, predicted, messages):\n"
        "        if 'RAY_RAYLET_PID' in os.environ and not os.path.exists(self.flag):\n"
        "            open(self.flag, 'w').close()\n"
        "            os.kill(os.getpid(), 9)\n"
        "        return super().match(gold, predicted, messages)\n"
    )
    return folder
