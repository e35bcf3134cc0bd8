"""A run that stands in a store: which of its objects are a run's, its copy on this machine, its end.

What stands in a store is input like any other. Only names a run has are fetched, each to a place that is ours to
choose; nothing of it is executed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from evals.errors import DataError, StoreError, UsageError
from evals.remote import cache, parts
from evals.remote.known import remember
from evals.remote.lease import held
from evals.remote.store import Store, StoredObject
from evals.remote.url import StoreUrl

RUN_FILE = "run.json"
JOURNALS = {"predictions": "predictions.jsonl", "judge_calls": "judge_calls.jsonl"}  # by the folder of their parts
FILES = (RUN_FILE, "outcomes.jsonl", "counts.npz", "verdicts.jsonl", "dialogues.jsonl.gz", *JOURNALS.values())
_TRIES = 3  # a run that is written while it is fetched is listed again


def pulled(url: StoreUrl) -> Path:
    """The folder of a copy of a stored run as it stands now; fetched only where it is not here yet.

    Raises UsageError where no run stands there, DataError where its parts do not fit, StoreError where it cannot be
    read.
    """
    url = url.parent if url.name == RUN_FILE else url
    remember(url)
    store = Store(url.text)
    for _ in range(_TRIES):
        objects = _of_a_run(store)
        folder = cache.run_folder(url.text, "\0".join(f"{each.name} {each.version}" for each in objects))
        if folder.exists():
            os.utime(folder.parent)
            return folder
        with suppress(_ChangedError):
            _fetch(store, objects, folder)
            return folder
    raise StoreError(f"{url}: it is being written faster than it can be fetched; give the command again")


def run_files(reports: StoreUrl) -> Iterator[Path]:
    """The run.json of every run in a store's folder, each as a file in a folder of the run's name."""
    store = Store(reports.text)
    return (cache.fetched(store, each) for each in store.matching(f"*/{RUN_FILE}"))


def remove(url: StoreUrl) -> None:
    """Deletes what is a run's, here too; run.json last, so that a removal that was interrupted can be given again.

    Raises UsageError where no run stands there or another machine is writing it.
    """
    store = Store(url.text)
    objects = _of_a_run(store)
    with held(store):
        for each in sorted(objects, key=lambda each: each.name == RUN_FILE):
            store.remove(each.name)
        shutil.rmtree(cache.work_folder(url.text), ignore_errors=True)


class _ChangedError(Exception):
    """The run was written while it was fetched."""


def _of_a_run(store: Store) -> tuple[StoredObject, ...]:
    """The objects that make a run; what else stands beside them (reports, leases, strangers) is not looked at."""
    known = [each for each in store.objects() if each.name in FILES or each.name.partition("/")[0] in JOURNALS]
    if not any(each.name == RUN_FILE for each in known):
        raise UsageError(f"{store.url}: no run stands there (it has no {RUN_FILE})")
    return tuple(known)


def _fetch(store: Store, objects: Sequence[StoredObject], folder: Path) -> None:
    """Puts the copy in its place in one step. Raises _ChangedError where the run is not what was listed any more."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent.parent, prefix=".") as beside:
        arriving = Path(beside) / folder.name
        arriving.mkdir()
        for each in objects:
            if each.name in FILES:
                _download(store, each, arriving / each.name)
        for journal, name in JOURNALS.items():
            _join(store, parts.parts_of(objects, journal, url=store.url), arriving / name)
        if _of_a_run(store) != tuple(objects):
            raise _ChangedError
        folder.parent.mkdir(exist_ok=True)
        try:
            arriving.rename(folder)
        except OSError:
            if not folder.exists():  # no other process was faster
                raise


def _download(store: Store, wanted: StoredObject, file: Path) -> None:
    try:
        store.download(wanted, file)
    except StoreError:
        if store.find(wanted.name) == wanted:
            raise
        raise _ChangedError from None


def _join(store: Store, found: Sequence[parts.Part], file: Path) -> None:
    """Writes the file that parts are. Raises DataError where it stands in the store in both forms."""
    if not found:
        return
    if file.exists():
        raise DataError.at(store.url, f"{file.name} stands there whole and in parts; one of them is wrong")
    with file.open("wb") as handle:
        for part in found:
            handle.write(parts.fetched(store, part))
