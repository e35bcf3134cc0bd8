"""Starts an inference server, waits until it answers, keeps its log, and stops it with all it started."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from evals.errors import ConfigError, ExtractorError
from evals.http import HttpSettings, Sender
from evals.inference import served_models

HOST = "127.0.0.1"
LOG_NAME = "server.log"
POLL_S, GRACE_S = 0.25, 10.0
LAST_LINES = 3

_PLACE = re.compile(r"\{(model|port|host)\}")


class Launched:
    """A server of our own making: `argv` from a command line with `{model}`, `{port}` and `{host}`, no shell.

    The line is split before the places are filled, so that a path with blanks stays one word.
    """

    def __init__(self, command: str, *, model: str, log_folder: Path | None) -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise ConfigError(f"extractor.launch={command!r}: {error}") from None
        if not words or "{port}" not in command:
            raise ConfigError(f"extractor.launch={command!r}: a command with {{port}} in it is wanted")
        values = {"model": model, "port": str(_free_port()), "host": HOST}
        self.argv = [_PLACE.sub(lambda found: values[found[1]], word) for word in words]
        self.base_url = f"http://{HOST}:{values['port']}/v1"
        folder = log_folder or Path(tempfile.mkdtemp(prefix="evals-server-"))
        self.log_path = folder / LOG_NAME
        self._log: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, within_s: float) -> None:
        """Starts it and waits until it lists its models. Raises ConfigError quoting its last lines when it does not."""
        self._log = self.log_path.open("ab")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command, split without a shell
                self.argv, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True
            )
        except OSError as error:
            raise ConfigError(f"extractor.launch: cannot start {self.argv[0]!r}: {error.strerror}") from None
        atexit.register(self._kill)
        try:
            await self._ready(within_s)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """SIGTERM to its process group, and after ten seconds SIGKILL."""
        process = self._process
        if process is not None and process.poll() is None:
            self._signal(signal.SIGTERM)
            deadline_s = time.monotonic() + GRACE_S
            while process.poll() is None and time.monotonic() < deadline_s:
                await asyncio.sleep(0.05)
        self._kill()

    async def _ready(self, within_s: float) -> None:
        settings = HttpSettings(timeout_s=5.0, max_attempts=1)
        deadline_s = time.monotonic() + within_s
        async with Sender(self.base_url, settings) as sender:
            while time.monotonic() < deadline_s:
                assert self._process is not None
                if (status := self._process.poll()) is not None:
                    raise ConfigError(f"extractor.launch: it ended with status {status}{self._last_words()}")
                with suppress(ExtractorError):
                    await served_models(sender)
                    return
                await asyncio.sleep(POLL_S)
        raise ConfigError(f"extractor.launch: not ready within {within_s:g} s{self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-LAST_LINES:]
        said = " | ".join(line.strip()[:200] for line in lines)
        return f"; its log {self.log_path} ends: {said}" if said else f"; its log {self.log_path} is empty"

    def _signal(self, number: int) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _kill(self) -> None:
        """Kills what is left of its process group; children it started may outlive it otherwise."""
        atexit.unregister(self._kill)
        if self._process is not None:
            self._signal(signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        if self._log is not None:
            self._log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
