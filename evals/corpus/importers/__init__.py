"""Public sets into our record format: what there is, how to get it, and the import itself. No set is shipped."""

from __future__ import annotations

from evals.corpus.importers import alpsbench, kvpi, prefeval
from evals.corpus.importers.upstream import Importer, ImportReport, PublicSet, instructions

SETS: dict[str, PublicSet] = {module.PUBLIC.name: module.PUBLIC for module in (alpsbench, prefeval, kvpi)}
IMPORTERS: dict[str, Importer] = {module.PUBLIC.name: module.import_set for module in (alpsbench, prefeval, kvpi)}

__all__ = ["IMPORTERS", "SETS", "ImportReport", "PublicSet", "instructions"]
