"""Make a run the stored baseline of its dataset.

evals bless RUN --reason "release 2.1"             baselines/<dataset>/, ready to be committed to your repository
evals bless RUN --repeats 3                        only with three repeats, so that the gate knows how runs vary
evals bless RUN --messages                         keep the dialogues too (they are your users' words)

Kept are scores, outcomes, predictions and counts; who, when and why stand in blessed.json, the baselines before it in
history.jsonl.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from evals.remote.url import folder_here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a folder, or a name under --reports")
    parser.add_argument("--reason", default="", help="why this run, for those who come later")
    parser.add_argument("--by", help="who decided (default: the user of this system)")
    parser.add_argument("--repeats", type=int, default=1, help="refuse a run with fewer repeats (default: 1)")
    parser.add_argument("--messages", action="store_true", help="keep the dialogues as well")
    parser.add_argument("--to", type=Path, default=Path("baselines"), help="where baselines are (default: baselines)")
    parser.add_argument(
        "--reports", type=folder_here, default=Path("reports"), help="where runs are (default: reports)"
    )


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.blessing import bless
    from evals.commands.where import run_path

    target, blessing = bless(
        run_path(arguments.run, arguments.reports),
        arguments.to,
        by=arguments.by,
        reason=arguments.reason,
        repeats=arguments.repeats,
        messages=arguments.messages,
    )
    print(f"{target}: the baseline is {blessing.run}, {blessing.signature}")
    return 0
