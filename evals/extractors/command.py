"""Any program as an extractor: one JSON object a line on its stdin, one a line on its stdout.

request   {"id": 7, "messages": [{"role": …, "content": …}, …], "extraction_types": ["memory", "preference"]}
reply     {"id": 7, "memory_detail_list": [...], "preference_detail_list": [...]}   or   {"id": 7, "error": "…"}
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from evals.errors import ConfigError, ExtractorError
from evals.memos.lists import ShapeError
from evals.predictions import decoded, extraction_from
from evals.types import Branch, Extraction, ExtractionType, Message, Trace

REPLY_BYTES = 16 * 2**20
STDERR_BYTES = 2000
STDERR_LINES = 3
GRACE_S = 1.0
POLL_S = 0.002


class CommandExtractor:
    """A program that is started as often as there are calls in flight and answers line after line until stdin ends.

    `argv` is started without a shell, in a process group of its own, with `env` added to our environment. After a
    crash, a time-out or a line that is no reply, the program is killed with its group and the next call starts it anew.
    """

    def __init__(
        self,
        argv: Sequence[str],
        timeout_s: float = 60.0,
        env: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(argv, str) or not argv or not all(isinstance(word, str) for word in argv):
            raise ConfigError(f"extractor.argv: a list of words is wanted, such as [python, my.py] (value {argv!r})")
        if not timeout_s > 0:
            raise ConfigError(f"extractor.timeout_s={timeout_s}: seconds, above 0, are wanted")
        self.argv, self.timeout_s = tuple(argv), timeout_s
        self._env = {**os.environ, **(env or {})}
        if shutil.which(argv[0], path=self._env.get("PATH")) is None:
            raise ConfigError(f"extractor.argv: cannot start {argv[0]!r}: No such file or directory")
        self._ids = itertools.count(1)
        self._idle: list[_Program] = []

    async def extract(self, messages: Sequence[Message], extraction_types: Sequence[ExtractionType]) -> Extraction:
        """One request to a program that is free. Raises ExtractorError saying what came instead of a reply."""
        request = {
            "id": next(self._ids),
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "extraction_types": list(extraction_types),
        }
        program = await self._free_program()
        try:
            async with asyncio.timeout(self.timeout_s):
                line = await program.exchange(request)
            reply = _reply_to(request["id"], line)
        except TimeoutError:
            await program.kill()
            raise ExtractorError(f"no reply within {self.timeout_s:g} s{program.last_words()}") from None
        except BaseException:
            await program.kill()
            raise
        self._idle.append(program)
        return _extraction(reply, line)

    async def close(self) -> None:
        """Ends every program: by closing its stdin, and after a second by killing its process group."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(program.stop() for program in idle))

    async def _free_program(self) -> _Program:
        if self._idle:
            return self._idle.pop()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._env,
                limit=REPLY_BYTES,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigError(f"extractor.argv: cannot start {self.argv[0]!r}: {error.strerror}") from None
        return _Program(process)


def _reply_to(request_id: object, line: bytes) -> dict[str, Any]:
    """The reply in a line. Raises ExtractorError when it is none, or one to another request."""
    shown = repr(line[:80].decode(errors="replace").strip())
    try:
        reply = decoded(line)
    except ShapeError as error:
        raise ExtractorError(f"its stdout must hold replies alone, but says {shown} ({error})") from None
    if not isinstance(reply, dict):
        raise ExtractorError(f"a JSON object was wanted as a reply, but it says {shown}")
    answered = reply.get("id", request_id if "error" in reply else None)
    if type(answered) is not int or answered != request_id:
        raise ExtractorError(f"a reply with id {request_id} was wanted, but it says {shown}")
    return reply


def _extraction(reply: dict[str, Any], line: bytes) -> Extraction:
    """The extraction in a reply; the line itself is kept when something in it could not be read."""
    error = reply.get("error")
    if error is not None:
        raise ExtractorError(error if isinstance(error, str) else json.dumps(error, ensure_ascii=False))
    try:
        extraction = extraction_from(reply)
        unread = any(fact.memory_value is None for fact in extraction.facts)
        if unread or any(preference.preference is None for preference in extraction.preferences):
            raw = line.decode(errors="replace").strip()
            return extraction_from(reply, trace=Trace(branches=(Branch(raw=raw),)))
    except ShapeError as error:
        raise ExtractorError(f"its reply cannot be read: {error}") from None
    return extraction


class _Program:
    """One running process, asked one thing at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said = b""
        self._listening = asyncio.create_task(self._listen())

    async def exchange(self, request: Mapping[str, Any]) -> bytes:
        """Writes one line and reads one. Raises ExtractorError when the program ends instead."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with suppress(ConnectionError):  # it has ended, which reading tells better
            stdin.write(json.dumps(request, ensure_ascii=False).encode(errors="replace") + b"\n")
            await stdin.drain()
        try:
            line = await stdout.readline()
        except ValueError:
            raise ExtractorError(f"its reply is longer than {REPLY_BYTES // 2**20} MB") from None
        if line:
            return line
        raise ExtractorError(f"it ended {await self._ending()} instead of replying{self.last_words()}")

    def last_words(self) -> str:
        """The last lines of stderr, as the end of an error message; nothing where there are none."""
        lines = self._said.decode(errors="replace").strip().splitlines()[-STDERR_LINES:]
        return f"; its stderr: {' | '.join(line.strip() for line in lines)}" if lines else ""

    async def stop(self) -> None:
        """Lets the program end by itself, for a moment, and then kills what is left."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._exit(GRACE_S)
        await self.kill()

    async def kill(self) -> None:
        """Kills the process with all it started, and lets go of its pipes."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._exit(GRACE_S)
        self._listening.cancel()
        # A child in a group of its own may still hold the pipes, and asyncio has no public way to let go of them.
        self._process._transport.close()  # type: ignore[attr-defined]

    async def _ending(self) -> str:
        """How the process ended; it has closed its stdout, and the end of its stderr is waited for."""
        await self._exit(GRACE_S)
        await asyncio.wait([self._listening], timeout=GRACE_S)
        status = self._process.returncode
        if status is None:
            return "its output"
        return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"

    async def _exit(self, within_s: float) -> None:
        """Waits for the process alone: Process.wait() would also wait for its pipes, which a child may hold."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._process.returncode is None:
                    await asyncio.sleep(POLL_S)

    async def _listen(self) -> None:
        """Keeps the end of stderr, and keeps it from filling up."""
        stderr = self._process.stderr
        assert stderr is not None
        while said := await stderr.read(65536):
            self._said = (self._said + said)[-STDERR_BYTES:]
