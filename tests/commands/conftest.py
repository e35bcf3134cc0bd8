"""Commands run in this process or in one of their own, over small datasets and a program that logs what it is asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from tests.programs import programs

PROGRAM = """
import json, os, sys, time
for line in sys.stdin:
    request = json.loads(line)
    said = request["messages"][0]["content"]
    with open({log!r}, "a", encoding="utf-8") as log:
        log.write(said + "\\n")
    time.sleep({delay_s})
    reply = {{"id": request["id"]}}
    if os.path.exists({down!r}):
        reply["error"] = "the service is down"
    else:
        reply["memory_detail_list"] = [{{"memory_value": said}}]
    print(json.dumps(reply), flush=True)
"""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Done]]:
    """Runs `evals` with the words given, in this process."""
    handlers = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}

    def run(*words: object) -> Done:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    yield run
    for signum, handler in handlers.items():
        signal.signal(signum, handler)


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `evals` in a process of its own."""
    with programs() as start:
        yield start


@dataclass(frozen=True)
class Program:
    """A program for `extractor=command` that answers with the first message and logs every request."""

    path: Path
    log: Path
    down: Path

    @property
    def asked(self) -> list[str]:
        """The first message of every request so far."""
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []

    def overrides(self, dataset: Path) -> list[str]:
        """What makes a run use it, one request at a time, over a dataset."""
        return [
            "dataset=file",
            f"dataset.path={dataset}",
            "extractor=command",
            f"extractor.argv=[{sys.executable},{self.path}]",
            "runner.concurrency=1",
            "report.formats=[]",
        ]


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Program]:
    """Writes the program; while the file `down` exists it answers with errors."""

    def write(delay_s: float = 0.0) -> Program:
        made = Program(tmp_path / "program.py", tmp_path / "asked.log", tmp_path / "down")
        made.path.write_text(PROGRAM.format(log=str(made.log), down=str(made.down), delay_s=delay_s), "utf-8")
        return made

    return write


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., Path]:
    """Writes records into a file."""

    def write(*records: dict[str, Any], name: str = "dataset.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
        return path

    return write


@pytest.fixture
def twenty(dataset: Callable[..., Path]) -> Path:
    """Twenty dialogues, ten in each language; the gold of each is its only message."""
    texts = [f"I have {number} cats." for number in range(10, 20)]
    texts += [f"我养了{number}只猫。" for number in range(10, 20)]
    return dataset(
        *(
            {
                "id": f"d{place:02}",
                "language": "en" if place < 10 else "zh",
                "split": ("dev", "test")[place % 2],
                "labels": ["odd" if place % 2 else "even"],
                "messages": [{"role": "user", "content": text}],
                "gold_facts": [{"memory_value": text}],
                "gold_explicit_preferences": [],
                "gold_implicit_preferences": [],
            }
            for place, text in enumerate(texts)
        )
    )


@pytest.fixture
def files() -> Callable[[Path], dict[str, tuple[bytes, int]]]:
    """Reads a folder as {name: (bytes, time of change)}."""

    def read(folder: Path) -> dict[str, tuple[bytes, int]]:
        return {
            str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read


@pytest.fixture
def outcomes() -> Callable[[Path], list[dict[str, Any]]]:
    """Reads outcomes.jsonl without the one thing that no two runs share, the latency."""

    def read(folder: Path) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in (folder / "outcomes.jsonl").read_text("utf-8").splitlines()]
        return [{name: value for name, value in line.items() if name != "latency_ms"} for line in lines]

    return read
