"""Draw stored runs again, from their files alone.

evals report RUN                                     report.html and report.md, as after the run
evals report RUN OTHER --format csv,json             the scores of two runs for other programs
evals report RUN OTHER --format latex                paper/: tables as LaTeX and CSV, method, references, over all runs
evals report RUN --figure forest --format pdf        one figure for a paper, beside the run's others
evals report RUN OTHER --figure trend --format svg   one figure over several runs, in figures/ beside them
evals report --history golden                        a metric over the blessed and stored runs of a dataset, with joints

figures: forest precision-recall outcomes labels heatmap latency frontier trend
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evals.errors import UsageError
from evals.remote.url import folder_here
from evals.runs import RunFolder

NAMES = ("forest", "precision-recall", "outcomes", "labels", "heatmap", "latency", "frontier", "trend")
FIGURE_FORMATS = ("png", "svg", "pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="*", metavar="RUN", help="folders, or names under --out")
    parser.add_argument(
        "--format", help="comma-joined: html, md, csv, json, latex (default: html,md); of a figure: png"
    )
    parser.add_argument("--figure", choices=NAMES, metavar="NAME", help="only this figure, as png, svg or pdf")
    parser.add_argument("--history", metavar="DATASET", help="over time: every baseline and stored run of a dataset")
    parser.add_argument("--metric", default="f1", help="of the history (default: f1)")
    parser.add_argument("--baselines", type=Path, default=Path("baselines"), help="where blessed runs are")
    parser.add_argument("--out", type=folder_here, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.present import write_files, write_paper
    from evals.commands.where import complete_run, run_path

    if arguments.history:
        return _history(arguments)
    if not arguments.runs:
        raise UsageError("give a RUN to draw, or --history DATASET")
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

    where = folders[0].path if len(folders) == 1 else out
    for ending in _figure_formats(formats):
        path = where / "figures" / f"{name}.{ending}"
        write_figure(folders, name, path)
        print(path)


def _history(arguments: argparse.Namespace) -> int:
    """The metric over time on stdout, the trend of the headline as a figure beside the runs."""
    from evals.commands.history import runs_over_time
    from evals.commands.present import write_trend
    from evals.report.over_time import over_time_table
    from evals.report.plain import plain_table
    from evals.scoring.metrics import METRICS

    if arguments.metric not in METRICS:
        raise UsageError(f"--metric {arguments.metric}: no such metric; there are {', '.join(METRICS)}")
    runs = runs_over_time(arguments.history, reports=arguments.out, baselines=arguments.baselines)
    print(plain_table(over_time_table(runs, arguments.metric)))
    for ending in _figure_formats(_words(arguments.format) or ["svg"]):
        path = arguments.out / "figures" / f"history-{Path(arguments.history).name}.{ending}"
        write_trend(runs, path)
        print(path)
    return 0


def _figure_formats(given: Sequence[str]) -> Sequence[str]:
    unknown = [name for name in given if name not in FIGURE_FORMATS]
    if unknown:
        raise UsageError(f"no figure format {unknown[0]!r}; there are {', '.join(FIGURE_FORMATS)}")
    return given


def _words(given: str | None) -> list[str]:
    return [name.strip() for name in (given or "").split(",") if name.strip()]
