"""A public set into our record format; without SOURCE, how to get the set and what it may be used for.

evals import alpsbench                        where it is, at which commit, under which licence
evals import alpsbench DOWNLOADED data        data/alpsbench.jsonl and the outputs of seven systems
evals import kvpi DOWNLOADED data --to parquet   data/kvpi.parquet beside kvpi.jsonl, for other tools
MEMORY_EVALS_DATA=data evals run dataset=alpsbench dataset.where=language=en
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    names = "alpsbench, prefeval, kvpi, personabench, beam, halumem, locomo, realmem, kdconv, dulemon"
    parser.add_argument("set", metavar="SET", help=names)
    parser.add_argument("source", nargs="?", type=Path, metavar="SOURCE", help="the folder with the upstream files")
    parser.add_argument("dest", nargs="?", type=Path, metavar="DEST", help="the folder to write records into")
    parser.add_argument("--to", choices=("jsonl", "parquet"), default="jsonl", help="parquet: as that too (extra: hub)")


def main(arguments: argparse.Namespace) -> int:
    from evals.corpus.importers import IMPORTERS, SETS, instructions
    from evals.corpus.parquet import need_pyarrow, parquet_of
    from evals.errors import UsageError

    if arguments.set not in IMPORTERS:
        raise UsageError(f"no importer for {arguments.set!r}; there are {', '.join(IMPORTERS)}")
    if arguments.source is None:
        print(instructions(SETS[arguments.set]))
        return 0
    if arguments.dest is None:
        raise UsageError(f"evals import {arguments.set} SOURCE DEST: say where to write to")
    if not arguments.source.is_dir():
        raise UsageError(f"{arguments.source}: no such folder; evals import {arguments.set} says how to get it")
    if arguments.to == "parquet":
        need_pyarrow()
    report = IMPORTERS[arguments.set](arguments.source, arguments.dest)
    for path, lines in report.files.items():
        print(f"{path}: {lines} lines")
        if arguments.to == "parquet" and not path.name.endswith(".predictions.jsonl"):
            print("{}: {} rows".format(*parquet_of(path)))
    print(", ".join(f"{name} {count}" for name, count in report.counts.items()))
    for note in report.notes:
        print(note)
    return 0
