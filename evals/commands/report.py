"""Draw stored runs again, from their files alone.

evals report RUN                                     report.html and report.md, as after the run
evals report RUN OTHER --format csv,json             the scores of two runs for other programs
evals report RUN OTHER --format latex                paper/: tables as LaTeX and CSV, method, references, over all runs
evals report RUN --figure forest --format pdf        one figure for a paper, beside the run's others
evals report RUN OTHER --figure trend --format svg   one figure over several runs, in figures/ beside them

figures: forest precision-recall outcomes labels heatmap latency frontier trend
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evals.runs import RunFolder

NAMES = ("forest", "precision-recall", "outcomes", "labels", "heatmap", "latency", "frontier", "trend")
FIGURE_FORMATS = ("png", "svg", "pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folders, or names under --out")
    parser.add_argument(
        "--format", help="comma-joined: html, md, csv, json, latex (default: html,md); of a figure: png"
    )
    parser.add_argument("--figure", choices=NAMES, metavar="NAME", help="only this figure, as png, svg or pdf")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.present import write_files, write_paper
    from evals.commands.where import complete_run, run_path

    folders = [RunFolder(run_path(given, arguments.out)) for given in arguments.runs]
    runs = [complete_run(folder) for folder in folders]
    formats = _words(arguments.format)
    if arguments.figure:
        _draw(folders, arguments.figure, formats or ["png"], arguments.out)
        return 0
    together = ["latex"] if "latex" in formats and len(runs) > 1 else []
    for folder, run in zip(folders, runs, strict=True):
        alone = [name for name in formats or ["html", "md"] if name not in together]
        for written in write_files(folder, run, alone):
            print(written)
    for written in write_paper(arguments.out, runs) if together else ():
        print(written)
    return 0


def _draw(folders: Sequence[RunFolder], name: str, formats: Sequence[str], out: Path) -> None:
    from evals.commands.present import write_figure
    from evals.errors import UsageError

    where = folders[0].path if len(folders) == 1 else out
    for ending in formats:
        if ending not in FIGURE_FORMATS:
            raise UsageError(f"no figure format {ending!r}; there are {', '.join(FIGURE_FORMATS)}")
        path = where / "figures" / f"{name}.{ending}"
        write_figure(folders, name, path)
        print(path)


def _words(given: str | None) -> list[str]:
    return [name.strip() for name in (given or "").split(",") if name.strip()]
