"""The line of predictions.jsonl, which is also how any other system hands in its answers as a file.

    {"id": dialogue id, "memory_detail_list": [...], "preference_detail_list": [...]}

with the lists exactly as the API's `data` has them, and optionally `repeat`, `latency_ms`, `waited_ms`, `error`, `raw`,
`trace`.
What a system said is read tolerantly (a broken item ends `invalid`, it never stops a run), the line around it strictly.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError

from evals.io import plain
from evals.memos.lists import LISTS, ShapeError, read_lists, shown, write_lists
from evals.results import ExtractionFailure, Prediction
from evals.types import EXTRACTION_TYPES, Branch, Extraction, Trace

FILE_NAME = "predictions.jsonl"
LINE_FIELDS = ("id", "repeat", *LISTS, "latency_ms", "waited_ms", "error", "raw", "trace")


def to_line(prediction: Prediction) -> dict[str, Any]:
    """The JSON object of one line. Reading it back gives an equal prediction."""
    line: dict[str, Any] = {"id": prediction.id}
    if prediction.repeat:
        line["repeat"] = prediction.repeat
    if prediction.error is not None:
        line["error"] = {"type": prediction.error.type, "message": prediction.error.message}
    else:
        extraction = prediction.extraction or Extraction()
        line.update(write_lists(extraction, EXTRACTION_TYPES))
    if prediction.latency_ms is not None:
        line["latency_ms"] = prediction.latency_ms
    if prediction.waited_ms:
        line["waited_ms"] = prediction.waited_ms
    if prediction.trace != Trace():
        line["trace"] = plain(prediction.trace)
    return line


def mend(path: Path) -> int:
    """Makes a file fit to be appended to: cuts a torn last line off, ends a whole one. Returns the bytes cut."""
    with path.open("r+b") as handle:
        start = _start_of_last_line(handle)
        handle.seek(start)
        tail = handle.read()
        if not tail:
            return 0
        try:
            decoded(tail)
        except ShapeError:
            handle.truncate(start)
            return len(tail)
        handle.write(b"\n")
        return 0


# --- what a system said, tolerantly --------------------------------------------------------------


def as_extraction(answer: object) -> Extraction:
    """What an extractor of someone else's making returned, made safe to store.

    Takes an Extraction or a mapping with the API's two lists. Items that are not what they should be lose their text
    and so end `invalid`. Raises ShapeError naming what came when it is neither.
    """
    if isinstance(answer, Mapping):
        return extraction_from(answer)
    if not isinstance(answer, Extraction):
        kind = type(answer).__name__
        raise ShapeError(None, f"extract() returned {kind}, where an Extraction or a dict with {LISTS[0]} is wanted")
    lists = {LISTS[0]: answer.facts, LISTS[1]: answer.preferences}
    return extraction_from(lists, trace=sound_trace(answer.trace))


def sound_trace(trace: object) -> Trace:
    """A trace somebody else built, checked field by field so that it can be read again. Raises ShapeError."""
    if not isinstance(trace, Trace):
        raise ShapeError("trace", f"{type(trace).__name__}, where a Trace is wanted")
    if trace == Trace():
        return trace
    try:
        return _TRACE.validate_json(_well_formed(_json(plain(trace))))
    except (ValueError, TypeError) as error:  # ValidationError is a ValueError
        raise ShapeError("trace", f"is not a Trace: {' '.join(str(error).split())[:200]}") from None


def extraction_from(data: Mapping[str, Any], *, trace: Trace | None = None) -> Extraction:
    """The extraction in an object with the API's two lists; missing, null and [] all mean "nothing found".

    Raises ShapeError when a list is no list, or when other keys stand where the lists should be.
    """
    unknown = [str(key) for key in data if key not in LINE_FIELDS]
    if unknown and not any(name in data for name in LISTS):
        raise ShapeError(None, f"neither {LISTS[0]} nor {LISTS[1]}, but {', '.join(unknown[:5])}")
    return replace(read_lists(data), trace=trace or Trace())


# --- the line around it, strictly ----------------------------------------------------------------

_TRACE: TypeAdapter[Trace] = TypeAdapter(Trace)
_THIRTY_YEARS_MS = 1e12


def decoded(line: bytes) -> Any:
    """The JSON value of one line. Raises ShapeError on what is not JSON, NaN and repeated keys included.

    Half a surrogate pair becomes U+FFFD, where a dataset would be refused: models do cut characters in two.
    """
    try:
        text = line.decode().strip()
        value = _DECODER.decode(text)
        return json.loads(_well_formed(_json(value))) if "\\ud" in text.lower() else value
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise ShapeError(None, f"not UTF-8: byte 0x{byte:02x} at position {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise ShapeError(None, f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise ShapeError(None, "nested too deeply to be read") from None
    except ShapeError:
        raise
    except ValueError as error:  # a number of too many digits
        raise ShapeError(None, f"not JSON: {error}") from None


def prediction_from(line: Any) -> Prediction:
    """The prediction a decoded line holds. Raises ShapeError naming the field that is wrong."""
    if not isinstance(line, dict):
        raise ShapeError(None, f"a JSON object is wanted (value {shown(line)})")
    dialogue_id, repeat, latency_ms = line.get("id"), line.get("repeat"), line.get("latency_ms")
    if not isinstance(dialogue_id, str) or not dialogue_id:
        raise ShapeError("id", f"the id of a dialogue is wanted, a string (value {shown(dialogue_id)})")
    repeat = 0 if repeat is None else repeat
    if type(repeat) is not int or repeat < 0:
        raise ShapeError("repeat", f"0, 1, 2 … is wanted (value {shown(repeat)})")
    if latency_ms is not None and not _is_duration(latency_ms):
        raise ShapeError("latency_ms", f"milliseconds, 0 or more, or null are wanted (value {shown(latency_ms)})")
    waited_ms = line.get("waited_ms")
    if waited_ms is not None and not (isinstance(waited_ms, dict) and all(map(_is_duration, waited_ms.values()))):
        raise ShapeError("waited_ms", f"an object of milliseconds is wanted (value {shown(waited_ms)})")
    trace, error = _trace_of(line), _failure(line)
    extraction = extraction_from(line, trace=trace) if error is None else None
    failure = None if error is None else ExtractionFailure(type=error[0], message=error[1], trace=trace)
    return Prediction(
        id=dialogue_id,
        repeat=repeat,
        extraction=extraction,
        error=failure,
        latency_ms=latency_ms,
        waited_ms=waited_ms,
    )


def _failure(line: Mapping[str, Any]) -> tuple[str, str] | None:
    """(type, message) of a line's error, which may be a string or an object."""
    error = line.get("error")
    if error is None:
        return None
    if any(line.get(name) for name in LISTS):
        raise ShapeError("error", "stands beside memories; a line holds either an answer or an error")
    if isinstance(error, str) and error.strip():
        return "ExtractorError", error
    if isinstance(error, Mapping) and all(isinstance(error.get(name), str) for name in ("type", "message")):
        return error["type"], error["message"]
    wanted = 'a text that says what failed, or {"type": …, "message": …}, is wanted'
    raise ShapeError("error", f"{wanted} (value {shown(error)}); leave it out where nothing failed")


