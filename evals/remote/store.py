"""One folder of a store: its objects by name, listed, read and written through fsspec; what fails is one line.

Object stores write an object whole or not at all, which all that is built on this room rests on.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from evals.errors import EvalsError, StoreError, UsageError
from evals.remote.url import redacted

EXTRA = "pip install 'memory-evals[s3]'"
_TIMES = ("size", "mtime", "created", "LastModified", "last_modified", "Last-Modified")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One object of a store: its name under the store's folder, its bytes, and what changes when they do."""

    name: str
    size: int
    version: str


class Store:
    """A folder of a store. Every method raises StoreError when the store cannot be reached or refuses.

    Raises UsageError where a package is missing or no store speaks that protocol.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._files, self._root = _opened(self.url)

    def objects(self, folder: str = "") -> tuple[StoredObject, ...]:
        """Everything under a folder of this one, by name; nothing where there is none."""
        with self._explained(folder):
            return self._named(self._files.find(self._path(folder), detail=True))

    def matching(self, pattern: str) -> tuple[StoredObject, ...]:
        """What a pattern with `*`, `?` and `[…]` names, by name."""
        with self._explained(pattern):
            return self._named(self._files.glob(self._path(pattern), detail=True))

    def find(self, name: str) -> StoredObject | None:
        """One object; None where there is none of that name."""
        with self._explained(name):
            try:
                info = self._files.info(self._path(name))
            except FileNotFoundError:
                return None
            return None if info["type"] == "directory" else self._named({self._path(name): info})[0]

    def read(self, name: str) -> bytes | None:
        """The bytes of a small object; None where there is none of that name."""
        with self._explained(name):
            try:
                return bytes(self._files.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        """Puts an object in the place of whatever stood there."""
        with self._explained(name):
            self._files.pipe_file(self._path(name), data)

    def create(self, name: str, data: bytes) -> bool:
        """Puts an object where none stands; False where one does. One step where the store has such a thing."""
        with self._explained(name):
            try:
                self._files.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
            return True

    def upload(self, file: Path, name: str) -> None:
        """Puts a file of this machine into the store."""
        with self._explained(name):
            self._files.put_file(str(file), self._path(name))

    def download(self, wanted: StoredObject, file: Path) -> None:
        """Fetches an object into a new file. Raises StoreError where it is not what was listed any more."""
        with self._explained(wanted.name):
            self._files.get_file(self._path(wanted.name), str(file))
        if file.stat().st_size != wanted.size or self.find(wanted.name) != wanted:
            raise StoreError(f"{self.url}/{wanted.name}: it was changed while it was fetched; give the command again")

    def remove(self, name: str) -> None:
        """Deletes an object; one that is not there is no error."""
        with self._explained(name):
            try:
                self._files.rm_file(self._path(name))
            except FileNotFoundError:
                return

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root

    def _named(self, found: Mapping[str, Mapping[str, Any]]) -> tuple[StoredObject, ...]:
        start = f"{self._root}/"
        return tuple(
            StoredObject(name=path.removeprefix(start), size=_size(path, info), version=_version(info))
            for path, info in sorted(found.items())
            if info["type"] != "directory" and path.startswith(start)
        )

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """Whatever a store's library raises, as one line that names the object."""
        where = f"{self.url}/{name}".rstrip("/")
        try:
            yield
        except EvalsError:
            raise
        except PermissionError as error:
            raise StoreError(f"{where}: access denied: {_one_line(error)}") from None
        except FileNotFoundError as error:
            raise StoreError(f"{where}: there is no such bucket or object: {_one_line(error)}") from None
        except Exception as error:  # every store's library has errors of its own
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise  # the disk of this machine
            raise StoreError(f"{where}: {_one_line(error)}") from None


def _opened(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it."""
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{url}: a store is reached with fsspec; {EXTRA}") from None
    try:
        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        raise UsageError(f"{url}: {_one_line(error)} ({EXTRA} brings what s3:// needs)") from None
    except ValueError as error:
        raise UsageError(f"{url}: {_one_line(error)}") from None
    return files, str(root).rstrip("/")


def _size(path: str, info: Mapping[str, Any]) -> int:
    if info.get("size") is None:
        raise StoreError(f"{path}: the store does not say how large it is")
    return int(info["size"])


def _version(info: Mapping[str, Any]) -> str:
    """What changes when an object does: the store's own tag, else its size and times."""
    tag = info.get("ETag") or info.get("etag")
    known = [str(tag)] if tag else [f"{name}={_plain(info.get(name))}" for name in _TIMES]
    return sha256("\0".join(known).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """A time in seconds, as listings give it where a single answer gives an object."""
    return value.timestamp() if hasattr(value, "timestamp") else value


def _one_line(error: BaseException) -> str:
    return redacted(" ".join(str(error).split())) or type(error).__name__
