"""`evals bench --interleave`: two systems measured in turns and compared block by block, or one against itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from evals.commands.bench import begun, concluded, finish, opened, prepared
from evals.commands.bench_modes import Course, Measuring, Stopped, single_plan
from evals.commands.bench_plan import BenchPlan
from evals.commands.bench_progress import Signals, counted_signals
from evals.errors import CannotAnswer, ConfigError
from evals.load.interleave import comparison, noise_floor, together, turns
from evals.results import RunStatus
from evals.runs import RunFolder

BLOCK_WARMUP_S = 1.0


def execute_interleaved(plans: Sequence[BenchPlan], paths: Sequence[Path], *, force: bool, command: str) -> int:
    """Measures block after block, side after side; every side is a bench of its own, the second compared to the first.

    With one plan both sides are the same system, and what comes out is the noise floor of this machine.
    """
    _check(plans)
    with ExitStack() as stack:
        folders = [_empty(stack, plan, path, force=force) for plan, path in zip(plans, paths, strict=True)]
        for plan, folder in zip(plans, folders, strict=True):
            begun(plan, folder, command)
        with counted_signals() as signals, ExitStack() as running:
            sides = [
                prepared(plan, folder, Course(), signals, running)[0]
                for plan, folder in zip(plans, folders, strict=True)
            ]
            try:
                _measure(plans, sides)
            except Stopped:
                pass
            except BaseException:
                for folder in folders:
                    folder.mark("interrupted")
                raise
        _compare(plans, sides)
        return _conclude(plans, folders, [side.course for side in sides], signals)


def _empty(stack: ExitStack, plan: BenchPlan, path: Path, *, force: bool) -> RunFolder:
    """A side's folder. Raises ConfigError for one that is complete: two sides are measured together or not at all."""
    folder = stack.enter_context(opened(plan, path, force=force))
    if folder is None:
        raise ConfigError(f"{path}: complete already; --force measures anew, or give --name")
    return folder


def _check(plans: Sequence[BenchPlan]) -> None:
    load = plans[0].config.load
    if load.mode not in ("closed", "constant", "poisson"):
        raise ConfigError(f"--interleave: load={load.mode} is a search of its own; load=closed, constant or poisson")
    if any(plan.config.score for plan in plans):
        raise ConfigError("--interleave: score=true scores one system; measure the two in turns without it")
    if len(plans) == 2 and plans[0].identity["extractor"] == plans[1].identity["extractor"]:
        raise ConfigError("--interleave: the two systems are the same; give one alone for the noise floor")


def _measure(plans: Sequence[BenchPlan], sides: Sequence[Measuring]) -> None:
    load = plans[0].config.load
    seconds = load.duration_s / load.blocks
    for block, side in turns(load.blocks):
        measuring = sides[side % len(sides)]
        bench = replace(measuring.bench, warmup_s=min(BLOCK_WARMUP_S, load.warmup_s))
        plan = single_plan(bench, replace(load, requests=None), duration_s=seconds)
        measuring.step(plan, f"block {block}{'ab'[side]}", block=block if len(sides) == 2 else 2 * block + side)


def _compare(plans: Sequence[BenchPlan], sides: Sequence[Measuring]) -> None:
    """What the blocks say, into the course of each side."""
    seed = plans[0].config.seed
    measured = [[step for _, step in side.course.steps] for side in sides]
    blocks = min(map(len, measured))
    for place, (side, steps) in enumerate(zip(sides, measured, strict=True)):
        side.course.interleaved = {
            **together(steps),
            "noise_floor": noise_floor(steps, seed=seed),
            "comparison": comparison(measured[0][:blocks], steps[:blocks], seed=seed) if place else None,
        }


def _conclude(
    plans: Sequence[BenchPlan], folders: Sequence[RunFolder], courses: Sequence[Course], signals: Signals
) -> int:
    stopped = next((course.stopped_by for course in courses if course.stopped_by), None)
    status: RunStatus = "complete" if stopped is None else "interrupted" if stopped == "interrupted" else "incomplete"
    runs = [finish(*each, status=status) for each in zip(plans, folders, courses, strict=True)]
    failures: list[CannotAnswer] = []
    for run, folder, course in zip(runs, folders, courses, strict=True):
        try:
            concluded(folder, run, course, signals, None)
        except CannotAnswer as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return 0
