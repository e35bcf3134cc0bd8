"""Brings a run's folder of this machine to where its store is, before it is gone on with here.

The store is right about what was answered; what this machine alone has, because it could not be sent, is kept: it goes
behind what the store holds, except where the store has an answer already.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from evals.errors import UsageError
from evals.io import replacing, write_json
from evals.memos.lists import ShapeError
from evals.prediction_index import PredictionIndex
from evals.predictions import decoded, prediction_from
from evals.remote import parts
from evals.remote.cache import SENT_FILE
from evals.remote.parts import Part
from evals.remote.store import Store
from evals.remote.stored_run import JOURNALS, RUN_FILE

BLOCK_BYTES = 2**20


def caught_up(store: Store, folder: Path) -> dict[str, int]:
    """Makes the folder what the store holds, and more where this machine has more; how many bytes of each journal
    stand in the store.

    Raises UsageError for what is no run that can be gone on with, DataError for parts that do not fit.
    """
    objects, stored = store.objects(), store.read(RUN_FILE)
    names = {each.name for each in objects}
    found = {journal: parts.parts_of(objects, journal, url=store.url) for journal in JOURNALS}
    if stored is None and any(found.values()):
        raise UsageError(f"{store.url}: answers without a {RUN_FILE}; delete them there, or choose another --name")
    if whole := names & set(JOURNALS.values()):
        raise UsageError(
            f"{store.url}: a run that was copied there ({min(whole)} is one object); go on where it is from"
        )
    if stored is not None:
        _keep_aside_another(folder, stored)
    folder.mkdir(parents=True, exist_ok=True)
    before = sent_of(folder)
    sent = {
        journal: _caught_up(store, found[journal], folder / name, before.get(journal, 0))
        for journal, name in JOURNALS.items()
    }
    moved = any(sent[journal] > before.get(journal, 0) for journal in JOURNALS)
    if stored is not None and (moved or not (folder / RUN_FILE).exists()):
        with replacing(folder / RUN_FILE) as out:
            out.write(stored)
    write_sent(folder, sent)
    return sent


def sent_of(folder: Path) -> dict[str, int]:
    """How many bytes of each journal of a folder stand in its store, as far as this machine knows."""
    file = folder / SENT_FILE
    known: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return {journal: int(known.get(journal, 0)) for journal in JOURNALS}


def write_sent(folder: Path, sent: dict[str, int], *, complete: bool = False) -> None:
    """Keeps that for the next command; `complete` when nothing of the run is left to send."""
    write_json(folder / SENT_FILE, {**sent, "complete": complete})


def _keep_aside_another(folder: Path, stored: bytes) -> None:
    """Renames a folder of this machine that is of another run than the one that stands in the store now."""
    mine = folder / RUN_FILE
    if not mine.exists() or _created(mine.read_bytes()) == _created(stored):
        return
    number = 1
    while (aside := folder.with_name(f"{folder.name}.{number}")).exists():
        number += 1
    folder.rename(aside)
    print(f"another run stands in the store now; what this machine had is kept as {aside}", file=sys.stderr)


def _created(run: bytes) -> object:
    try:
        return json.loads(run)["created"]
    except (ValueError, KeyError, TypeError):
        return None


def _caught_up(store: Store, found: Sequence[Part], file: Path, sent: int) -> int:
    """Bytes of a journal that stand in the store, once the file begins with all of them."""
    have = file.stat().st_size if file.exists() else 0
    sent = max((part.end for part in found if part.end <= min(sent, have)), default=0)
    missing = [part for part in found if part.end > sent]
    while missing and _holds(file, missing[0].start, parts.fetched(store, missing[0])):
        missing = missing[1:]
    if missing:
        _rewrite(store, missing, file)
    return found[-1].end if found else 0


def _holds(file: Path, start: int, data: bytes) -> bool:
    if not file.exists():
        return False
    with file.open("rb") as handle:
        handle.seek(start)
        return handle.read(len(data)) == data


def _rewrite(store: Store, missing: Sequence[Part], file: Path) -> None:
    """Puts the missing parts in their place in the file, and behind them what the file had there."""
    file.touch()
    joined = file.with_name(f".{file.name}.tmp")
    with joined.open("wb") as out:
        with file.open("rb") as mine:
            _copy(mine, out, missing[0].start)
        for part in missing:
            out.write(parts.fetched(store, part))
    unsent = _lines_from(file, missing[0].start)
    if file.name == JOURNALS["predictions"]:
        unsent = _unanswered(unsent, PredictionIndex(joined, ours=True).settled("all"))
    with joined.open("ab") as out:
        out.writelines(unsent)
        out.flush()
        os.fsync(out.fileno())
    joined.replace(file)


def _lines_from(file: Path, start: int) -> Iterator[bytes]:
    """The whole lines of a file from a byte on."""
    with file.open("rb") as handle:
        handle.seek(start)
        yield from (line for line in handle if line.endswith(b"\n"))


def _unanswered(lines: Iterator[bytes], answered: Container[tuple[str, int]]) -> Iterator[bytes]:
    """The answers among the lines that are not there already; failures are asked again."""
    for line in lines:
        with suppress(ShapeError):
            prediction = prediction_from(decoded(line))
            if prediction.error is None and (prediction.id, prediction.repeat) not in answered:
                yield line


def _copy(handle: BinaryIO, out: BinaryIO, size: int) -> None:
    """Writes the next bytes of a file, a block at a time."""
    while size and (block := handle.read(min(BLOCK_BYTES, size))):
        out.write(block)
        size -= len(block)
