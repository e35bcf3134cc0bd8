"""A file that grows by lines, kept in a store as parts that never change.

A part is `<folder>/<offset>.jsonl`: whole lines, under the number of bytes before them, so that the parts in the order
of their names are the file. A part is created where none stands, never replaced: of two machines that go on from the
same place, one is told so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evals.errors import DataError
from evals.remote.lease import TakenOverError
from evals.remote.store import Store, StoredObject

PART_BYTES = 8 * 2**20  # of one part; a longer line is a part of its own
_NAME = re.compile(r"(\d{15})\.jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Whole lines in a store: the object, and where in the file they begin and end."""

    object: StoredObject
    start: int
    end: int


def parts_of(objects: Sequence[StoredObject], folder: str, *, url: str) -> tuple[Part, ...]:
    """The parts in `folder` among a run's objects, in order; what is not named like one is left alone.

    Raises DataError where bytes are missing between two of them, or there twice.
    """
    end, parts = 0, []
    for each in sorted(objects, key=lambda each: each.name):
        above, _, name = each.name.rpartition("/")
        matched = _NAME.fullmatch(name)
        if above != folder or matched is None:
            continue
        start = int(matched[1])
        if start != end:
            wrong = f"bytes {end} to {start} are missing before it" if start > end else "overlaps the part before it"
            raise DataError.at(f"{url}/{each.name}", f"{wrong}; what is stored there is damaged")
        end = start + each.size
        parts.append(Part(object=each, start=start, end=end))
    return tuple(parts)


def fetched(store: Store, part: Part) -> bytes:
    """The lines of a part. Raises DataError where they are not those that were listed."""
    data = store.read(part.object.name) or b""
    if len(data) != part.end - part.start or not data.endswith(b"\n"):
        size = part.end - part.start
        raise DataError.at(f"{store.url}/{part.object.name}", f"not {size} bytes of whole lines")
    return data


class Shipper:
    """Sends what a growing file has more of than its store, as parts; `sent` bytes of it stand there already."""

    def __init__(self, file: Path, store: Store, folder: str, *, sent: int) -> None:
        self._file, self._store, self._folder = file, store, folder
        self.sent = sent

    def ship(self) -> bool:
        """Sends the next whole lines that are not in the store, as one part; False when there are none.

        Raises StoreError where that fails, TakenOverError where another machine has gone on from here.
        """
        if not self._file.exists() or self._file.stat().st_size == self.sent:
            return False
        with self._file.open("rb") as handle:
            os.fsync(handle.fileno())  # what a store holds must not be lost here
            data = _whole_lines(handle, self.sent)
        name = f"{self._folder}/{self.sent:015d}.jsonl"
        if data and not self._store.create(name, data):
            raise TakenOverError(f"{self._store.url}/{name}: another machine has gone on with this run")
        self.sent += len(data)
        return bool(data)


def _whole_lines(handle: BinaryIO, start: int) -> bytes:
    """The next lines from `start` on, as many as make a part; a line without its end stays."""
    handle.seek(start)
    data = handle.read(PART_BYTES)
    whole = data[: data.rfind(b"\n") + 1]
    if not whole and len(data) == PART_BYTES:
        line = data + handle.readline()
        whole = line if line.endswith(b"\n") else b""
    return whole
