"""What a load sender is: it opens connections, sends one payload at a time on each, and stamps what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from evals.errors import ConfigError
from evals.http import HttpSettings
from evals.load.payloads import Payload
from evals.load.spool import Spool
from evals.load.stamps import Stamps
from evals.protocols import Extractor

SenderName = Literal["aiohttp", "httpx", "calls", "processes"]

TITLES: Mapping[str, str] = {
    "aiohttp": "one HTTP exchange, sent with aiohttp",
    "httpx": "one HTTP exchange, sent with httpx as `evals run` sends it",
    "calls": "extract() called in the load process's event loop",
    "processes": "extract() called in worker processes",
}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where requests go: one URL, with headers that may hold a key; or `make`, which makes the extractor to call."""

    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    http: HttpSettings = field(default_factory=HttpSettings)
    make: Callable[[], Extractor] | None = None


@dataclass(frozen=True, kw_only=True)
class Rig:
    """What a sender is given: where to send which payloads, where to stamp, and where replies are kept."""

    destination: Destination
    payloads: Sequence[Payload]
    stamps: Stamps
    spool: Spool


class LoadSender(Protocol):
    """One way of sending. Slots are numbered from 0; each has one request in flight at most."""

    async def open(self, slots: int, /) -> None:
        """Gets ready for so many requests in flight; opens connections where it can without a request."""

    async def send(self, slot: int, row: int, payload: int, /) -> None:
        """Sends one payload and stamps its row from `sent` to `last_byte`; never raises for what the system does."""

    async def close(self) -> None: ...


def sender(name: SenderName, rig: Rig) -> LoadSender:
    """The sender of that name. Raises ConfigError when what it needs is not installed."""
    if name == "httpx":
        from evals.load.sender_httpx import HttpxSender

        return HttpxSender(rig)
    if name == "aiohttp":
        try:
            from evals.load.sender_aiohttp import AiohttpSender
        except ImportError:
            raise ConfigError("load.sender=aiohttp: pip install 'memory-evals[bench]'") from None
        return AiohttpSender(rig)
    from evals.load.in_process import CallSender, ProcessSender

    return CallSender(rig) if name == "calls" else ProcessSender(rig)