def _trace_of(line: Mapping[str, Any]) -> Trace:
    """The trace as it was written, or one that holds the raw reply alone."""
    if line.get("trace") is not None:
        try:
            return _TRACE.validate_json(_json(line["trace"]))
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            field = ".".join(str(step) for step in ("trace", *detail["loc"]))
            raise ShapeError(field, f"{detail['msg']} (value {shown(detail['input'])})") from None
    raw = line.get("raw")
    if raw is None:
        return Trace()
    text = raw if isinstance(raw, str) else _json(raw)
    return Trace(branches=(Branch(raw=text),))


def _is_duration(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < _THIRTY_YEARS_MS


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _well_formed(text: str) -> str:
    """The text with surrogate pairs joined and lone halves replaced, so that UTF-8 can hold it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ShapeError(None, f"the key {shown(repeated)} stands twice in one object; keep one")
    return found


def _no_constant(name: str) -> Any:
    raise ShapeError(None, f"{name} is not JSON; write null for what is not defined")


def _finite(text: str) -> float:
    if (number := float(text)) in (math.inf, -math.inf):
        raise ShapeError(None, f"the number {shown(text)} is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_no_repeats, parse_constant=_no_constant, parse_float=_finite)


def _start_of_last_line(handle: BinaryIO, *, block_bytes: int = 65536) -> int:
    """The offset behind the last newline."""
    end = handle.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - block_bytes)
        handle.seek(start)
        found = handle.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
