"""Paired differences between stored runs, with intervals, and every memory that changed.

evals compare BASE CAND                                    one table, then the memory diff
evals compare BASE CAND --metrics recall,f1 --slices kind,language=zh --digits 4
evals compare A B C --label A=before                       three or more: side by side, with who is better than whom
evals compare RUN --between language=en,zh                 inside one run, over its pairs of the same content
evals compare BASE CAND --format md --out diff.md          terminal, md, html, latex or json
evals compare BASE CAND --format html --out diff.html      every dialogue, base and candidate side by side

Runs that differ in gold, matcher, judge or our version are scored again on both sides first; what was asked of the
extractor has to be the same (exit 3 names the fields).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from evals.remote.url import folder_here

FORMATS = ("terminal", "md", "html", "latex", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="the base, then one or more candidates")
    parser.add_argument("--metrics", help="comma-joined names, or all (default: the headline and what went wrong)")
    parser.add_argument(
        "--slices", help="comma-joined dimensions (kind, language, split, label) or slices (language=zh)"
    )
    parser.add_argument("--label", action="append", default=[], metavar="RUN=NAME", help="what a run is called")
    parser.add_argument("--digits", type=int, help="digits after the point (default: what a metric deserves)")
    parser.add_argument("--between", metavar="language=A,B", help="inside one run: pairs of the same content")
    parser.add_argument("--changes", type=int, default=10, help="changed memories to show (default: 10)")
    parser.add_argument("--format", choices=FORMATS, default="terminal", help="default: terminal")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write to this file instead of stdout")
    parser.add_argument("--allow-unlike", action="store_true", help="compare what was not asked alike, and say so")
    parser.add_argument("--seed", type=int, default=0, help="of the label swaps")
    parser.add_argument(
        "--reports", type=folder_here, default=Path("reports"), help="where runs are (default: reports)"
    )


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.alike import open_alike
    from evals.commands.comparing import Wanted, between, side_by_side, two_runs
    from evals.commands.where import run_path
    from evals.errors import UsageError
    from evals.io import write_text

    wanted = Wanted.of(arguments.metrics, arguments.slices, digits=arguments.digits, seed=arguments.seed)
    paths = [run_path(given, arguments.reports) for given in arguments.runs]
    labels = _labels(arguments.runs, paths, arguments.label)
    if arguments.between:
        if len(paths) != 1:
            raise UsageError("--between compares inside one run; give one RUN")
        text = between(paths[0], arguments.between, wanted, arguments.format)
    elif arguments.format == "html" and len(paths) > 2:
        raise UsageError("--format html shows a base and one candidate; terminal, md, latex and json show more runs")
    elif arguments.format == "html" and not arguments.out:
        raise UsageError("--format html needs --out FILE: a page may have files beside it")
    elif len(paths) < 2:
        raise UsageError("give a base and a candidate, or one RUN with --between")
    else:
        opened = open_alike(paths, labels, reports=arguments.reports, allow_unlike=arguments.allow_unlike)
        compared = two_runs if len(opened) == 2 else side_by_side
        page = arguments.out if arguments.format == "html" else None
        text = compared(opened, wanted, arguments.format, shown=arguments.changes, page=page)
    if arguments.out:
        write_text(arguments.out, text)
        print(arguments.out)
    else:
        print(text, end="")
    return 0


def _labels(given: Sequence[str], paths: Sequence[Path], labels: Sequence[str]) -> list[str]:
    from evals.errors import UsageError

    named = dict(label.partition("=")[::2] for label in labels)
    unknown = [run for run in named if run not in given]
    if unknown:
        raise UsageError(f"--label {unknown[0]}=…: not one of the runs given ({', '.join(given)})")
    found = [named.get(word) or path.name for word, path in zip(given, paths, strict=True)]
    return [label if found.count(label) == 1 else f"{label} ({place})" for place, label in enumerate(found, start=1)]
