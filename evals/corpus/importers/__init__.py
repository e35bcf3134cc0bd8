"""Public sets into our record format: what there is, how to get it, and the import itself. No set is shipped."""

from __future__ import annotations

from evals.corpus.importers import (
    alpsbench,
    beam,
    dulemon,
    halumem,
    kdconv,
    kvpi,
    locomo,
    personabench,
    prefeval,
    realmem,
)
from evals.corpus.importers.upstream import Importer, ImportReport, PublicSet, instructions

_MODULES = (alpsbench, prefeval, kvpi, personabench, beam, halumem, locomo, realmem, kdconv, dulemon)
SETS: dict[str, PublicSet] = {module.PUBLIC.name: module.PUBLIC for module in _MODULES}
IMPORTERS: dict[str, Importer] = {module.PUBLIC.name: module.import_set for module in _MODULES}

__all__ = ["IMPORTERS", "SETS", "ImportReport", "PublicSet", "instructions"]
