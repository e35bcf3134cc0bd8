"""Reads every reply once the window is over: a wrong reply is an error, however fast it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.errors import ExtractorError
from evals.load import faults
from evals.load.payloads import Payload
from evals.load.spool import SpooledReplies, spooled
from evals.load.stamps import Stamps
from evals.types import Extraction

Read = Callable[[int, bytes, Payload], Extraction]
Keep = Callable[[int, "Extraction | ExtractorError"], object]

REMEMBERED = 512  # replies that are word for word as before are not read again


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What became of every row: a number into `names`, 0 for a good reply; and which came from a store."""

    errors: NDArray[np.int16]
    names: tuple[str, ...]
    cached: NDArray[np.bool_]


def read_replies(
    stamps: Stamps, order: NDArray[np.int32], payloads: tuple[Payload, ...], spool: Path, read: Read, keep: Keep
) -> Answers:
    """Reads the bodies of all complete replies and deletes their file; `keep` is handed what each row came to.

    `read` raises the ExtractorError that a reply stands for.
    """
    names = list(faults.NAMES)
    errors, cached = stamps.fault.astype(np.int16), np.zeros(len(stamps), dtype=np.bool_)
    with spooled(spool) as bodies:
        reading = _Reading(bodies, read)
        for row in range(len(stamps)):
            fault, payload = int(stamps.fault[row]), payloads[int(order[row % len(order)])]
            found = _of_fault(stamps, row, fault, bodies) if fault else reading.answer(stamps, row, payload)
            if isinstance(found, Extraction):
                cached[row] = found.trace.cached
            elif fault in (faults.OK, faults.CODES["failed"]):
                name = type(found).__name__ if fault == faults.OK else str(found)
                errors[row] = names.index(name) if name in names else len(names)
                names += [] if name in names else [name]
            keep(row, found)
    return Answers(errors=errors, names=tuple(names), cached=cached)


class _Reading:
    """Reads bodies, each distinct one once as long as it is remembered."""

    def __init__(self, bodies: SpooledReplies, read: Read) -> None:
        self._bodies, self._read = bodies, read
        self._known: dict[tuple[object, ...], Extraction | ExtractorError] = {}

    def answer(self, stamps: Stamps, row: int, payload: Payload) -> Extraction | ExtractorError:
        body = self._bodies.body(int(stamps.reply_at[row]), int(stamps.size[row]))
        key = (int(stamps.status[row]), payload.asked, payload.branch, body)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            try:
                self._known[key] = self._read(int(stamps.status[row]), body, payload)
            except ExtractorError as error:
                self._known[key] = error
        return self._known[key]


def _of_fault(stamps: Stamps, row: int, fault: int, bodies: SpooledReplies) -> ExtractorError:
    """What a row without a reply came to; where extract() raised, the name of what it raised."""
    if fault != faults.CODES["failed"]:
        return ExtractorError(faults.NAMES[fault])
    told = bodies.body(int(stamps.reply_at[row]), int(stamps.size[row])).decode(errors="replace")
    return ExtractorError(told or faults.NAMES[fault])
