"""Match and score stored predictions again; the extractor is never asked.

  evals score RUN matcher=exact                      another matcher
  evals score RUN dataset.overlay=corrections.jsonl  corrected gold: scores are shown before and after
  evals score RUN dataset.path=D.jsonl               the dialogues have moved

The result is a run of its own (--name, default <run>-<signature>); the scored run stays as it is.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.commands.rescoring import Rescoring
    from evals.config_shapes import ScoreConfig
    from evals.engines.cluster import Cluster
    from evals.results import Run
    from evals.runs import RunFolder

METRICS = ("precision", "recall", "f1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="runs, then overrides: matcher=, dataset.overlay=")
    parser.add_argument("--name", help="folder of the new run; for one RUN only")
    parser.add_argument("--out", type=folder_here, default=Path("reports"), help="where runs are (default: reports)")
    parser.add_argument("--force", action="store_true", help="start anew; what stands there is kept aside")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.engine import engine_of
    from evals.commands.where import run_path
    from evals.config import load
    from evals.config_shapes import ScoreConfig
    from evals.errors import UsageError
    from evals.runs import RunFolder

    given = [word for word in arguments.runs if "=" not in word]
    overrides = [word for word in arguments.runs if "=" in word]
    if not given or (arguments.name and len(given) > 1):
        raise UsageError("give one RUN with --name, or several without" if given else "give a RUN to score")
    config = load("score", ScoreConfig, overrides, config_dir=arguments.config_dir)
    for path in [run_path(word, arguments.out) for word in given]:
        plan = _plan(RunFolder(path), config)
        name = arguments.name or f"{path.name}-{plan.digest}"
        command = shlex.join(["evals", "score", path.name, *overrides])
        engine = engine_of(config.engine)
        _execute(plan, arguments.out / name, engine, config.report.formats, force=arguments.force, command=command)
    return 0


def _plan(stored: RunFolder, config: ScoreConfig) -> Rescoring:
    from evals.commands.judging import build_judge
    from evals.commands.money import check_prices
    from evals.commands.rescoring import dataset_of, plan_rescoring
    from evals.commands.where import complete_run

    before = complete_run(stored)
    judge = build_judge(config.judge, config.matcher)
    check_prices(judge, config.prices, config.budget.max_cost)
    return plan_rescoring(
        stored,
        before,
        dataset_of(before, path=config.dataset.path, overlay=config.dataset.overlay),
        seed=int(before.config.get("seed", 0)),
        matcher=config.matcher,
        judge=(config.judge, judge),
        controls=config.controls,
        prices=config.prices,
        max_cost=config.budget.max_cost,
        processes=config.grading.processes,
    )


def _execute(
    plan: Rescoring,
    path: Path,
    engine: AbstractContextManager[Cluster | None],
    formats: Sequence[str],
    *,
    force: bool,
    command: str,
) -> None:
    from evals.commands.present import present
    from evals.commands.rescoring import graded_again, new_run
    from evals.errors import StoppedShort
    from evals.runs import RunFolder, open_or_create

    before = plan.before
    if plan.identity == before.identity and not force:
        print(f"{plan.stored.path}: scored like this already, nothing changed")
        return
    with open_or_create(path, plan.identity, force=force) as opened:
        if opened.state == "complete":
            print(f"{path}: complete already, nothing changed (--force starts anew)")
            return
        if opened.set_aside:
            print(f"the run that stood there is kept as {opened.set_aside}", file=sys.stderr)
        moved = opened.set_aside is not None and path.resolve() == plan.stored.path.resolve()
        stored = RunFolder(opened.set_aside) if opened.set_aside and moved else plan.stored
        folder, run = opened.folder, new_run(plan, path.name, command)
        folder.write_run(run)
        try:
            with engine as cluster:
                run, failed = graded_again(plan, stored, folder, run, cluster=cluster)
        except BaseException:  # Ctrl-C, a broken file, a full disk: nobody writes here any more
            folder.mark("interrupted")
            raise
        folder.write_run(run)
        _print_before_and_after(plan.stored.path.name, before, run, plan.dataset.ceiling)
        present(folder, run, formats)
        if failed:
            raise StoppedShort(f"{folder.path}: {failed}")


def _print_before_and_after(stored: str, before: Run, after: Run, ceiling: Mapping[str, float] | None) -> None:
    """What changed, in the headline numbers, on stderr beside the new summary, and how far people get."""
    changed = ", ".join(name for name in after.identity if before.identity.get(name) != after.identity[name])
    values = [{score.metric: score.value for score in run.scores if score.slice == "all"} for run in (before, after)]
    for metric in METRICS:
        old, new = (value.get(metric) for value in values)
        shown = " → ".join("–" if value is None else f"{value:.3f}" for value in (old, new))
        print(f"{metric}: {shown}", file=sys.stderr)
    if ceiling:
        people = ", ".join(f"{metric} {value:.3f}" for metric, value in ceiling.items())
        print(f"a second annotator reaches: {people}", file=sys.stderr)
    print(f"differs from {stored} in: {changed}", file=sys.stderr)
