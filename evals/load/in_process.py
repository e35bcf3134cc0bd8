"""Load senders for extractors that are called: coroutines in this event loop, plain functions in worker processes."""

from __future__ import annotations

import asyncio
import inspect
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from evals.errors import ExtractorError
from evals.io import dumps
from evals.load.faults import CODES
from evals.load.payloads import Payload
from evals.load.senders import Rig
from evals.protocols import Extractor
from evals.types import Message

NO_CONNECTION = -1
_GRACE_S = 2.0


def encoded_messages(messages: Sequence[Message], *, time: bool) -> bytes:
    """What an extractor that is called sees of a dialogue, as the body of a payload."""
    turns = [
        {"role": turn.role, "content": turn.content} | ({"time": turn.time} if time and turn.time else {})
        for turn in messages
    ]
    return json.dumps(turns, ensure_ascii=False).encode(errors="replace")


class CallSender:
    """Awaits `extract()` of one object: what an async client, with its own retries and waits, costs its user."""

    def __init__(self, rig: Rig) -> None:
        assert rig.destination.make is not None
        self._stamps, self._spool = rig.stamps, rig.spool
        self._extractor = rig.destination.make()
        self._calls = [(_messages(payload), payload.asked) for payload in rig.payloads]

    async def open(self, _slots: int) -> None:
        """Lets the extractor start what it needs."""
        if prepare := getattr(self._extractor, "prepare", None):
            await prepare()

    async def send(self, _slot: int, row: int, payload: int) -> None:
        """One call."""
        stamps = self._stamps
        stamps.new_connection[row] = NO_CONNECTION
        messages, asked = self._calls[payload]
        await asyncio.sleep(0)  # a coroutine that awaits nothing must not keep the others, or our clock, from running
        stamps.sent[row] = time.perf_counter_ns()
        try:
            found = self._extractor.extract(messages, asked)
            extraction = await found if inspect.isawaitable(found) else found
            stamps.last_byte[row] = time.perf_counter_ns()
            body = dumps(extraction).encode()
        except Exception as error:
            stamps.last_byte[row] = time.perf_counter_ns()
            stamps.fault[row] = CODES["failed"]
            body = _told(error)
        stamps.size[row] = len(body)
        stamps.reply_at[row] = self._spool.add(body)

    async def close(self) -> None:
        closing = getattr(self._extractor, "close", None)
        if closing is not None and inspect.isawaitable(closed := closing()):
            await closed


class ProcessSender:
    """A worker process a slot, each with an extractor of its own, so that none waits for another's lock."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._workers: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []

    async def open(self, slots: int) -> None:
        """Starts the processes and waits until each has built its extractor."""
        spawning = multiprocessing.get_context("spawn")
        for _ in range(slots):
            ours, theirs = spawning.Pipe()
            process = spawning.Process(target=_serve, args=(theirs, self._rig.destination.make, self._rig.payloads))
            process.start()
            theirs.close()
            self._workers.append((process, ours))
        await asyncio.gather(*(self._reply(connection) for _, connection in self._workers))

    async def send(self, slot: int, row: int, payload: int) -> None:
        """One call in the slot's process; `first_byte` is when the call began there, `last_byte` when it ended."""
        stamps = self._rig.stamps
        stamps.new_connection[row] = NO_CONNECTION
        connection = self._workers[slot][1]
        stamps.sent[row] = time.perf_counter_ns()
        try:
            connection.send(payload)
            began, ended, fault, body = await self._reply(connection)
        except (OSError, EOFError):
            stamps.last_byte[row] = time.perf_counter_ns()
            stamps.fault[row] = CODES["failed"]
            return
        stamps.first_byte[row], stamps.last_byte[row], stamps.fault[row] = began, ended, fault
        stamps.size[row] = len(body)
        stamps.reply_at[row] = self._rig.spool.add(body)

    async def close(self) -> None:
        for _, connection in self._workers:
            with suppress(OSError):
                connection.send(None)
        for process, connection in self._workers:
            process.join(_GRACE_S)
            process.kill()
            process.join()
            connection.close()

    @staticmethod
    async def _reply(connection: Connection) -> Any:
        """The next message, waited for in the event loop. Raises EOFError when the process has ended."""
        loop = asyncio.get_running_loop()
        readable = loop.create_future()
        loop.add_reader(connection.fileno(), _set, readable)
        try:
            await readable
        finally:
            loop.remove_reader(connection.fileno())
            os.set_blocking(connection.fileno(), True)  # event loops take that away; a message is read whole
        return connection.recv()


def _serve(connection: Connection, make: Callable[[], Extractor], payloads: Sequence[Payload]) -> None:
    """A worker process: builds the extractor, then answers payload numbers until None comes."""
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    extractor = make()
    calls = [(_messages(payload), payload.asked) for payload in payloads]
    connection.send(None)
    gc.collect()
    gc.freeze()
    while (number := connection.recv()) is not None:
        messages, asked = calls[number]
        fault, began = 0, time.perf_counter_ns()
        try:
            extraction = extractor.extract(messages, asked)
            ended = time.perf_counter_ns()
            body = dumps(extraction).encode()
        except Exception as error:
            ended = time.perf_counter_ns()
            fault, body = CODES["failed"], _told(error)
        connection.send((began, ended, fault, body))


def _messages(payload: Payload) -> tuple[Message, ...]:
    return tuple(Message(**turn) for turn in json.loads(payload.body))


def _told(error: Exception) -> bytes:
    """The kind of failure, without its message, which may quote a dialogue."""
    return (type(error).__name__ if isinstance(error, ExtractorError) else "ExtractorError").encode()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
