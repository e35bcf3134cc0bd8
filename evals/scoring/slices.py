"""The names of the slices one dialogue belongs to, and the order in which slices are shown.

Dimensions are joined in one fixed order: kind, language, split. `label` stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from evals.scoring.legality import Row
from evals.types import KINDS, Kind

_DIMENSIONS = (
    ("all",),
    ("kind",),
    ("language",),
    ("split",),
    ("label",),
    ("kind", "language"),
    ("kind", "split"),
    ("language", "split"),
)
Slices = tuple[tuple[Row, tuple[str, ...]], ...]
_KIND_OF: dict[str, Kind] = {f"kind={kind}": kind for kind in KINDS}


class Sliced(Protocol):
    """What decides the slices of a dialogue."""

    @property
    def language(self) -> str: ...
    @property
    def split(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


def slices_of(dialogue: Sliced) -> Slices:
    """Every slice the dialogue belongs to, beside the row of counts that feeds it."""
    return _slices(dialogue.language, dialogue.split, dialogue.labels)


def row_of(slice: str) -> Row:
    """The row of counts that feeds a slice: its kind, or None for a pooled one."""
    return _KIND_OF.get(slice.split(",", 1)[0])


def slice_filter(wanted: Sequence[str] | None) -> Callable[[str], bool]:
    """Says of a slice whether it is wanted: `all` always; a name as it stands ("language=zh"), or every value of a
    dimension ("label", "kind,language"). None wants every slice but labels."""
    if wanted is None:
        return lambda name: not name.startswith("label=")
    names = frozenset(wanted)
    return lambda name: name == "all" or name in names or dimension_of(name) in names


def dimension_of(slice: str) -> str:
    """The dimensions a slice is over: "kind,language" for "kind=fact,language=zh", empty for "all"."""
    if slice == "all":
        return ""
    parts = [slice] if slice.startswith("label=") else slice.split(",")  # a label may hold a comma itself
    return ",".join(part.partition("=")[0] for part in parts)


def display_order(slice: str) -> tuple[int, tuple[str, ...]]:
    """Sort key: `all`, one dimension at a time, then pairs; kinds in the order of `KINDS`, the rest alphabetical."""
    if slice.startswith("label="):  # a label may hold a comma itself
        return _DIMENSIONS.index(("label",)), (slice,)
    parts = tuple(slice.split(","))
    dimensions = tuple(part.partition("=")[0] for part in parts)
    values = tuple(str(KINDS.index(_KIND_OF[part])) if part in _KIND_OF else part for part in parts)
    known = dimensions in _DIMENSIONS  # a language with a comma in it is odd, and no reason to fail
    return (_DIMENSIONS.index(dimensions) if known else len(_DIMENSIONS)), values


@lru_cache(maxsize=1024)  # bounded: labels come in few combinations
def _slices(language: str, split: str, labels: tuple[str, ...]) -> Slices:
    by_language, by_split = f"language={language}", f"split={split}"
    by_label = tuple(f"label={label}" for label in dict.fromkeys(labels))
    return (
        (None, ("all", by_language, by_split, *by_label, f"{by_language},{by_split}")),
        *((kind, (f"kind={kind}", f"kind={kind},{by_language}", f"kind={kind},{by_split}")) for kind in KINDS),
    )
