"""What every importer of a public set shares: what the set is, the files it comes in, what an import reports."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evals.corpus.record import Provenance, Record
from evals.errors import DataError
from evals.io import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """Where a public set comes from. `licence` is SPDX; `sha256` is of the files our figures were measured on."""

    name: str
    about: str
    repository: str
    commit: str
    path: str
    licence: str
    terms: str
    redistributable: bool
    sha256: str
    note: str

    def provenance(self, *, path: str, upstream_id: str, derivation: str) -> Provenance:
        """The provenance of one record of this set."""
        return Provenance(
            repo=self.repository,
            commit=self.commit,
            path=path,
            upstream_id=upstream_id,
            licence=self.licence,
            redistributable=self.redistributable,
            derivation=derivation,
            transformed=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import wrote: lines by file, items by kind, and the sha256 of the upstream files it read."""

    name: str
    files: Mapping[Path, int]
    counts: Mapping[str, int]
    sha256: str
    notes: tuple[str, ...] = field(default=())


Importer = Callable[[Path, Path], ImportReport]


def instructions(public: PublicSet) -> str:
    """How to get a set and what it may be used for, for a person to read."""
    return "\n".join(
        (
            f"{public.name}: {public.about}",
            f"  get       {public.path} of the GitHub repository {public.repository}",
            f"  commit    {public.commit}",
            f"  licence   {public.licence}; {public.terms}",
            f"  tested on {public.sha256} (sha256)",
            f"            {public.note}",
            f"  then      evals import {public.name} SOURCE DEST",
        )
    )


def upstream_files(source: Path, *patterns: str) -> tuple[Path, ...]:
    """The source itself if it is a file, else the files in it that fit the first pattern with any, sorted.

    Raises DataError when there is none.
    """
    if source.is_file():
        return (source,)
    for pattern in patterns:
        if found := sorted(path for path in source.glob(pattern) if path.is_file()):
            return tuple(found)
    raise DataError.at(source, f"neither a file nor a folder with {' or '.join(patterns)}")


def digest(source: Path, files: Iterable[Path]) -> str:
    """sha256 of the one file; of several, of the lines `<sha256>  <path>` sorted by path, as sha256sum prints them."""
    hashes = {}
    for path in files:
        with path.open("rb") as handle:
            hashes[path.relative_to(source).as_posix()] = hashlib.file_digest(handle, "sha256").hexdigest()
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    lines = "".join(f"{value}  {name}\n" for name, value in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def as_line(record: Record) -> dict[str, Any]:
    """A record as a line of a dataset file, its format named."""
    return {"schema": record.schema, **plain(record)}


def count(records: Iterable[Record]) -> dict[str, int]:
    """Gold by kind over some records: all items, those optional, and those forbidden."""
    counts = dict.fromkeys(("facts", "explicit_preferences", "implicit_preferences", "optional", "forbidden"), 0)
    for record in records:
        for name in ("facts", "explicit_preferences", "implicit_preferences"):
            items = getattr(record, f"gold_{name}") or ()
            counts[name] += len(items)
            counts["optional"] += sum(item.optional for item in items)
        counts["forbidden"] += len(record.forbidden or ())
    return counts
