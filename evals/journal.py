"""The file that answers are appended to: whole lines or nothing, soon on disk, and never lost sight of."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evals.errors import StoppedShort, UsageError
from evals.io import dumps, sync_folder

SYNC_S = 1.0


class Journal:
    """Appends one JSON value a line to a file. Use as a context manager.

    A line is with the system before `append` returns, so that a killed process loses nothing. What a power cut may cost
    is bounded by `sync_s`: so often a thread puts on disk what was written; with 0 every line is there before `append`
    returns. Of a line that could not be written whole nothing stays.

    Raises StoppedShort when the disk is full or broken, and when somebody moved the folder or deleted it meanwhile: the
    line is then stored in the new place, or the whole file written again where it stood. UsageError when the file
    cannot be opened at all.
    """

    def __init__(self, path: Path, *, sync_s: float = SYNC_S) -> None:
        self._path, self._sync_s = path, sync_s
        self._unsynced = False
        self._sync_failed: OSError | None = None
        self._ended = threading.Event()
        self._syncing: threading.Thread | None = None

    def __enter__(self) -> Self:
        try:
            self._handle = self._path.open("a+b", buffering=0)
            sync_folder(self._path.parent)
        except OSError as error:
            raise _cannot_begin(self._path, error) from None
        if self._sync_s:
            self._syncing = threading.Thread(target=self._sync_now_and_then, name="evals-sync", daemon=True)
            self._syncing.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        if self._syncing is not None:
            self._syncing.join()
        with self._handle:
            self._sync()
        if error is None:
            self._raise_if_sync_failed()

    def append(self, value: Any) -> None:
        """Stores one value."""
        self._raise_if_sync_failed()
        if os.fstat(self._handle.fileno()).st_nlink == 0:
            self._put_back()
            self._write(value)
            raise StoppedShort(
                f"{self._path}: it was deleted while it was written; every answer so far is stored there again"
            )
        self._write(value)
        if not self._is_in_place():
            raise StoppedShort(
                f"{self._path}: it was moved{self._whither()} while it was written; all answers are stored there, "
                "and the same command continues with that place as --out and --name"
            )

    def _write(self, value: Any) -> None:
        end = self._handle.seek(0, os.SEEK_END)
        line = memoryview(dumps(value).encode() + b"\n")
        try:
            while line:
                line = line[self._handle.write(line) :]
        except OSError as error:
            with suppress(OSError):
                self._handle.truncate(end)  # the next line must not go on behind half of this one
            raise _stopped(self._path, error) from None
        self._unsynced = True
        if not self._sync_s:
            self._sync()
            self._raise_if_sync_failed()

    def _put_back(self) -> None:
        """Writes a file whose name was deleted again where it stood: it lives as long as it is open."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            again = self._path.open("x+b", buffering=0)
            self._handle.seek(0)
            shutil.copyfileobj(self._handle, again)
        except OSError as error:
            raise StoppedShort(
                f"{self._path}: it was deleted while it was written and cannot be written again: {error.strerror}"
            ) from None
        before, self._handle = self._handle, again
        before.close()

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._handle.fileno()))
        except OSError:
            return False

    def _whither(self) -> str:
        """Where the file is now, for the systems that tell."""
        with suppress(OSError):
            return f" to {Path(f'/proc/self/fd/{self._handle.fileno()}').readlink().parent}"
        return ""

    def _sync_now_and_then(self) -> None:
        while not self._ended.wait(self._sync_s):
            self._sync()

    def _sync(self) -> None:
        if not self._unsynced:
            return
        self._unsynced = False
        try:
            os.fsync(self._handle.fileno())
        except OSError as error:  # told by the next append, or at the end
            self._sync_failed = error

    def _raise_if_sync_failed(self) -> None:
        if self._sync_failed is not None:
            raise _stopped(self._path, self._sync_failed)


def _stopped(path: Path, error: OSError) -> StoppedShort:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoppedShort(f"{path}: the disk is full; make room and give the same command again")
    return StoppedShort(f"{path}: cannot be written any more: {error.strerror or error}")


def _cannot_begin(path: Path, error: OSError) -> StoppedShort | UsageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _stopped(path, error)
    return UsageError(f"{path}: cannot be written: {error.strerror or error}")
