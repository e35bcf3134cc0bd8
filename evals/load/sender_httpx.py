"""The load sender for parity with `evals run`: its own httpx clients, one connection each, a single try."""

from __future__ import annotations

import time
from dataclasses import replace

from evals.errors import ConnectionBroken, ExtractorError, MalformedReply, TimedOut, Unreachable
from evals.http import Reply, Sender
from evals.load.faults import CODES
from evals.load.senders import Rig

UNKNOWN = -1
_FAULTS = {Unreachable: "unreachable", TimedOut: "timed_out", ConnectionBroken: "broken", MalformedReply: "garbled"}


class HttpxSender:
    """Tells four kinds of fault apart; sees neither the first byte nor whether a connection is new."""

    def __init__(self, rig: Rig) -> None:
        self._stamps, self._spool = rig.stamps, rig.spool
        self._bodies = [payload.body for payload in rig.payloads]
        destination = rig.destination
        self._sender = Sender(destination.url, replace(destination.http, max_attempts=1), destination.headers)

    async def open(self, _slots: int) -> None:
        """Nothing: the clients connect with their first request, in the warm-up."""

    async def send(self, _slot: int, row: int, payload: int) -> None:
        """One POST."""
        stamps = self._stamps

        def read(reply: Reply) -> Reply:
            stamps.last_byte[row] = time.perf_counter_ns()
            return reply

        stamps.new_connection[row] = UNKNOWN
        stamps.sent[row] = time.perf_counter_ns()
        try:
            reply = (await self._sender.post("", self._bodies[payload], read)).value
        except ExtractorError as error:
            stamps.last_byte[row] = time.perf_counter_ns()
            stamps.fault[row] = CODES[_FAULTS.get(type(error), "broken")]
        else:
            stamps.status[row] = reply.status
            stamps.size[row] = len(reply.body)
            stamps.reply_at[row] = self._spool.add(reply.body)

    async def close(self) -> None:
        await self._sender.aclose()
