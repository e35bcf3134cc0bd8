"""Draw stored runs again, from their files alone.

evals report RUN                          report.html and report.md, as after the run
evals report RUN OTHER --format csv,json  the scores of two runs for other programs
evals report RUN --figure scores          one figure as a PNG for a paper: scores, states or labels
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folders, or names under --out")
    parser.add_argument("--format", default="html,md", help="comma-joined: html, md, csv, json (default: html,md)")
    parser.add_argument("--figure", choices=["scores", "states", "labels"], help="only this figure, as a PNG")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.present import write_figure, write_files
    from evals.commands.where import complete_run, run_path
    from evals.runs import RunFolder

    formats = [name.strip() for name in arguments.format.split(",") if name.strip()]
    for path in [run_path(given, arguments.out) for given in arguments.runs]:
        folder = RunFolder(path)
        run = complete_run(folder)
        if arguments.figure:
            print(write_figure(folder, run, arguments.figure))
            continue
        for written in write_files(folder, run, formats):
            print(written)
    return 0
