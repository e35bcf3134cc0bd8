"""`evals serve` as a process of its own on a free port, and a plain client for it."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PREFIX = "/api/openmem/v1"
GREETING = {"messages": [{"role": "user", "content": "I live in Lisbon."}]}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    json: Any


@dataclass
class Served:
    """A running server; `log` is all it says on stderr."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self, body: object = None, *, path: str = "/extract/memory", method: str = "POST", **headers: str
    ) -> Answer:
        """One request on a connection of its own; bytes are sent as they stand."""
        sent = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, sent, {key.replace("_", "-"): value for key, value in headers.items()})
            reply = connection.getresponse()
            return Answer(
                reply.status, {key.lower(): value for key, value in reply.getheaders()}, json.loads(reply.read())
            )
        finally:
            connection.close()

    def said(self) -> str:
        return self.log.read_text()


def started(words: tuple[str, ...], folder: Path, env: dict[str, str]) -> Served:
    log = folder / f"serve-{len(list(folder.iterdir()))}.log"
    path = os.pathsep.join([str(HERE), str(HERE.parent.parent)])
    with log.open("wb") as handle:
        process = subprocess.Popen(
            [sys.executable, "-m", "evals", "serve", "server.port=0", *words],
            stderr=handle,
            env={**os.environ, "PYTHONPATH": path, **env},
            cwd=folder,
        )
    while not (match := re.search(r"at http://[^:]+:(\d+)", log.read_text())):
        assert process.poll() is None, log.read_text()
    return Served(process, int(match[1]), log)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Served]]:
    """Starts servers by their overrides, one for the same words; all end with the module."""
    running: dict[object, Served] = {}
    with tempfile.TemporaryDirectory() as folder:

        def start(*words: str, **env: str) -> Served:
            key = (words, tuple(env.items()))
            if key not in running or running[key].process.poll() is not None:
                running[key] = started(words, Path(folder), env)
            return running[key]

        yield start
        for served in running.values():
            served.process.kill()
            served.process.wait()


def system(name: str, *words: str) -> tuple[str, ...]:
    """Overrides that serve a class of served_systems.py."""
    return ("extractor=custom", f"extractor._target_=served_systems.{name}", *words)


@pytest.fixture(name="system")
def _system() -> Callable[..., tuple[str, ...]]:
    return system
