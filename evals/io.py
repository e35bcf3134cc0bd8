"""Strict JSON and JSONL in, with every fault named by file, line and field; canonical JSON and atomic writes out."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import errno
import gzip
import hashlib
import json
import math
import os
import re
import secrets
import types
import typing
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from evals.errors import SHOWN, DataError, Fault, StoppedShort, UsageError

FORMAT = 1
MAX_LINE_BYTES = 64 * 2**20

T = TypeVar("T")
Found = tuple[str | None, str]


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


def parse(line: bytes, shape: type[T]) -> tuple[T, list[Found]]:
    """The value and no faults, or an unusable value and its faults as (field path or None, message)."""
    unusable = typing.cast("T", None)
    try:
        _check_json(line)
        adapter: TypeAdapter[T] = _adapter(typing.cast("Any", shape))
        return adapter.validate_json(line, strict=True), []
    except _NotJsonError as error:
        return unusable, [(None, str(error))]
    except ValidationError as error:
        return unusable, [_explain(detail, shape) for detail in error.errors(include_url=False)]


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
            return _adapter(type(value)).dump_json(value, exclude_defaults=True)
        except PydanticSerializationError:  # a lone surrogate
            pass
    return dumps(value).encode()


# --- one line in ---------------------------------------------------------------------------------

_SURROGATE = re.compile("[\ud800-\udfff]")


class _NotJsonError(ValueError):
    """What a line holds is not JSON as we accept it."""


@lru_cache(maxsize=256)
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _check_json(line: bytes) -> None:
    """Refuses what a lenient parser lets pass: repeated keys, NaN, a byte order mark, broken UTF-8, lone surrogates."""
    if line.startswith(b"\xef\xbb\xbf"):
        raise _NotJsonError("begins with a byte order mark; save the file as UTF-8 without BOM")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise _NotJsonError(
            f"not UTF-8: byte 0x{byte:02x} at position {error.start + 1}; save the file as UTF-8"
        ) from None
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _NotJsonError(
            f"not JSON: {error.msg} at column {error.colno} ({_shorten(text, around=error.pos)})"
        ) from None
    except RecursionError:
        raise _NotJsonError("nested too deeply to be read") from None
    except _NotJsonError:
        raise
    except ValueError:
        raise _NotJsonError("a number of more than 4,300 digits") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise _NotJsonError(f"the key {_shorten(repeated)} stands twice in one object; keep one")
    return found


def _no_constant(name: str) -> None:
    raise _NotJsonError(f"{name} is not JSON; write null for what is not defined")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NotJsonError(f"the number {_shorten(text)} is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_float=_finite)

# --- pydantic's errors in our words --------------------------------------------------------------

_WANTED = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "dataclass_type": "an object",
    "dataclass_exact_type": "an object",
    "none_required": "null",
}
_UNEXPECTED = ("unexpected_keyword_argument", "extra_forbidden")


def _explain(detail: Any, shape: Any) -> Found:
    """A field path and `what is wrong (value …); what would be right` of one of pydantic's error details."""
    kind, where, value = detail["type"], detail["loc"], detail["input"]
    if kind == "json_invalid":
        if "recursion" in str(detail["ctx"]["error"]):
            return None, "nested too deeply to be read"
        return None, "holds half of a surrogate pair (\\ud800 to \\udfff); write the character itself"
    return _field_path(where), _what(kind, where, value, detail, shape)


def _what(kind: str, where: Sequence[str | int], value: Any, detail: Any, shape: Any) -> str:
    if kind in _UNEXPECTED:
        return f"unknown field (value {_shorten(value)}); {_suggestion(str(where[-1]), _fields_at(shape, where[:-1]))}"
    if kind.startswith("missing"):
        return "missing; it is required"
    if kind == "literal_error":
        choices = detail["ctx"]["expected"].replace(" or ", ", ")
        return f"not a choice (value {_shorten(value)}); {'one of' if ',' in choices else 'it must be'} {choices}"
    if kind == "too_short":
        return f"too short (value {_shorten(value)}); at least {detail['ctx']['min_length']} wanted"
    if kind in _WANTED:
        return f"wrong type (value {_shorten(value)}); {_WANTED[kind]} is wanted"
    said = str(detail["msg"]).removeprefix("Value error, ")
    return f"{said} (value {_shorten(value)})"


def _field_path(where: Sequence[str | int]) -> str | None:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where)
    return path.removeprefix(".") or None


def _suggestion(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known fields: {', '.join(known)}" if known else "leave it out"


def _fields_at(shape: Any, where: Sequence[str | int]) -> tuple[str, ...]:
    """The field names of the dataclass that stands at a path inside `shape`; empty when there is none."""
    for step in where:
        shape = _step_into(_bare(shape), step)
    shape = _bare(shape)
    return tuple(field.name for field in dataclasses.fields(shape)) if dataclasses.is_dataclass(shape) else ()


def _step_into(shape: Any, step: str | int) -> Any:
    if dataclasses.is_dataclass(shape):
        return typing.get_type_hints(shape).get(str(step))
    arguments = typing.get_args(shape)
    if not arguments:
        return None
    return arguments[-1] if issubclass(typing.get_origin(shape) or object, Mapping) else arguments[0]


def _bare(shape: Any) -> Any:
    """`X` for `X | None`."""
    if typing.get_origin(shape) in (typing.Union, types.UnionType):
        rest = [part for part in typing.get_args(shape) if part is not type(None)]
        return rest[0] if len(rest) == 1 else None
    return shape


def _shorten(value: Any, *, around: int = 0, width: int = 60) -> str:
    """A value as it could stand in a message: JSON on one line, cut to `width` characters."""
    if around:
        start = max(0, around - width // 2)
        value = value[start : start + width]
    text = repr(value[: width + 1]) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= width + 2 else text[:width] + "…"


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
