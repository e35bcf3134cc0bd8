"""Built-in servers for the self-check: one answers at once, one after a fixed time; both say how long they took.

They run in a process of their own, speak as much HTTP as a load sender sends, and parse nothing else.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import select
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from evals.load.quiet import loop_factory

REPLY_BYTES = 600  # about what an extraction with three memories takes
STATED_BYTES = 16  # the first bytes of a reply: nanoseconds from the request's last byte to the reply's first
_HEAD = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {REPLY_BYTES}\r\n\r\n".encode()
_REST = b" " * (REPLY_BYTES - STATED_BYTES)


@contextmanager
def fixed_service(service_s: float) -> Iterator[str]:
    """The URL of a server on loopback that takes `service_s` seconds, 0 for none."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(service_s, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/"
    finally:
        process.kill()
        process.join()
        ours.close()


def stated_ms_of(body: bytes) -> float:
    """The service time a reply of such a server states, in milliseconds."""
    return int(body[:STATED_BYTES]) / 1e6


class _Fixed(asyncio.Protocol):
    """Reads requests by their content-length and answers each after the service time."""

    def __init__(self, service_s: float) -> None:
        self._service_s, self._received = service_s, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._received = body[length:]
        came_ns = time.perf_counter_ns()
        if not self._service_s:
            self._answer(came_ns)
        else:
            asyncio.get_running_loop().call_later(self._service_s, self._answer, came_ns)

    def _answer(self, came_ns: int) -> None:
        took_ns = time.perf_counter_ns() - came_ns
        if not self._transport.is_closing():
            self._transport.write(_HEAD + f"{took_ns:0{STATED_BYTES}d}".encode() + _REST)


def _serve(service_s: float, connection: Connection) -> None:
    async def serving() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Fixed(service_s), "127.0.0.1", 0, backlog=2048)
        connection.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with asyncio.Runner(loop_factory=_exact_loop if service_s else loop_factory("auto")[1]) as runner:
        runner.run(serving())


def _exact_loop() -> asyncio.AbstractEventLoop:
    """A loop whose timers do not wait for the next whole millisecond, as those of uvloop and of epoll do.

    Else requests that came one after the other would be answered together, which no system does and no client likes.
    """
    if not hasattr(selectors, "EpollSelector"):
        return asyncio.new_event_loop()

    class Exact(selectors.EpollSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            if timeout is not None and timeout > 0:
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)

    return asyncio.SelectorEventLoop(Exact())
