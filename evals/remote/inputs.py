"""The files that a path, a glob or a URL names, as files of this machine.

What exists under the very name given is that file, whatever characters are in it; else `*`, `?` and `[…]` stand for
others, and braces for nothing. Several files come sorted by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from evals.errors import ConfigError
from evals.remote.cache import fetched
from evals.remote.known import remember
from evals.remote.store import Store
from evals.remote.url import StoreUrl, place

_WILD = re.compile(r"[*?[]")


def local_files(given: str, *, named_by: str) -> tuple[Path, ...]:
    """All files that are named, those of a store fetched where they are not here yet.

    Raises ConfigError for a name that fits none, StoreError where the store cannot be read. `named_by` is the key of
    the configuration that gave the name.
    """
    named = place(given)
    found = _in_store(named) if isinstance(named, StoreUrl) else _here(named)
    if not found:
        raise ConfigError(f"{named_by}={given}: no such file")
    return tuple(found)


def local_file(given: str, *, named_by: str) -> Path:
    """The one file that is named; wildcards mean nothing here."""
    named = place(given)
    if isinstance(named, StoreUrl):
        found = _one_in_store(named)
    else:
        found = [named] if named.is_file() else []
    if not found:
        raise ConfigError(f"{named_by}={given}: no such file")
    return found[0]


def _here(named: Path) -> Sequence[Path]:
    if named.is_file() or not _WILD.search(str(named)):
        return [named] if named.is_file() else []
    anchor = Path(named.anchor or ".")
    pattern = str(named.relative_to(named.anchor) if named.anchor else named)
    return sorted(file for file in anchor.glob(pattern) if file.is_file())


def _in_store(named: StoreUrl) -> Sequence[Path]:
    if exact := _one_in_store(named):
        return exact
    wild = _WILD.search(named.text)
    if wild is None:
        return []
    fixed, _, _ = named.text[: wild.start()].rpartition("/")
    store = Store(fixed)
    return [fetched(store, each) for each in store.matching(named.text[len(fixed) + 1 :])]


def _one_in_store(named: StoreUrl) -> list[Path]:
    remember(named)
    store = Store(named.parent.text)
    found = store.find(named.name)
    return [] if found is None else [fetched(store, found)]
