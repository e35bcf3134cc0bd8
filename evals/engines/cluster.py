"""Ray for the length of one command: a cluster that is there, or one begun on this machine and ended with it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evals.engines.asking import Asking
from evals.engines.pool import Pool
from evals.errors import ConfigError

SHORT_TMP = Path("/tmp")  # noqa: S108 - Ray's sockets stand below it, and a socket's path has 107 bytes at most
FOLDER = "evals-ray-"  # and the driver that it belongs to
OBJECT_STORE_BYTES = 256 * 2**20  # answers and batches are small; Ray would take a third of the memory
# Ray reads these when it is imported: no statistics are sent, and stdout is ours.
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": "^"}
ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # its name says less than it does: no other address is used


class Cluster:
    """Where workers are begun. Use as a context manager; it ends with whatever was begun for it.

    `address` is that of an existing cluster's head, None begins one of `workers` cores, or of all of this machine.
    `batch` is how many dialogues are handed out at a time. Raises ConfigError where Ray is not installed or the
    cluster cannot be reached.
    """

    def __init__(self, *, address: str | None, workers: int | None, batch: int) -> None:
        if find_spec("ray") is None:
            raise ConfigError("engine=ray: Ray is not installed: pip install 'memory-evals[ray]'")
        if address is not None and address.startswith("ray://"):
            raise ConfigError(f"engine.address={address}: the address of the head is wanted, HOST:6379, no ray://")
        self.address, self.batch = address, batch
        self._workers = workers
        self._folder: Path | None = None

    @property
    def workers(self) -> int:
        """How many workers there are to be: as configured, or one a core of the cluster."""
        import ray

        return self._workers or max(1, int(ray.cluster_resources().get("CPU", 1)))

    def __enter__(self) -> Self:
        os.environ.update(QUIET if self.address else QUIET | ON_LOOPBACK)
        try:
            with _own_signals():
                self._begin()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with _own_signals():
            self._end()

    def asking(self, node: Mapping[str, Any]) -> Asking:
        """The workers as askers of the extractor that `node` configures."""
        return Asking(self, node)

    def pool(self, begin: Callable[..., object], *arguments: object) -> Pool:
        """The workers as processes that work, each after `begin(*arguments)`."""
        return Pool(begin, *arguments)

    def _begin(self) -> None:
        import ray

        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
        if self.address is None:
            self._folder = _session_folder()
            options |= {
                "num_cpus": self._workers,
                "include_dashboard": False,
                "object_store_memory": OBJECT_STORE_BYTES,
                "_temp_dir": str(self._folder),
            }
        try:
            ray.init(address=self.address or "local", **options)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            where = "a cluster on this machine" if self.address is None else f"engine.address={self.address}"
            raise ConfigError(f"{where} cannot be used: {' '.join(str(error).split())}") from None

    def _end(self) -> None:
        import ray

        ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _session_folder() -> Path:
    """A new folder for Ray's sockets and logs; those of drivers that were killed go."""
    place = SHORT_TMP if SHORT_TMP.is_dir() else Path(tempfile.gettempdir())
    for left in place.glob(f"{FOLDER}*-*"):
        driver = left.name.removeprefix(FOLDER).split("-")[0]
        if driver.isdigit() and not _is_running(int(driver)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-", dir=place))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray puts a handler of its own on SIGTERM whenever it begins; what was there is put back."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            with suppress(ValueError):  # not the main thread, where nobody changed it either
                signal.signal(signum, handler)
