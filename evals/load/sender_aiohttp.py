"""The default load sender: aiohttp, as near to wrk as Python comes (docs/latency.md)."""

from __future__ import annotations

import asyncio
import errno
import ssl
import time
from contextvars import ContextVar
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from evals import __version__
from evals.http import proxy_of, tls_context
from evals.load.faults import CODES
from evals.load.senders import Rig

_DIALLED_AT_ONCE = 32
_ROW: ContextVar[int | None] = ContextVar("row", default=None)  # of the request that this task sends


class AiohttpSender:
    """One session whose pool has no limit of its own: how many are in flight is the schedule's to say."""

    def __init__(self, rig: Rig) -> None:
        self._stamps, self._spool = rig.stamps, rig.spool
        self._bodies = [payload.body for payload in rig.payloads]
        destination = rig.destination
        self._url = URL(destination.url, encoded=True)
        self._limit = int(destination.http.max_reply_mb * 2**20)
        self._proxy = proxy_of(destination.url, destination.http)
        self._headers = {
            "Content-Type": "application/json",
            "User-Agent": f"memory-evals/{__version__}",
            "Accept-Encoding": "identity",
            **destination.headers,
        }
        self._timeout = aiohttp.ClientTimeout(total=destination.http.timeout_s)
        self._tls: ssl.SSLContext | bool = True
        if self._url.scheme == "https":
            self._tls = tls_context(destination.http.ca_bundle)

    async def open(self, slots: int) -> None:
        """Dials so many connections and sends nothing over them; one that cannot be had shows in the warm-up."""
        connector = aiohttp.TCPConnector(limit=0, ssl=self._tls, keepalive_timeout=None)
        connector._factory = self._connection  # type: ignore[assignment] # a trace of every request costs a tenth more
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=self._headers,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            response_class=_Reply,
        )
        dialled: list[aiohttp.connector.Connection | BaseException] = []
        for first in range(0, slots, _DIALLED_AT_ONCE):
            some = range(first, min(slots, first + _DIALLED_AT_ONCE))
            dialled += await asyncio.gather(*(self._dial(connector) for _ in some), return_exceptions=True)
        for connection in dialled:
            if not isinstance(connection, BaseException):
                connection.release()

    async def send(self, _slot: int, row: int, payload: int) -> None:
        """One POST. A reply is stamped as it comes off its socket, before anything is made of it."""
        stamps = self._stamps
        _ROW.set(row)
        came: _Wire | None = None
        stamps.sent[row] = time.perf_counter_ns()
        try:
            async with self._session.post(
                self._url, data=self._bodies[payload], proxy=self._proxy, allow_redirects=False
            ) as reply:
                stamps.status[row], came = reply.status, cast("_Reply", reply).came
                body = await self._body(reply)
                stamps.first_byte[row], stamps.last_byte[row] = came.taken()
        except (aiohttp.ClientError, TimeoutError, OSError, _TooLargeError) as error:
            stamps.last_byte[row] = time.perf_counter_ns()
            stamps.fault[row] = CODES[_fault(error)]
            if came is not None:  # it broke off in its body
                stamps.first_byte[row], _ = came.taken()
        else:
            stamps.size[row] = len(body)
            stamps.reply_at[row] = self._spool.add(body)

    async def close(self) -> None:
        await self._session.close()

    async def _dial(self, connector: aiohttp.TCPConnector) -> aiohttp.connector.Connection:
        proxy = URL(self._proxy) if self._proxy else None
        request = aiohttp.ClientRequest("POST", self._url, loop=asyncio.get_running_loop(), proxy=proxy, ssl=self._tls)
        return await connector.connect(request, traces=[], timeout=self._timeout)

    async def _body(self, reply: aiohttp.ClientResponse) -> bytes:
        """The whole body. Raises _TooLargeError beyond what is taken."""
        if reply.content_length is not None and reply.content_length <= self._limit:
            return await reply.read()
        chunks, size = [], 0
        async for chunk in reply.content.iter_any():
            size += len(chunk)
            if size > self._limit:
                raise _TooLargeError
            chunks.append(chunk)
        return b"".join(chunks)

    def _connection(self) -> _Wire:
        """A new connection, noted for the request it is opened for."""
        if (row := _ROW.get()) is not None:
            self._stamps.new_connection[row] = 1
        return _Wire(asyncio.get_running_loop())


class _Wire(ResponseHandler):
    """A connection that knows when bytes came. Replies that come together are read one after the other: the last of
    sixteen would otherwise seem a millisecond late."""

    _first_ns = _last_ns = 0

    def data_received(self, data: bytes) -> None:
        if data:  # without any, aiohttp asks for what it has put off
            self._last_ns = time.perf_counter_ns()
            self._first_ns = self._first_ns or self._last_ns
        super().data_received(data)

    def taken(self) -> tuple[int, int]:
        """When the first and the last bytes of a reply came; the next reply begins anew."""
        first_ns, self._first_ns = self._first_ns, 0
        return first_ns, self._last_ns


class _Reply(aiohttp.ClientResponse):
    """A reply that remembers the connection it came over, which aiohttp forgets with the last byte."""

    came: _Wire

    async def start(self, connection: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        self.came = cast("_Wire", connection.protocol)
        return await super().start(connection)


class _TooLargeError(Exception):
    """A reply longer than `http.max_reply_mb`."""


def _fault(error: BaseException) -> str:
    """The word for what went wrong; aiohttp tells all of them apart."""
    if isinstance(error, _TooLargeError):
        return "too_large"
    if isinstance(error, TimeoutError):
        return "timed_out"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "refused" if error.errno == errno.ECONNREFUSED else "unreachable"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "truncated"
    if isinstance(error, aiohttp.ClientResponseError):
        return "garbled"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "closed"
    if isinstance(error, OSError) and error.errno in (errno.ECONNRESET, errno.EPIPE):
        return "reset"
    return "broken"
