"""The sole right of one process to write a folder; the system gives it back when the process ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path

from evals.errors import UsageError

LOCK_FILE = ".lock"


class FolderLock:
    """Held from the moment it is made. Raises UsageError where another process holds it, or nothing can be written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        try:
            while not self._taken():
                pass
        except OSError as error:
            raise UsageError(f"{folder}: cannot be written: {error.strerror or error}") from None

    def release(self) -> None:
        """Gives the right back and leaves no file behind; a second call does nothing."""
        if self._handle.closed:
            return
        if self._is_in_place():
            self._path.unlink()
        self._handle.close()

    def _taken(self) -> bool:
        """True once held; False when the file was taken away in between, so that one must look again."""
        import fcntl  # not on Windows, where runs can be read all the same

        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = self._path.open("a+")
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._handle.seek(0)
            pid = self._handle.read().strip() or "unknown"
            self._handle.close()
            raise UsageError(
                f"{self._path.parent}: another process (pid {pid}) is writing this run; wait for it, or choose --name"
            ) from None
        if not self._is_in_place():
            self._handle.close()
            return False
        self._handle.truncate(0)
        self._handle.write(str(os.getpid()))
        self._handle.flush()
        return True

    def _is_in_place(self) -> bool:
        """Whether the file we hold is the one that stands in the folder now."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._handle.fileno()))
        except FileNotFoundError:
            return False
