"""A run as one archive that can be checked anywhere: the files behind its numbers, each with its size and sha256.

A zip of `manifest.json` and, of FILES, those the run has. Equal files give an equal archive. It comes from others:
only names known here are read, none past its stated size, and nothing is extracted by a name the archive chose.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from evals.errors import DataError, Fault
from evals.io import dumps, replacing
from evals.strict_json import parse

MANIFEST = "manifest.json"
RUN, DATASET, OVERLAY = "run.json", "dataset.jsonl", "overlay.jsonl"
PREDICTIONS, OUTCOMES, VERDICTS = "predictions.jsonl", "outcomes.jsonl", "verdicts.jsonl"
FILES = (RUN, DATASET, OVERLAY, PREDICTIONS, OUTCOMES, VERDICTS)
FORMAT = 1

_DATE = (1980, 1, 1, 0, 0, 0)  # the archive holds no time
_PIECE = 1 << 20
_MANIFEST_BYTES = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A file in the archive."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says it holds. `redistributable` is False where a licence forbids passing records on."""

    format: int
    name: str
    signature: str
    files: dict[str, Packed]
    redistributable: bool = True


def pack(path: Path, files: Mapping[str, Path], *, name: str, signature: str, redistributable: bool) -> Manifest:
    """Writes the archive, whole or not at all; `files` are paths by their names of FILES."""
    packed = {}
    with replacing(path) as handle, zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside in (known for known in FILES if known in files):
            packed[inside] = _add(archive, inside, files[inside])
        manifest = Manifest(
            format=FORMAT, name=name, signature=signature, files=packed, redistributable=redistributable
        )
        about = zipfile.ZipInfo(MANIFEST, _DATE)
        archive.writestr(about, dumps(manifest, indent=2) + "\n", zipfile.ZIP_DEFLATED)
    return manifest


def unpack(path: Path, folder: Path) -> Manifest:
    """Writes the files of an archive into a folder once each is what the manifest says.

    Raises DataError naming every file that is not, or the archive that is none.
    """
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        faults = [
            fault for inside in manifest.files if (fault := _fault(archive, inside, manifest.files[inside], folder))
        ]
        strangers = set(archive.namelist()) - {MANIFEST, *manifest.files}
        faults += [f"{name!r} stands in it and not in its {MANIFEST}" for name in sorted(strangers)]
    if faults:
        raise DataError([Fault(path=path, line=None, field=None, message=message) for message in faults])
    return manifest


def _add(archive: zipfile.ZipFile, inside: str, path: Path) -> Packed:
    digest, size = hashlib.sha256(), 0
    info = zipfile.ZipInfo(inside, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return Packed(bytes=size, sha256=digest.hexdigest())


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise DataError.at(path, "there is no such file") from None
    except IsADirectoryError:
        raise DataError.at(path, "a folder; the archive that evals export --bundle wrote is wanted") from None
    except _BROKEN as error:
        raise DataError.at(path, f"not a whole archive ({error})") from None


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        with _member(archive, MANIFEST) as handle:
            manifest, found = parse(handle.read(_MANIFEST_BYTES), Manifest)
    except KeyError:
        raise DataError.at(path, f"holds no {MANIFEST}: not an archive of evals export --bundle") from None
    if found:
        field, message = found[0]
        raise DataError.at(path, f"{MANIFEST}: {message}", field=field)
    if manifest.format != FORMAT:
        raise DataError.at(path, f"{MANIFEST}: format {manifest.format}; this version reads format {FORMAT}")
    if unknown := sorted(set(manifest.files) - set(FILES)):
        raise DataError.at(path, f"{MANIFEST}: unknown file {unknown[0]!r}; there are {', '.join(FILES)}")
    return manifest


def _member(archive: zipfile.ZipFile, inside: str) -> IO[bytes]:
    """A file of the archive, to be read. Raises KeyError where there is none, one of `_BROKEN` where it cannot be."""
    try:
        return archive.open(inside)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise zipfile.BadZipFile(f"{inside} would begin before the archive does") from None


def _fault(archive: zipfile.ZipFile, inside: str, stated: Packed, folder: Path) -> str | None:
    """What is wrong with a file of the archive; it is written as it is read and never past its stated size."""
    digest, size = hashlib.sha256(), 0
    try:
        with _member(archive, inside) as source, (folder / inside).open("wb") as target:
            while size <= stated.bytes and (piece := source.read(_PIECE)):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
    except KeyError:
        return f"{inside} is missing"
    except _BROKEN as error:
        return f"{inside} is damaged ({error})"
    if size != stated.bytes:
        return f"{inside} is not {stated.bytes:,} bytes long, as {MANIFEST} says"
    if digest.hexdigest() != stated.sha256:
        return f"{inside} is not what was packed (sha256 {digest.hexdigest()[:12]}…, packed {stated.sha256[:12]}…)"
    return None
