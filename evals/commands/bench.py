"""Latency and throughput under load, and whether the figures are to be believed.

  evals bench                                                    the baseline, eight dialogues in flight
  evals bench extractor=cloud load=poisson load.rate=10          requests as independent users cause them
  evals bench extractor=cloud load=slo load.slo_ms=800           the highest rate with p99 within 800 ms
  evals bench extractor=local load=sweep load.target=inference   latency against rate, prompt by prompt
  evals bench extractor=a,b load=constant --interleave           two systems in turns; one alone: the noise floor

Ctrl-C lets what is in flight land and reports what was measured. A figure that is the client's own ends in exit 3.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.errors import CannotAnswer, ConfigError, StoppedShort, UsageError
from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.commands.bench_modes import Course, Measuring
    from evals.commands.bench_plan import BenchPlan
    from evals.commands.bench_progress import Signals
    from evals.load.measurement import Bench
    from evals.results import Run, RunStatus
    from evals.runs import RunFolder


class Interrupted(KeyboardInterrupt):
    """A signal ended the bench early; `exit_code` is 130 or 143."""

    def __init__(self, number: int) -> None:
        self.exit_code = 128 + number
        super().__init__("interrupted; what was measured until then is stored, and the same command measures anew")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: extractor=…, load=…, load.rate=…")
    parser.add_argument("--name", help="folder of the bench (default: <dataset>-<extractor>-<load>-<signature>)")
    parser.add_argument("--out", type=folder_here, default=Path("reports"), help="where runs land (default: reports)")
    parser.add_argument("--interleave", action="store_true", help="two systems (extractor=a,b), or one against itself")
    parser.add_argument("--force", action="store_true", help="start anew; what stands there is kept aside")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")
    parser.add_argument("--env-file", type=Path, help="NAME=VALUE lines for variables that are not set (keys, URLs)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.bench_interleave import execute_interleaved
    from evals.commands.bench_plan import plan_bench
    from evals.commands.env_file import load_env_file
    from evals.config import expand, load
    from evals.config_shapes import BenchConfig

    load_env_file(arguments.env_file)
    batches = expand(arguments.overrides) if arguments.interleave else [arguments.overrides]
    if len(batches) > 2:
        raise UsageError(f"--interleave measures two systems in turns, not {len(batches)}")
    plans = [plan_bench(load("bench", BenchConfig, batch, config_dir=arguments.config_dir)) for batch in batches]
    command = shlex.join(["evals", "bench", *arguments.overrides, *(["--interleave"] if arguments.interleave else [])])
    if arguments.interleave:
        names = [f"{arguments.name}-{side}" if arguments.name else None for side in ("a", "b")[: len(plans)]]
        folders = [arguments.out / (name or plan.default_name) for name, plan in zip(names, plans, strict=True)]
        return execute_interleaved(plans, folders, force=arguments.force, command=command)
    path = arguments.out / (arguments.name or plans[0].default_name)
    return execute(plans[0], path, force=arguments.force, command=command)


def execute(plan: BenchPlan, path: Path, *, force: bool, command: str) -> int:
    """One bench from its plan to its report; the exit code. Whatever ends it, what was measured is stored."""
    from evals.commands.bench_modes import Course, Stopped, carry_out
    from evals.commands.bench_progress import counted_signals

    with opened(plan, path, force=force) as folder:
        if folder is None:
            return _told_before(path)
        begun(plan, folder, command)
        course, failure = Course(), None
        with counted_signals() as signals, ExitStack() as stack:
            measuring, book = prepared(plan, folder, course, signals, stack)
            try:
                carry_out(measuring, plan.config.load)
            except Stopped:
                pass
            except CannotAnswer as error:
                failure = error
            except BaseException:
                folder.mark("interrupted")
                raise
        run = finish(plan, folder, course, status=_status(course), scores=book)
        return concluded(folder, run, course, signals, failure)


@contextmanager
def opened(plan: BenchPlan, path: Path, *, force: bool) -> Iterator[RunFolder | None]:
    """The folder of a bench to be written, or None where it is complete; one that was not finished is kept aside.

    A measurement cannot be gone on with: the machine is another one now.
    """
    from evals.runs import RunFolder, open_or_create

    with open_or_create(path, plan.identity, force=force or _is_unfinished(RunFolder(path), plan)) as found:
        if found.set_aside:
            print(f"the bench that stood there is kept as {found.set_aside}", file=sys.stderr)
        yield None if found.state == "complete" else found.folder


def _is_unfinished(folder: RunFolder, plan: BenchPlan) -> bool:
    """Whether the same bench stands there and did not come to its end."""
    if not folder.run_path.exists():
        return False
    before = folder.read_run()
    return before.identity == plan.identity and before.status != "complete"


def prepared(
    plan: BenchPlan, folder: RunFolder, course: Course, signals: Signals, stack: ExitStack
) -> tuple[Measuring, Any]:
    """The load process and all it is given; the book of answers where they are to be scored."""
    from evals.commands.bench_modes import Measuring
    from evals.commands.bench_progress import BenchProgress
    from evals.commands.bench_scoring import AnswerBook
    from evals.load.worker import LoadProcess

    progress = BenchProgress()
    stack.callback(progress.ended)
    bench = replace(bench_of(plan, folder.path), watch=progress.watch, interrupted=signals.count)
    process = stack.enter_context(LoadProcess())
    if plan.matcher is None:
        return Measuring(process=process, bench=bench, course=course), None
    book = AnswerBook(folder, plan, stack.enter_context(folder.appending()))
    return Measuring(process=process, bench=bench, course=course, keeping=book.keeping, graded=book.graded), book


def bench_of(plan: BenchPlan, folder: Path) -> Bench:
    """What stays the same from step to step."""
    from evals.commands.bench_plan import order_of
    from evals.load.measurement import Bench
    from evals.load.summary import Slo

    load, route = plan.config.load, plan.route
    slo = None if load.slo_ms is None else Slo(latency_ms=load.slo_ms, percentile=load.percentile)
    return Bench(
        payloads=route.payloads,
        order=order_of(plan),
        sender=route.sender,
        destination=route.destination,
        read=route.read,
        spool=folder / ".replies",
        seed=plan.config.seed,
        edges=load.buckets,
        warmup_s=load.warmup_s,
        drain_s=load.drain_s,
        in_flight=load.connections if route.sender != "processes" else _processes(load.connections),
        slo=slo,
        loop=load.loop,
        precise=load.precise,
        storm=load.max_error_rate,
        selfcheck_s=load.selfcheck_s,
        max_rate=plan.advice.rate if load.keep_advice else None,
    )


def _processes(connections: int) -> int:
    """Worker processes of an open loop: no more than there are processors to run them."""
    import os

    return min(connections, max(2, os.cpu_count() or 2))


def begun(plan: BenchPlan, folder: RunFolder, command: str) -> None:
    """Writes run.json as it stands before anything is measured, with the machine it is measured from."""
    from evals.commands.new_run import new_run
    from evals.load.machine import machine

    run = new_run(plan, folder.path.name, command, matching={})
    folder.write_run(replace(run, environment=run.environment | {"machine": machine()}))


def finish(plan: BenchPlan, folder: RunFolder, course: Course, *, status: RunStatus, scores: Any = None) -> Run:
    """Writes samples.parquet, run.json and the report files."""
    from evals.commands.bench_results import run_fields
    from evals.commands.present import write_files
    from evals.load.samples import FILE_NAME, write_samples

    parts = (({"step": number}, step.samples) for number, (_, step) in enumerate(course.steps))
    write_samples(folder.path / FILE_NAME, parts)
    run = replace(folder.read_run(), status=status, **run_fields(plan, course, scores))
    folder.write_run(run)
    course.release()
    if course.steps:
        write_files(folder, run, plan.config.report.formats)
    return run


def concluded(folder: RunFolder, run: Run, course: Course, signals: Signals, failure: CannotAnswer | None) -> int:
    """Prints the summary; the exit code, or the error that says what was not to be had."""
    from evals.report.bench_terminal import bench_summary

    if not course.steps:
        raise failure or ConfigError("load: nothing was measured")
    print(bench_summary(run, report=folder.path), end="")
    if signals.came:
        raise Interrupted(signals.came[0])
    if course.stopped_by == "error storm":
        raise StoppedShort(
            f"{folder.path}: too many requests failed (load.max_error_rate); what was measured is stored"
        )
    if failure is not None:
        raise failure
    return _verdict_code(folder.path, run)


def _status(course: Course) -> RunStatus:
    return {None: "complete", "interrupted": "interrupted"}.get(course.stopped_by, "incomplete")  # type: ignore[return-value]


def _told_before(path: Path) -> int:
    from evals.runs import RunFolder

    print(f"{path}: complete already, nothing changed (--force starts anew)")
    return _verdict_code(path, RunFolder(path).read_run())


def _verdict_code(path: Path, run: Run) -> int:
    """0, or CannotAnswer for a figure that is the client's own."""
    found = (run.load or {}).get("verdict", {})
    if found.get("state") == "INVALID":
        raise CannotAnswer(f"{path}: INVALID: {'; '.join(found['reasons'])}")
    return 0
