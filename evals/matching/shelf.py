"""An SQLite file that many runs share: opened in WAL mode, so that several processes may read and write at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evals.errors import ConfigError

_BUSY_S = 30.0
_AGAIN_S = 0.01


class Shelf:
    """One table of rows by key. The first row of a key stays, so that no run sees what it has read change."""

    def __init__(self, path: Path, *, table: str, columns: str, named_by: str) -> None:
        """`columns` are the table's besides `key`; `named_by` is the key of the configuration that gave the path.

        Raises ConfigError for a file that cannot be written.
        """
        self._table = table
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            self._go_wal()
            self._database.execute("pragma synchronous=normal")
            self._database.execute(
                f"create table if not exists {table} (key text primary key, {columns}) without rowid"
            )
        except (sqlite3.Error, OSError) as error:
            raise ConfigError(f"{named_by}={path}: {error}; a file that can be written is wanted") from None

    def get(self, key: str) -> tuple[Any, ...] | None:
        """The row of a key, the key itself first."""
        found = self._database.execute(f"select * from {self._table} where key = ?", (key,)).fetchone()  # noqa: S608 - our own name
        return tuple(found) if found else None

    def put(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Stores rows at once, those whose key is there already left out."""
        given = list(rows)
        if not given:
            return
        marks = ", ".join("?" * len(given[0]))
        self._database.execute("begin immediate")
        try:
            self._database.executemany(f"insert or ignore into {self._table} values ({marks})", given)  # noqa: S608 - our own name
            self._database.execute("commit")
        except BaseException:
            self._database.execute("rollback")
            raise

    def close(self) -> None:
        self._database.close()

    def _go_wal(self) -> None:
        """SQLite does not wait for others here: of several that open a new file at once, all but one are refused."""
        ends_s = time.monotonic() + _BUSY_S
        while True:
            try:
                self._database.execute("pragma journal_mode=wal")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > ends_s:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return
