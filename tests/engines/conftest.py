"""A cluster of two cores begun by the tests, a service that counts and stamps its calls, and `evals` beside them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.chaos.server import PayServer
from tests.programs import programs

PATIENCE_S = 60.0
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # whoever joins a cluster of loopback addresses says so too
TEXT = "I have {} cats and a dog called Rex."
KEY = "sk-engines-0123456789abcdef"


@dataclass(frozen=True)
class Head:
    """An existing cluster: the variables of who wants to join it, and the folder it logs to."""

    variables: dict[str, str]
    folder: Path


@pytest.fixture(scope="session")
def head() -> Iterator[Head]:
    """A cluster somebody else began: two cores, and of this environment the path of programs alone."""
    folder = Path(tempfile.mkdtemp(prefix="evals-head-", dir="/tmp"))
    ray, port = Path(sys.executable).with_name("ray"), _free_port()
    words = [ray, "start", "--head", "--block", "--num-cpus=2", f"--port={port}"]
    words += [
        "--include-dashboard=false",
        "--node-ip-address=127.0.0.1",
        f"--temp-dir={folder}",
        "--object-store-memory=104857600",
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "RAY_USAGE_STATS_ENABLED": "0", **LOOPBACK}
    with (folder / "said").open("w+") as said:
        process = subprocess.Popen(words, env=environment, stdout=said, stderr=said, start_new_session=True)
        try:
            wait_until(lambda: "Ray runtime started" in (folder / "said").read_text())
            yield Head({"RAY_ADDRESS": f"127.0.0.1:{port}", **LOOPBACK}, folder)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
            shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class StampServer(PayServer):
    """The paying service, which also keeps when each call came and what stood in its Authorization header."""

    stamps: list[float] = field(default_factory=list)
    authorized: set[str] = field(default_factory=set)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                said = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
                headers = {name.lower(): value for name, value in said.items()}
                self.authorized.add(headers.get("authorization", ""))
                self.stamps.append(time.monotonic())
                if not await self._reply(json.loads(await reader.readexactly(int(headers["content-length"]))), writer):
                    break
        writer.close()


@pytest.fixture
def server() -> Iterator[StampServer]:
    """The service, on a real socket."""
    with StampServer() as running:
        yield running


@pytest.fixture
def dialogues(tmp_path: Path, server: StampServer) -> Callable[[int], list[str]]:
    """Writes so many dialogues and gives the words that run the service over them."""

    def write(count: int) -> list[str]:
        path = tmp_path / "data.jsonl"
        records = (_record(number) for number in range(count))
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        return [
            *("dataset=file", f"dataset.path={path}", "extractor=cloud", "extractor.api_key_env=MEMOS_API_KEY"),
            *(f"extractor.base_url={server.base_url}", "extractor.qps=null", "extractor.tokens_per_minute=null"),
            *("report.formats=[]", "runner.concurrency=4"),
        ]

    return write


def _record(number: int) -> dict[str, Any]:
    text = TEXT.format(100 + number)
    return {
        "id": f"d{number}",
        "cluster": f"c{number // 2}",
        "language": "en",
        "messages": [{"role": "user", "content": text}],
        "gold_facts": [{"memory_value": text}],
        "gold_explicit_preferences": [],
        "gold_implicit_preferences": [],
    }


@pytest.fixture
def evals() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `evals` in a session of its own, with a key."""
    with programs(own_session=True) as start:
        yield partial(start, MEMOS_API_KEY=KEY)


def ended(process: subprocess.Popen[str], *, code: int = 0) -> str:
    """Waits until it ends as it should. Returns its stderr."""
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code, said
    return said


def wait_until(holds: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Waits until something holds."""
    deadline_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline_s, "it never came to that"
        time.sleep(0.01)


def askers() -> list[int]:
    """The processes that ask, of whatever cluster."""
    return [process for process, title in _processes() if title.startswith("ray::Asker")]


def _processes() -> list[tuple[int, str]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append((int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()))
            except OSError:
                continue
    return found


def begun_by(driver: int) -> list[int]:
    """The processes of a command and of the cluster it began, whose folder is in their command lines."""
    return [
        process
        for process, title in _processes()
        if f"evals-ray-{driver}-" in title or (title.startswith("ray::") and _session(process) == driver)
    ]


def sockets(process: int) -> list[str]:
    """The addresses at which a process listens."""
    try:
        found = psutil.Process(process).net_connections("tcp")
    except psutil.Error:
        return []
    return [each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN]


def _session(process: int) -> int | None:
    try:
        return os.getsid(process)
    except ProcessLookupError:
        return None
