"""counts.npz: what each dialogue of a run contributes to every score, so that runs are compared without their texts.

Derived from outcomes.jsonl and written beside it in the same pass: a zip (numpy opens it) with `about.json` and, for
each block of dialogues, their headers, where each begins, and their counts. It is a shortcut and never a source: one
that is missing, of other counts, or not of these outcomes is passed over, and the outcomes are counted again.
"""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from evals.errors import DataError
from evals.io import replacing
from evals.runs import RunFolder
from evals.scoring.counted import Counted, Header, counted
from evals.scoring.counts import NAMES
from evals.scoring.legality import ROWS

FILE_NAME = "counts.npz"
T = TypeVar("T")
_ABOUT = "about.json"
_HEADERS: TypeAdapter[tuple[Header, ...]] = TypeAdapter(tuple[Header, ...])
_LEVEL = 1  # counts are mostly 0: the quickest compression takes them to a thirtieth
_BROKEN = (KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, ValidationError)


@contextlib.contextmanager
def writing_counts(folder: RunFolder) -> Iterator[Callable[[Counted], object]]:
    """A function that keeps one block of a run; the file is there when the block ends well.

    outcomes.jsonl must be whole by then: its size is noted, to tell later whether the two belong together.
    """
    with (
        replacing(folder.path / FILE_NAME) as handle,
        zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive,
    ):
        blocks = 0

        def keep(block: Counted) -> None:
            nonlocal blocks
            _write(archive, f"{blocks}.headers.json", _HEADERS.dump_json(block.headers, exclude_defaults=True))
            _write(archive, f"{blocks}.starts.npy", _packed(block.starts))
            _write(archive, f"{blocks}.counts.npy", _packed(block.counts))
            _write(archive, f"{blocks}.latency_ms.npy", _packed(block.latency_ms))
            blocks += 1

        yield keep
        _write(archive, _ABOUT, json.dumps(_about(folder, blocks)).encode())


def counted_run(folder: RunFolder) -> Iterator[Counted]:
    """The counted dialogues of a run in dataset order, block by block.

    Raises DataError for a counts.npz that is damaged inside, and where outcomes.jsonl must be read and cannot be.
    """
    return _stored(folder, _block) or counted(folder.outcomes())


def headers_of(folder: RunFolder) -> Iterator[Header]:
    """The dialogues of a run in dataset order, without their counts. Raises as `counted_run`."""
    for headers in _stored(folder, _headers) or (block.headers for block in counted_run(folder)):
        yield from headers


def _stored(folder: RunFolder, read: Callable[[zipfile.ZipFile, int], T]) -> Iterator[T] | None:
    """What `read` makes of each stored block; None where the file may not stand for the outcomes."""
    path = folder.path / FILE_NAME
    try:
        with zipfile.ZipFile(path) as archive:
            about = json.loads(archive.read(_ABOUT))
        blocks = about["blocks"]
        fits = isinstance(blocks, int) and about == _about(folder, blocks)
    except (OSError, TypeError, *_BROKEN):
        return None
    return _each(path, blocks, read) if fits else None


def _each(path: Path, blocks: int, read: Callable[[zipfile.ZipFile, int], T]) -> Iterator[T]:
    with zipfile.ZipFile(path) as archive:
        for number in range(blocks):
            try:
                block = read(archive, number)
            except _BROKEN as error:
                why = str(error).splitlines()[0] if str(error) else type(error).__name__
                message = f"block {number} is damaged ({why}); delete the file: it can be made from outcomes.jsonl"
                raise DataError.at(path, message) from None
            yield block


def _about(folder: RunFolder, blocks: int) -> dict[str, Any]:
    """What has to agree before a file may stand for the outcomes."""
    size = folder.outcomes_path.stat().st_size
    rows = [row or "all" for row in ROWS]
    return {"format": 1, "rows": rows, "names": list(NAMES), "outcomes_bytes": size, "blocks": blocks}


def _headers(archive: zipfile.ZipFile, number: int) -> tuple[Header, ...]:
    return _HEADERS.validate_json(archive.read(f"{number}.headers.json"))


def _block(archive: zipfile.ZipFile, number: int) -> Counted:
    headers = _headers(archive, number)
    starts = _unpacked(archive.read(f"{number}.starts.npy"))
    counts = _unpacked(archive.read(f"{number}.counts.npy"))
    if counts.dtype != np.float64 or counts.shape[1:] != (len(ROWS), len(NAMES)):
        raise ValueError("counts of another shape")
    sound = starts.dtype.kind == "i" and starts.shape == (len(headers),) and starts[0] == 0
    if not sound or (np.diff(starts, append=len(counts)) < 1).any():
        raise ValueError("dialogues begin out of order")
    latency_ms = _unpacked(archive.read(f"{number}.latency_ms.npy"))
    if latency_ms.dtype != np.float64 or latency_ms.shape != counts.shape[:1]:
        raise ValueError("latencies of another shape")
    return Counted(headers=headers, starts=starts.astype(np.intp), counts=counts, latency_ms=latency_ms)


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Without a date, so that equal runs give equal bytes."""
    archive.writestr(zipfile.ZipInfo(name), data, compress_type=zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)


def _packed(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _unpacked(data: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return array
