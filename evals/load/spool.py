"""Bodies of replies, written to a file as they come and read after the window, so that reading costs no latency."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

BUFFER_BYTES = 128 * 1024  # small enough that handing it to the system stays under a tenth of a millisecond


class Spool:
    """Appends bodies to a file. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=BUFFER_BYTES)
        self._at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, body: bytes) -> int:
        """Where the body begins."""
        at = self._at
        self._file.write(body)
        self._at += len(body)
        return at


class SpooledReplies:
    """The bodies of a spool file, by offset and size."""

    def __init__(self, view: mmap.mmap | None) -> None:
        self._view = view

    def body(self, at: int, size: int) -> bytes:
        return b"" if self._view is None or not size else self._view[at : at + size]


@contextmanager
def spooled(path: Path) -> Iterator[SpooledReplies]:
    """The bodies of a spool file; it is deleted when the block ends."""
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                yield SpooledReplies(None)
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                yield SpooledReplies(view)
    finally:
        path.unlink(missing_ok=True)
