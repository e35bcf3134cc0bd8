"""A service on a real socket that charges for what it answers and fails as a seed says: same seed, same faults."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Self

FAULTS = (
    "slow",
    "reset",
    "hang_up",
    "http_500",
    "http_503_storm",
    "http_429",
    "http_429_retry_after",
    "http_429_clock_ahead",
    "http_429_clock_behind",
    "half_body",
    "garbage",
    "not_json",
    "slow_loris",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How a service behaves: which faults, how often, how long it takes, and for how many calls of a dialogue."""

    seed: int = 0
    faults: tuple[str, ...] = ()
    share: float = 0.0
    delay_s: float = 0.0
    patience: int = 4  # a dialogue that was asked so often is answered


@dataclass
class PayServer:
    """Answers each dialogue with what its user said. `asked` counts calls that arrived, `paid` answers sent whole."""

    weather: Weather = Weather()
    asked: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def calls(self) -> int:
        return self.asked.total()

    def begin(self, weather: Weather) -> None:
        """Forgets what was counted and changes the weather."""
        self.asked, self.paid, self.faults = Counter(), Counter(), Counter()
        self.weather = weather

    def _run(self, ready: threading.Event) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._stop.wait()
        await asyncio.sleep(0.02)  # what has just been accepted is begun, and then ends as the others do
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # a transport that was closed lets go of its socket in the loop's next turn

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:")
                if not await self._reply(json.loads(await reader.readexactly(length)), writer):
                    break

    async def _reply(self, body: dict[str, object], writer: asyncio.StreamWriter) -> bool:
        """Answers one call; False when the connection is over."""
        said = str(body["messages"][0]["content"])  # type: ignore[index]
        weather, times = self.weather, self.asked[said]
        self.asked[said] += 1
        fault = _fault(weather, said, times)
        self.faults[fault or "none"] += 1
        await asyncio.sleep(weather.delay_s * (4 if fault == "slow" else 1))
        if fault in (None, "slow"):
            writer.write(_http(200, _answer(said)))
            await writer.drain()
            self.paid[said] += 1
            return True
        return await _misbehave(fault, said, writer)


def _fault(weather: Weather, said: str, times: int) -> str | None:
    """What goes wrong with this call of a dialogue: drawn from seed, dialogue and how often it was asked."""
    if times >= weather.patience or not weather.faults:
        return None
    drawn = random.Random(hashlib.sha256(f"{weather.seed}|{said}|{times}".encode()).digest())
    return drawn.choice(weather.faults) if drawn.random() < weather.share else None


async def _misbehave(fault: str, said: str, writer: asyncio.StreamWriter) -> bool:
    if fault == "reset":
        writer.transport.abort()
    elif fault == "half_body":
        whole = _http(200, _answer(said))
        writer.write(whole[: len(whole) // 2])
        await writer.drain()
    elif fault == "slow_loris":
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():  # until the client has had enough
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)
    elif fault != "hang_up":
        writer.write(_wrong(fault))
        await writer.drain()
        return True
    return False


def _wrong(fault: str) -> bytes:
    """A reply that is whole and no answer."""
    ahead = timedelta(hours=1 if fault == "http_429_clock_ahead" else -1)
    headers = {
        "http_429_retry_after": "retry-after: 0",
        "http_429_clock_ahead": f"retry-after: {format_datetime(datetime.now(UTC) + ahead)}",
        "http_429_clock_behind": f"retry-after: {format_datetime(datetime.now(UTC) + ahead)}",
    }
    if fault == "garbage":
        return _http(200, bytes(range(256)))
    if fault == "not_json":
        return _http(200, b"<html>Welcome to the hotel's network</html>")
    status = int(fault.split("_")[1])
    return _http(status, b'{"code": 50000, "message": "no"}' if status != 429 else b"{}", headers.get(fault, "x-a: b"))


def _answer(said: str) -> bytes:
    facts = [{"memory_value": said}] if len(said) % 3 else [{"memory_value": said}, {"memory_value": f"{said} Twice."}]
    return json.dumps({"code": 0, "data": {"memory_detail_list": facts, "preference_detail_list": []}}).encode()


def _http(status: int, body: bytes, header: str = "x-a: b") -> bytes:
    return f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n{header}\r\n\r\n".encode() + body
