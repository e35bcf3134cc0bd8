"""A file of disputes: an overlay that grows line by line, and beside it what was looked at, so that review can go on.

`disputes.jsonl` is the overlay; `disputes.reviewed.jsonl` has a line for every decision, those that keep gold too.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, ClassVar, Literal, NamedTuple

from evals.corpus.overlay import Correction
from evals.errors import UsageError
from evals.io import append_line, read_jsonl

_START = b'{"id":'  # of every line we write
Verdict = Literal["keep", "drop", "edit", "add", "optional", "variant"]


class ItemKey(NamedTuple):
    """What a decision is found by, in another run too: the dialogue as it was, a gold item, a prediction's text."""

    id: str
    in_hash: str | None
    gid: str | None
    predicted: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """One decision: what became of a gold item (`gid`), a prediction (its text), or the two side by side."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "strict": True}
    id: str
    gid: str | None = None
    predicted: str | None = None
    verdict: Verdict
    author: str | None = None
    in_hash: str | None = None

    @property
    def key(self) -> ItemKey:
        return ItemKey(self.id, self.in_hash, self.gid, self.predicted)


class DisputeFile:
    """The overlay a reviewer writes. Every decision is on the disk before the next is asked for.

    Opening it raises DataError for a file that is no overlay and UsageError where it cannot be written. A last line
    that a killed process left half written is cut off; `mended` then says what it held.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_path = path.with_name(f"{path.name.removesuffix('.jsonl')}.reviewed.jsonl")
        if path.suffix == ".gz" or path.is_dir():
            raise UsageError(f"{path}: a plain JSONL file is wanted, for lines are added to it")
        self.mended = [torn for file in (path, self.log_path) if file.exists() and (torn := _mend(file))]
        self._disputed: set[tuple[str, str]] = set()
        self._reviewed: set[ItemKey] = set()
        if path.exists():
            self._disputed = {(each.id, each.gid) for _, each in read_jsonl(path, Correction)}
        if self.log_path.exists():
            self._reviewed = {each.key for _, each in read_jsonl(self.log_path, Reviewed)}
        self._overlay, self._log = _appending(path), _appending(self.log_path)

    def is_settled(self, key: ItemKey) -> bool:
        """Whether this was decided before: the pair itself, the gold item by a dispute, or the memory added."""
        if key in self._reviewed or (key.gid is not None and (key.id, key.gid) in self._disputed):
            return True
        return key.gid is None and key.predicted is not None and self.has_added(key.id, key.predicted)

    def has_added(self, id: str, text: str) -> bool:
        """Whether a memory of this text was added to a dialogue already."""
        return (id, added_name(text)) in self._disputed

    def dispute(self, correction: Correction) -> None:
        """Writes one line of the overlay. Raises StoppedShort when the disk is full."""
        _append(self._overlay, correction)
        self._disputed.add((correction.id, correction.gid))

    def settle(self, reviewed: Reviewed) -> None:
        """Notes a decision, so that it is not asked for again."""
        _append(self._log, reviewed)
        self._reviewed.add(reviewed.key)

    def __enter__(self) -> DisputeFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Closes the files; an overlay without a line is not left behind."""
        for path, handle in ((self.path, self._overlay), (self.log_path, self._log)):
            handle.close()
            if path.stat().st_size == 0:
                path.unlink()


def added_name(text: str) -> str:
    """The name of an item added to gold, from its text: 32-bit FNV-1a, as in report/disputes.js."""
    mixed = 0x811C9DC5
    for byte in text.encode("utf-8", "replace"):
        mixed = ((mixed ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"r-{mixed:08x}"


def added_value(kind: str, text: str) -> dict[str, Any]:
    """What the overlay says of a memory that gold lacks."""
    return {"memory_value": text} if kind == "fact" else {"preference": text, "preference_type": kind}


def _appending(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab", buffering=0)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None


def _append(handle: BinaryIO, value: object) -> None:
    append_line(handle, value)
    os.fsync(handle.fileno())


def _mend(path: Path) -> str:
    """Ends a whole last line and cuts a torn one of ours off; returns what was cut. Any other text is left alone."""
    content = path.read_bytes()
    start = content.rfind(b"\n") + 1
    tail = content[start:]
    if not tail.strip():
        return ""
    try:
        json.loads(tail)
    except ValueError:
        if not (tail.startswith(_START) or _START.startswith(tail)):
            return ""  # no line of ours: reading it says what is wrong
        os.truncate(path, start)
        return tail.decode(errors="replace")
    with path.open("ab") as handle:
        handle.write(b"\n")
    return ""
