"""A MemOS-like server on a real socket, in a thread of its own, that takes a known time and counts what it sees."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

ITEM = {"memory_value": "The user lives in Leeds."}
SUCCESS = {"code": 0, "message": "ok", "data": {"success": True, "memory_detail_list": [ITEM]}}


@dataclass
class Steady:
    """Answers every request after `service_s`; at most `servers` at a time, the others wait in line."""

    service_s: float = 0.0
    servers: int = 10_000
    reply: bytes = json.dumps(SUCCESS).encode()
    status: int = 200
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    open: set[asyncio.Transport] = field(default_factory=set)

    def __enter__(self) -> Self:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def freeze(self, after_s: float, for_s: float) -> None:
        """Answers nobody for a while, as a server that collects garbage or loses its processor."""
        self._loop.call_soon_threadsafe(self._loop.call_later, after_s, time.sleep, for_s)

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._stopping, self._free = (
            asyncio.get_running_loop(),
            asyncio.Event(),
            asyncio.Semaphore(self.servers),
        )
        server = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stopping.wait()
        await asyncio.sleep(0.02)  # what has just been accepted is begun, and then ends as the others do
        server.close()
        for transport in self.open:
            transport.abort()
        await asyncio.sleep(0)  # an aborted transport lets go of its socket in the loop's next turn

    async def answer(self, transport: Any, request: bytes) -> None:
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        async with self._free:
            if self.service_s:
                await asyncio.sleep(self.service_s)
        self.in_flight -= 1
        head = (
            f"HTTP/1.1 {self.status} X\r\ncontent-type: application/json\r\ncontent-length: {len(self.reply)}\r\n\r\n"
        )
        transport.write(head.encode() + self.reply)


class _Connection(asyncio.Protocol):
    def __init__(self, server: Steady) -> None:
        self._server, self._received, self._tasks = server, b"", set[asyncio.Task[None]]()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._server.connections += 1
        self._server.open.add(transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._server.open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self._received = b""
            task = asyncio.ensure_future(self._server.answer(self._transport, head + found + body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
