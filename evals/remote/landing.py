"""A run that is kept in a store while it is worked on here: what lands is sent on, so that it outlives this machine.

The run is a folder of this machine, as every run is. A thread sends whole lines of its answers as parts every few
seconds and renews the lease; at every end what is left is sent, run.json last. The same command on another machine
finds in the store what was sent, and goes on from there.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from evals.errors import DataError, EvalsError, StoppedShort, UsageError
from evals.io import dumps, replacing
from evals.remote import cache
from evals.remote.catching_up import caught_up, write_sent
from evals.remote.known import remember
from evals.remote.lease import Lease, TakenOverError, held
from evals.remote.parts import Shipper
from evals.remote.store import Store
from evals.remote.stored_run import JOURNALS, RUN_FILE
from evals.remote.url import StoreUrl

SEND_S = 2.0  # how often answers are sent
PATIENCE_S = 40.0  # a store may be away for so long: no longer than a lease outlives its last renewal


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where a run is worked on, and what the user calls that place.

    `check` is for between two answers: it raises StoppedShort where they cannot be kept any more.
    """

    path: Path
    called: str
    check: Callable[[], None] = lambda: None

    @classmethod
    def here(cls, path: Path) -> Landing:
        """A folder of this machine, and nothing else."""
        return cls(path=path, called=str(path))


@contextmanager
def landing(place: Path | StoreUrl) -> Iterator[Landing]:
    """A run's folder for the length of a block: the path itself, or a folder whose run is kept in the store.

    A run that is complete in the store is not fetched; the folder then holds its run.json alone. Raises UsageError
    while another process or machine is writing the run, StoreError where the store cannot be used, and StoppedShort
    where it could not be sent everything: all of it is then still here, and the same command sends it.
    """
    if isinstance(place, Path):
        yield Landing.here(place)
        return
    remember(place)
    store, folder = Store(place.text), cache.work_folder(place.text)
    if (complete := _complete(store)) is None:
        with _said_of(folder, place), held(store) as lease:
            if (complete := _complete(store)) is None:  # another machine may have ended meanwhile
                with _Sender(store, folder, lease, sent=caught_up(store, folder)) as sender:
                    yield Landing(path=folder, called=place.text, check=sender.check)
                print(f"kept in {place}", file=sys.stderr)
                return
    with _run_file_alone(complete, place) as alone:
        yield Landing(path=alone, called=place.text)


def _complete(store: Store) -> bytes | None:
    """The run.json in the store where it is that of a complete run. Raises DataError for what is no run.json."""
    stored = store.read(RUN_FILE)
    if stored is not None and _status(stored) is None:
        raise DataError.at(f"{store.url}/{RUN_FILE}", "not the run.json of a run")
    return stored if stored is not None and _status(stored) == "complete" else None


@contextmanager
def _run_file_alone(stored: bytes, place: StoreUrl) -> Iterator[Path]:
    """The folder of a run of which no more is needed than that it is complete, and whose."""
    with tempfile.TemporaryDirectory(prefix="evals-") as beside:
        folder = Path(beside) / cache.segment(place.name)
        with replacing(folder / RUN_FILE) as out:
            out.write(stored)
        with _said_of(folder, place):
            yield folder


@contextmanager
def _said_of(folder: Path, place: StoreUrl) -> Iterator[None]:
    """Lets what is wrong with the run be told of the URL that the user gave."""
    try:
        yield
    except (UsageError, StoppedShort) as error:
        raise type(error)(str(error).replace(str(folder), str(place))) from None


class _Sender:
    """Sends a run's folder to its store while it is worked on, and all of it at the end of a block."""

    def __init__(self, store: Store, folder: Path, lease: Lease, *, sent: dict[str, int]) -> None:
        self._store, self._folder, self._lease = store, folder, lease
        self._shippers = {
            journal: Shipper(folder / name, store, journal, sent=sent[journal]) for journal, name in JOURNALS.items()
        }
        self._begun = False
        self._failed: str | None = None
        self._sending, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._now_and_then, name="evals-send", daemon=True)

    def __enter__(self) -> _Sender:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._finish()
        except (EvalsError, OSError) as wrong:
            kept = f"what was answered is kept on this machine ({self._folder.parent}), and the same command sends it"
            if error is None or isinstance(error, StoppedShort):
                said = f"{error}; " if error is not None and str(wrong) not in str(error) else ""
                raise StoppedShort(f"{said}{wrong}; {kept}") from None
            print(f"evals: {wrong}; {kept}", file=sys.stderr)
        finally:
            self._ended.set()
            self._thread.join()

    def check(self) -> None:
        """Raises StoppedShort once the store has been away for too long, or another machine has gone on."""
        if self._failed is not None:
            raise StoppedShort(self._failed)

    def _now_and_then(self) -> None:
        well_s = time.monotonic()
        while not self._ended.wait(SEND_S):
            try:
                with self._sending:
                    self._send()
                well_s = time.monotonic()
            except (EvalsError, OSError) as error:
                if isinstance(error, TakenOverError) or time.monotonic() - well_s > PATIENCE_S:
                    self._failed = str(error)
                    return

    def _send(self) -> None:
        """What is new: once that the run has begun, then whole lines."""
        self._lease.renew_if_due()
        run = self._folder / RUN_FILE
        if not self._begun and run.exists():
            self._begin(run.read_bytes())
        if self._begun:
            self._ship()

    def _finish(self) -> None:
        """All there is, in an order in which run.json never says more than the store holds.

        The thread goes on meanwhile: sending what is large takes longer than a lease lasts.
        """
        run = self._folder / RUN_FILE
        if not run.exists():
            return
        with self._sending:
            self._lease.renew()
            self._send()
        said = run.read_bytes()
        for file in sorted(self._folder.rglob("*")):
            name = file.relative_to(self._folder).as_posix()
            if file.is_file() and not name.startswith(".") and name not in (RUN_FILE, *JOURNALS.values()):
                self._store.upload(file, name)
        self._lease.renew()
        self._store.write(RUN_FILE, said)
        self._write_sent(complete=_status(said) == "complete")

    def _begin(self, said: bytes) -> None:
        """Parts are never there without a run, and a run is not complete while they are sent."""
        self._store.write(RUN_FILE, dumps({**json.loads(said), "status": "running"}, indent=2).encode())
        self._begun = True

    def _ship(self) -> None:
        for shipper in self._shippers.values():
            while shipper.ship():
                self._write_sent()
                self._lease.renew_if_due()

    def _write_sent(self, *, complete: bool = False) -> None:
        write_sent(self._folder, {name: each.sent for name, each in self._shippers.items()}, complete=complete)


def _status(run: bytes) -> object:
    try:
        return json.loads(run).get("status")
    except (ValueError, AttributeError):
        return None
