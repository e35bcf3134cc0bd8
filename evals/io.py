"""Strict JSON and JSONL in, with every fault named by file, line and field; canonical JSON and atomic writes out."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import gzip
import hashlib
import json
import os
import re
import secrets
import typing
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pydantic_core import PydanticSerializationError

from evals.errors import SHOWN, DataError, Fault, StoppedShort, UsageError
from evals.strict_json import adapter, parse

FORMAT = 1
MAX_LINE_BYTES = 64 * 2**20

T = TypeVar("T")
_SURROGATE = re.compile("[\ud800-\udfff]")


class FaultList:
    """The faults of one reading: all are counted, the first `keep` kept."""

    def __init__(self, *, keep: int = SHOWN) -> None:
        self.kept: list[Fault] = []
        self.total = 0
        self._keep = keep

    def add(self, fault: Fault) -> None:
        self.total += 1
        if len(self.kept) < self._keep:
            self.kept.append(fault)

    def raise_any(self) -> None:
        """Raises DataError when there is any fault."""
        if self.total:
            raise DataError(self.kept, self.total)


def read_jsonl(path: Path, shape: type[T], *, faults: FaultList | None = None) -> Iterator[tuple[int, T]]:
    """Yields (line number, value) of every good line, each validated strictly as `shape`; `.gz` is unpacked.

    Blank lines are skipped. Faults are collected over the whole file and raised as one DataError at its end;
    given `faults`, they go there and nothing is raised, except that an unreadable file always raises.
    """
    own = FaultList() if faults is None else faults
    for number, line in read_lines(path, faults=own):
        value, found = parse(line, shape)
        for field, message in found:
            own.add(Fault(path=path, line=number, field=field, message=message))
        if not found:
            yield number, value
    if faults is None:
        own.raise_any()


def read_lines(path: Path, *, faults: FaultList) -> Iterator[tuple[int, bytes]]:
    """Yields (line number, bytes) of every line that is not blank; an overlong line is a fault and is skipped."""
    with _opened(path) as handle:
        number = 0
        while line := handle.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
                faults.add(Fault(path=path, line=number, field=None, message="longer than 64 MB; one record a line"))
                while line and not line.endswith(b"\n"):
                    line = handle.readline(MAX_LINE_BYTES)
                continue
            line = line.strip()
            if line in (b"[", b"{"):
                message = "begins a JSON document over several lines; write one compact object a line (JSONL)"
                faults.add(Fault(path=path, line=number, field=None, message=message))
                return
            if line:
                yield number, line


def read_json(path: Path, shape: type[T]) -> T:
    """The one JSON value of a file, validated strictly. Raises DataError with every fault found in it."""
    with _opened(path) as handle:
        value, found = parse(handle.read(), shape)
    if found:
        raise DataError([Fault(path=path, line=None, field=field, message=message) for field, message in found])
    return value


def plain(value: Any) -> Any:
    """Our dataclasses as dicts without the fields that equal their default, tuples as lists, all else as it is."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name: plain(item)
            for name, default in _defaults(type(value))
            if (item := getattr(value, name)) is not default and (default is dataclasses.MISSING or item != default)
        }
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def dumps(value: Any, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """JSON with UTF-8 kept and defaults left out, compact unless indented.

    Raises ValueError on NaN and infinity: undefined is None. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(
        plain(value), ensure_ascii=False, allow_nan=False, separators=separators, indent=indent, sort_keys=sort_keys
    )
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def sha256_of(value: Any) -> str:
    """sha256 over canonical JSON (sorted keys, defaults left out), in hex."""
    return hashlib.sha256(dumps(value, sort_keys=True).encode()).hexdigest()


def write_text(path: Path, text: str) -> None:
    """Writes a whole file or nothing: a temporary file in the same folder, fsync, rename."""
    with replacing(path) as handle:
        handle.write(text.encode())


def write_json(path: Path, value: Any) -> None:
    """Writes one value as indented JSON, atomically."""
    write_text(path, dumps(value, indent=2) + "\n")


def write_jsonl(path: Path, values: Iterable[Any]) -> int:
    """Writes one value a line, atomically, packed when the name ends in `.gz`; returns how many."""
    count = 0
    with writing_jsonl(path) as write:
        for value in values:
            write(value)
            count += 1
    return count


@contextlib.contextmanager
def writing_jsonl(path: Path) -> Iterator[Callable[[Any], object]]:
    """A function that writes one value a line; the file takes its place when the block ends well."""
    with contextlib.ExitStack() as stack:
        handle = stack.enter_context(replacing(path))
        if path.suffix == ".gz":  # no time and no name inside: equal values give equal bytes
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=handle, mtime=0, compresslevel=6)
            handle = typing.cast("BinaryIO", stack.enter_context(packed))
        yield lambda value: handle.write(json_line(value) + b"\n")


def append_line(handle: BinaryIO, value: Any) -> None:
    """Appends one whole line and flushes it. Opened with `buffering=0`, the line is one write to the system.

    Raises StoppedShort when the disk is full.
    """
    line = memoryview(dumps(value).encode() + b"\n")
    with _explained(getattr(handle, "name", "the file")):
        while line:
            line = line[handle.write(line) :]
        handle.flush()


def json_line(value: Any) -> bytes:
    """`dumps` in bytes, no newline; dataclasses go through pydantic, which writes the same forty times as fast."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        try:
            return adapter(type(value)).dump_json(value, exclude_defaults=True)
        except PydanticSerializationError:  # a lone surrogate
            pass
    return dumps(value).encode()


# --- files ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file open for reading; what goes wrong while reading it becomes a DataError of one line."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as handle:
            yield typing.cast("BinaryIO", handle)
    except FileNotFoundError:
        raise DataError.at(path, "there is no such file") from None
    except IsADirectoryError:
        raise DataError.at(path, "a folder, where a file is wanted") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError.at(path, f"not a whole gzip file: {error}") from None
    except OSError as error:
        raise DataError.at(path, f"cannot be read: {error.strerror or error}") from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends well and leaves no trace when it does not."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            temporary.replace(path)
            sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Puts a folder's names on disk: after a power cut a new or renamed file is there only then."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # disks over a network that know no such thing
            os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _explained(path: Any) -> Iterator[None]:
    """Writing faults of the system in one line: a full disk stops short, anything else is the user's to put right."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoppedShort(f"{path}: the disk is full; make room and give the same command again") from None
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None


@lru_cache(maxsize=256)
def _defaults(shape: type) -> tuple[tuple[str, Any], ...]:
    """(field name, default or MISSING) of a dataclass."""
    missing = dataclasses.MISSING
    return tuple(
        (field.name, field.default if field.default_factory is missing else field.default_factory())
        for field in dataclasses.fields(shape)
    )
