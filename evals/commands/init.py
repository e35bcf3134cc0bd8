"""Write a starter dataset (English and Chinese), a CI workflow, a README and a gate file (for the next version).

The folder is meant to be the root of a repository of yours.

evals init my-evals
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder to write into; nothing there is overwritten")


def main(arguments: argparse.Namespace) -> int:
    from evals.corpus.starter import create

    for path in create(arguments.dir):
        print(path)
    print(f"next: evals check dataset=file dataset.path={arguments.dir / 'dataset.jsonl'}")
    return 0
