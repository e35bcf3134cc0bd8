"""Match and score stored predictions again; the extractor is never asked.

  evals score RUN matcher=exact                      another matcher
  evals score RUN dataset.overlay=corrections.jsonl  corrected gold: scores are shown before and after
  evals score RUN dataset.path=D.jsonl               the dialogues have moved

The result is a run of its own (--name, default <run>-<signature>); the scored run stays as it is.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.config import DatasetConfig, ScoreConfig
    from evals.corpus.source import Source
    from evals.corpus.survey import Survey
    from evals.runs import RunFolder
    from evals.types import Judge, Matcher, Run, RunStatus

METRICS = ("precision", "recall", "f1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="runs, then overrides: matcher=, dataset.overlay=")
    parser.add_argument("--name", help="folder of the new run; for one RUN only")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="where runs are (default: reports)")
    parser.add_argument("--force", action="store_true", help="start anew; what stands there is kept aside")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.where import run_path
    from evals.config import ScoreConfig, load
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
        _execute(plan, arguments.out / name, force=arguments.force, command=command)
    return 0


@dataclass(frozen=True, kw_only=True)
class _Rescore:
    """A stored run and what it is to be scored with now."""

    stored: RunFolder
    before: Run
    config: ScoreConfig
    dataset: DatasetConfig
    source: Source
    survey: Survey
    matcher: Matcher
    judge: Judge | None
    controls: dict[str, Any]
    identity: dict[str, str]

    @property
    def digest(self) -> str:
        from hashlib import sha256

        from evals.commands.plan import signature

        return sha256(signature(self.identity).encode()).hexdigest()[:8]


def _plan(stored: RunFolder, config: ScoreConfig) -> _Rescore:
    from evals import __version__
    from evals.commands.judging import build_judge, check_prices, judge_identity
    from evals.commands.plan import (
        STATISTICS,
        build_controls,
        match_identity,
        selection_of,
        source_of,
        survey_and_calibrate,
    )
    from evals.commands.where import complete_run
    from evals.errors import CannotAnswer

    before = complete_run(stored)
    judge = build_judge(config.judge, config.matcher)
    check_prices(judge, config.prices, config.budget.max_cost)
    dataset, seed = _dataset_of(before, config), int(before.config.get("seed", 0))
    source = source_of(dataset)
    surveyed, matcher = survey_and_calibrate(source, selection_of(dataset, seed), config.matcher)
    if surveyed.in_hash != before.dataset.get("in_hash"):
        raise CannotAnswer(
            f"{stored.path}: these are not the dialogues the run was made on "
            f"(in: {before.dataset.get('in_hash')} → {surveyed.in_hash}); give dataset.path=…"
        )
    identity = {
        **before.identity,
        "gold": surveyed.gold_hash[:8],
        "match": match_identity(config.matcher, matcher),
        "judge": judge_identity(config.judge, judge),
        "stat": STATISTICS,
        "evals": __version__,
    }
    return _Rescore(
        stored=stored,
        before=before,
        config=config,
        dataset=dataset,
        source=source,
        survey=surveyed,
        matcher=matcher,
        judge=judge,
        controls=build_controls(config.controls),
        identity=identity,
    )


def _dataset_of(run: Run, config: ScoreConfig) -> DatasetConfig:
    """The run's own dataset, read from its run.json as data, moved or corrected where the command says so."""
    from pydantic import TypeAdapter, ValidationError

    from evals.config import DatasetConfig
    from evals.errors import CannotAnswer
    from evals.io import dumps

    try:
        stored = TypeAdapter(DatasetConfig).validate_json(dumps(run.config.get("dataset")))
    except ValidationError:
        raise CannotAnswer(f"{run.name}: its run.json does not say which dataset it used") from None
    path, overlay = config.dataset.path, config.dataset.overlay
    return replace(stored, path=path or stored.path, overlay=overlay or stored.overlay)


def _execute(plan: _Rescore, path: Path, *, force: bool, command: str) -> None:
    from evals.commands.present import present
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
        folder, run = opened.folder, _new_run(plan, path.name, command)
        folder.write_run(run)
        try:
            run, failed = _graded(plan, stored, folder, run)
        except BaseException:  # Ctrl-C, a broken file, a full disk: nobody writes here any more
            folder.mark("interrupted")
            raise
        folder.write_run(run)
        _print_before_and_after(plan.stored.path.name, before, run, plan.dataset.ceiling)
        present(folder, run, plan.config.report.formats)
        if failed:
            raise StoppedShort(f"{folder.path}: {failed}")


def _new_run(plan: _Rescore, name: str, command: str) -> Run:
    """The stored run with what is new, and none of its numbers."""
    from evals.commands.plan import dataset_facts, signature
    from evals.matching.fuzzy import describe

    config = {
        **plan.before.config,
        "dataset": asdict(plan.dataset),
        "matcher": plan.config.matcher,
        "judge": plan.config.judge,
        "controls": plan.config.controls,
    }
    return replace(
        plan.before,
        name=name,
        status="running",
        signature=signature(plan.identity),
        command=command,
        config=config,
        dataset=dataset_facts(plan.dataset, plan.survey),
        identity=plan.identity,
        matching=describe(plan.matcher),
        counts={},
        latency={},
        scores=(),
        confusion=None,
        controls=None,
        skill=(),
        judging=None,
    )


def _graded(plan: _Rescore, stored: RunFolder, folder: RunFolder, run: Run) -> tuple[Run, str | None]:
    """The stored answers, copied and graded, and why the judge's part may not count; the dialogues are read again."""
    from evals.commands.certify import certified
    from evals.commands.grading import grade_run
    from evals.commands.judging import judging_of
    from evals.corpus.survey import selected
    from evals.matching.verdicts import read_verdicts

    for name in ("predictions_path", "dialogues_path"):
        if getattr(stored, name).exists():
            shutil.copyfile(getattr(stored, name), getattr(folder, name))
    config = plan.config
    if plan.judge is not None and stored.verdicts_path.exists() and hasattr(plan.judge, "replay"):
        plan.judge.replay = read_verdicts(stored.verdicts_path)
    with judging_of(plan.judge, folder, prices=config.prices, max_cost=config.budget.max_cost) as judging:
        graded = grade_run(
            folder,
            folder.predictions(),
            selected(plan.source, plan.survey),
            matcher=plan.matcher,
            extraction_types=plan.before.config["extraction_types"],
            repeats=int(plan.before.config["repeats"]),
            in_hashes=plan.survey.in_hashes,
            controls=plan.controls,
            judging=judging,
        )
        failed = judging.too_many_failures() if judging else None
    matching = run.matching | certified(config.matcher, plan.matcher, plan.judge)
    status: RunStatus = "incomplete" if failed else "complete"
    return replace(run, status=status, **graded.fields(), matching=matching), failed


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
