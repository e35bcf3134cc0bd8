"""A shelf that several open, fill and read at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evals.matching.shelf import Shelf

AT_ONCE, FILES = 4, 150


def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """SQLite refuses all but one of those that turn a new file into WAL mode together; here they wait."""
    together = threading.Barrier(AT_ONCE)

    def fill(number: int) -> int:
        for file in range(FILES):
            together.wait(30)
            shelf = Shelf(tmp_path / f"{file}.sqlite", table="words", columns="text text", named_by="words.path")
            shelf.put([("shared", str(number)), (str(number), "own")])
            shelf.close()
        return number

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert sorted(threads.map(fill, range(AT_ONCE))) == list(range(AT_ONCE))
    shelf = Shelf(tmp_path / "0.sqlite", table="words", columns="text text", named_by="words.path")
    assert [shelf.get(str(number)) for number in range(AT_ONCE)] == [(str(n), "own") for n in range(AT_ONCE)]
    shelf.close()
