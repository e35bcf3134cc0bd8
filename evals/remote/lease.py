"""The sole right of one machine to go on with a run in a store, for as long as it renews it.

A lease is an object `lease/<number>.json`; the highest number holds. Taking over from a machine that is gone creates
the next number, which one machine alone can do where the store creates in one step. Clocks are compared: machines whose
clocks differ by more than `TTL_S` may take a run from each other, and then find out by the parts.
"""

from __future__ import annotations

import json
import os
import platform
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from evals.errors import StoreError, UsageError
from evals.io import dumps
from evals.lock import FolderLock
from evals.remote import cache
from evals.remote.store import Store, StoredObject

TTL_S = 60.0  # without being renewed for so long, a lease is nobody's
RENEW_S = 15.0
FOLDER = "lease"
_NAME = re.compile(r"lease/\d{8}\.json")


class TakenOverError(StoreError):
    """Another machine has gone on with the run."""


@contextmanager
def held(store: Store) -> Iterator[Lease]:
    """The lease of the run in a store's folder, for the length of a block.

    A lock among the processes of this machine comes first, so that a lease of this machine found in the store is one
    that was left behind. Raises UsageError while another process or machine holds the run.
    """
    lock = _lock(store)
    try:
        lease = _taken(store, owner=cache.machine())
        try:
            yield lease
        finally:
            with suppress(StoreError):  # it ends by itself
                lease.release()
    finally:
        lock.release()


@dataclass(slots=True)
class Lease:
    """A lease that is held."""

    store: Store
    name: str
    owner: str
    renewed_s: float

    def renew(self) -> None:
        """Says that its owner is alive. Raises TakenOverError where another machine has gone on meanwhile."""
        held = _leases(self.store)
        if not held or held[-1].name != self.name:
            raise TakenOverError(f"{self.store.url}: another machine has taken over this run")
        now_s = time.time()
        self.store.write(self.name, _text(self.owner, now_s))
        self.renewed_s = now_s

    def renew_if_due(self) -> None:
        """The same, no more often than every RENEW_S seconds."""
        if time.time() - self.renewed_s >= RENEW_S:
            self.renew()

    def release(self) -> None:
        """Gives the run back."""
        self.store.remove(self.name)


def _lock(store: Store) -> FolderLock:
    folder = cache.work_folder(store.url).parent
    try:
        return FolderLock(folder)
    except UsageError as error:
        raise UsageError(str(error).replace(str(folder), store.url)) from None


def _taken(store: Store, *, owner: str) -> Lease:
    """A new lease. `owner` is this machine, which takes over from itself at once."""
    held = _leases(store)
    if held:
        _refuse_while_fresh(store, held[-1], owner)
    number = int(PurePosixPath(held[-1].name).stem) + 1 if held else 1
    now_s = time.time()
    name = f"{FOLDER}/{number:08d}.json"
    if not store.create(name, _text(owner, now_s)):
        raise UsageError(
            f"{store.url}: another machine has just begun to write this run; wait for it, or choose --name"
        )
    for each in held:
        store.remove(each.name)
    return Lease(store=store, name=name, owner=owner, renewed_s=now_s)


def _leases(store: Store) -> list[StoredObject]:
    """The leases of a run, the one that holds last; what is not named like one is none."""
    return [each for each in store.objects(FOLDER) if _NAME.fullmatch(each.name)]


def _refuse_while_fresh(store: Store, found: StoredObject, owner: str) -> None:
    said = _read(store, found)
    age_s = time.time() - said["renewed_s"]
    if said["owner"] != owner and age_s < TTL_S:
        raise UsageError(
            f"{store.url}: another machine ({said['host']}, pid {said['pid']}) is writing this run, seen "
            f"{max(age_s, 0):.0f} s ago; wait for it, or choose --name ({TTL_S:.0f} s of silence free it)"
        )


def _read(store: Store, found: StoredObject) -> dict[str, Any]:
    """What a lease says. Raises UsageError for one that says nothing."""
    try:
        said = json.loads(store.read(found.name) or b"")
        return {
            "owner": str(said["owner"]),
            "host": str(said["host"])[:60],
            "pid": int(said["pid"]),
            "renewed_s": float(said["renewed_s"]),
        }
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{store.url}/{found.name}: no lease of ours; delete it if nobody writes this run") from None


def _text(owner: str, now_s: float) -> bytes:
    return dumps({"owner": owner, "host": platform.node(), "pid": os.getpid(), "renewed_s": round(now_s, 3)}).encode()
