"""What this machine keeps for stores: what was fetched, once for each version and renamed into place, and its runs."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from evals.remote.store import Store, StoredObject

VARIABLE = "MEMORY_EVALS_CACHE"
KEPT_S = 86400.0  # what no command has used for a day may go
_OBJECTS, _RUNS, _WORK, _MACHINE = "objects", "runs", "work", "machine"
SENT_FILE = ".sent.json"  # beside a run that is worked on: what of it stands in its store
_LONGEST_BYTES = 200  # of a file's name
_RESERVED = '/\\:*?"<>|%'


def folder() -> Path:
    """Where all that is: `.evals/store`, or what the variable MEMORY_EVALS_CACHE says."""
    return Path(os.environ.get(VARIABLE) or Path(".evals") / "store")


def key_of(*parts: str) -> str:
    """16 hex digits over what a thing in the cache is known by."""
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def fetched(store: Store, wanted: StoredObject) -> Path:
    """The object as a file of this machine; asks the store only for what is not here yet.

    The file's path ends like the object's, so that a message about a line of it says which it is.
    """
    where = f"{store.url}/{wanted.name}"
    kept = folder() / _OBJECTS / key_of(where, wanted.version)
    file = kept.joinpath(*map(segment, where.replace("://", "/").split("/")))
    if file.exists():
        os.utime(kept)
        return file
    file.parent.mkdir(parents=True, exist_ok=True)
    arriving = file.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        store.download(wanted, arriving)
        arriving.replace(file)
    finally:
        arriving.unlink(missing_ok=True)
    return file


def run_folder(url: str, version: str) -> Path:
    """Where a stored run is kept as it stood in one version."""
    return folder() / _RUNS / key_of(url, version) / segment(url.rpartition("/")[2])


def work_folder(url: str) -> Path:
    """Where a run of a store is worked on, the only run in the folder above it."""
    return folder() / _WORK / key_of(url) / segment(url.rpartition("/")[2])


def machine() -> str:
    """What this machine, as far as it shares this cache, is known by in a store."""
    known = folder() / _MACHINE
    if not known.exists():
        known.parent.mkdir(parents=True, exist_ok=True)
        mine = known.with_name(f".{secrets.token_hex(16)}.tmp")
        mine.write_text(mine.name)
        with suppress(FileExistsError):  # whole at once, and the first one stays
            known.hardlink_to(mine)
        mine.unlink()
    return known.read_text()


def segment(name: str) -> str:
    """A name from a store as one that a file here can have: it leads nowhere, and is not too long."""
    safe = "".join(char if char.isprintable() and char not in _RESERVED else quote(char, safe="") for char in name)
    if safe.strip(".") == "":
        safe = safe.replace(".", "%2E") or "%"
    return safe if len(safe.encode()) <= _LONGEST_BYTES else f"{key_of(name)}-{safe[-_LONGEST_BYTES // 5 :]}"


def collect(*, now_s: float | None = None) -> Iterator[Path]:
    """Deletes what a store has too and no command has used for a day; yields what is gone."""
    oldest_s = (time.time() if now_s is None else now_s) - KEPT_S
    for kind in (_OBJECTS, _RUNS, _WORK):
        for kept in sorted((folder() / kind).glob("*")):
            if kept.stat().st_mtime < oldest_s and (kind != _WORK or _all_sent(kept)):
                shutil.rmtree(kept)
                yield kept


def _all_sent(above: Path) -> bool:
    """Whether every run in a work folder is complete in its store; what was set aside there never is."""
    runs = [each for each in above.iterdir() if each.is_dir() and each.name[0] != "."]
    sent = [run / SENT_FILE for run in runs]
    return all(file.exists() and json.loads(file.read_text()).get("complete") for file in sent)
