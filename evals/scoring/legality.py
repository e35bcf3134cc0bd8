"""Which counts one record may contribute, given what was asked for and how completely its gold is annotated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evals.types import KINDS, Annotated, ExtractionType, Kind

Row = Kind | None  # a row of counts; None is the pooled row over every kind that was asked for
ROWS: tuple[Row, ...] = (None, *KINDS)
PREFERENCES: frozenset[Kind] = frozenset(("explicit_preference", "implicit_preference"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one record allows.

    `annotated` are the asked kinds with partial or complete gold (recall is legal), `compared` the predicted kinds that
    had gold to be compared with, `complete` the rows where precision and F1 are legal.
    """

    asked: frozenset[Kind]
    annotated: frozenset[Kind]
    compared: frozenset[Kind]
    complete: frozenset[Row]


@lru_cache(maxsize=512)  # four coverages of three values and few sets of extraction types
def scope_of(annotated: Annotated, asked: tuple[ExtractionType, ...]) -> Scope:
    """The legality rules of one record.

    Precision of a kind needs complete gold of that kind, whatever was done for the others (scoring.md, Legality). The
    pooled row needs every asked kind complete.
    """
    kinds = asked_kinds(asked)
    known = frozenset(kind for kind in kinds if annotated.of(kind) != "none")
    full = frozenset(kind for kind in kinds if annotated.of(kind) == "complete")
    complete: set[Row] = set(full)
    if kinds and full == kinds:
        complete.add(None)
    return Scope(
        asked=kinds,
        annotated=known,
        compared=known | PREFERENCES if known & PREFERENCES else known,
        complete=frozenset(complete),
    )


@lru_cache(maxsize=16)
def asked_kinds(asked: tuple[ExtractionType, ...]) -> frozenset[Kind]:
    """The kinds of memory that the given extraction types ask for."""
    facts: frozenset[Kind] = frozenset(("fact",) if "memory" in asked else ())
    return facts | PREFERENCES if "preference" in asked else facts
