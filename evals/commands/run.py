"""Extract, match, score, report.

  evals run                                              golden set x baseline extractor
  evals run dataset=golden_zh dataset.split=test         one language, one half
  evals run dataset=file dataset.path=D.jsonl extractor=recorded extractor.path=P.jsonl
  evals run extractor=custom extractor._target_=mypkg.Mine --name mine
  evals run -m extractor=baseline,control_echo matcher=fuzzy,exact  a sweep: every combination

The same command on an unfinished run continues it; on a complete one it changes nothing.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from evals.commands.plan import RunPlan
from evals.commands.status import settle_status
from evals.errors import StoppedShort, UsageError
from evals.prediction_index import Settled
from evals.remote.url import StoreUrl, place

if TYPE_CHECKING:
    from evals.commands.resume import Continued
    from evals.config_shapes import RunConfig
    from evals.engines.cluster import Cluster
    from evals.facts import Facts
    from evals.limits import Limits
    from evals.protocols import ControlExtractor, Extractor, Replay
    from evals.remote.landing import Landing
    from evals.results import Prediction, Run, RunStatus
    from evals.runs import RunFolder
    from evals.spending import Purse
    from evals.types import Dialogue


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: key=value, group=choice")
    parser.add_argument("--name", help="folder of the run (default: <dataset>-<extractor>-<signature>)")
    parser.add_argument(
        "--out", type=place, default=Path("reports"), help="where runs land: a folder, or a URL (default: reports)"
    )
    parser.add_argument("-m", "--multirun", action="store_true", help="expand commas into a sweep")
    parser.add_argument("--dry-run", action="store_true", help="check everything, print the plan, extract nothing")
    parser.add_argument("--cfg", choices=["job"], help="print the composed configuration and stop")
    parser.add_argument("--force", action="store_true", help="start anew; what stands there is kept aside")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")
    parser.add_argument("--env-file", type=Path, help="NAME=VALUE lines for variables that are not set (keys, URLs)")
    parser.add_argument("--show-prompt", metavar="ID", help="print the final request for one dialogue and stop")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.dry_run import print_plans
    from evals.commands.engine import engine_of
    from evals.commands.env_file import load_env_file
    from evals.commands.plan import plan_run
    from evals.config import expand, load
    from evals.config_shapes import RunConfig
    from evals.remote.landing import landing

    load_env_file(arguments.env_file)
    batches = expand(arguments.overrides) if arguments.multirun else [arguments.overrides]
    configs = [load("run", RunConfig, batch, config_dir=arguments.config_dir) for batch in batches]
    if arguments.cfg:
        return _print_config(configs)
    if arguments.show_prompt:
        from evals.commands.show_prompt import show_prompt

        return show_prompt(configs[0], arguments.show_prompt)
    if arguments.force and isinstance(arguments.out, StoreUrl):
        raise UsageError("--force: nothing is renamed in a store; choose another --name, or delete with evals runs rm")
    for config in configs:
        engine_of(config.engine)  # what is not installed shows before anything is read
    if arguments.name and len(configs) == 1 and not (arguments.dry_run or arguments.force):
        where = arguments.out / _folder_name(arguments.name)
        _begin_or_go_on(configs[0], where, command=_command(batches[0], arguments))
        return 0
    plans = [plan_run(config) for config in configs]
    names = _names(plans, arguments.name)
    if arguments.dry_run:
        print_plans(plans, [arguments.out / name for name in names])
        return 0
    places = [arguments.out / name for name in names]
    for plan, where, batch in zip(plans, places, batches, strict=True):
        with landing(where) as landed:
            execute(plan, landed, force=arguments.force, command=_command(batch, arguments))
    if len(places) > 1:
        _print_table(places)
    return 0


def _begin_or_go_on(config: RunConfig, where: Path | StoreUrl, *, command: str) -> None:
    """A run of a given name: goes on at once where nothing has changed, else as any run."""
    from evals.commands.plan import plan_run
    from evals.commands.resume import continued
    from evals.remote.landing import landing
    from evals.runs import RunFolder

    with landing(where) as landed:
        if found := continued(config, RunFolder(landed.path)):
            go_on(found, landed)
        else:
            execute(plan_run(config), landed, force=False, command=command)


def execute(plan: RunPlan, landed: Landing, *, force: bool, command: str) -> None:
    """One run from its plan to its report. Raises StoppedShort or an interrupt with everything stored."""
    from evals.commands.new_run import new_run
    from evals.matching.fuzzy import describe
    from evals.runs import open_or_create

    with open_or_create(landed.path, plan.identity, force=force) as opened:
        if opened.set_aside:
            print(f"the run that stood there is kept as {opened.set_aside}", file=sys.stderr)
        if opened.state == "complete":
            print(f"{landed.called}: complete already, nothing changed (--force starts anew)")
            return
        folder = opened.folder
        if opened.state == "new":
            folder.write_run(run := new_run(plan, folder.path.name, command, matching=describe(plan.matcher)))
        else:
            run = folder.mark("running")
        _carry_out(plan, folder, run, check=landed.check)


def go_on(found: Continued, landed: Landing) -> None:
    """The rest of a run that stands as it was left: asks at once, surveys before it grades. Raises as `execute`."""
    from evals.runs import open_or_create

    with open_or_create(landed.path, found.identity) as opened:
        if opened.state == "complete":
            print(f"{landed.called}: complete already, nothing changed (--force starts anew)")
            return
        _carry_out(found, opened.folder, opened.folder.mark("running"), check=landed.check)


def _carry_out(plan: RunPlan | Continued, folder: RunFolder, run: Run, *, check: Callable[[], None]) -> None:
    """Asks what is left to ask, then grades, with the status in run.json true at every end."""
    from evals.commands.engine import engine_of

    with settle_status(folder, run, hint=_hint(plan)), engine_of(plan.config.engine) as cluster:
        purse = _purse(plan, folder)
        said = _extract(plan, folder, purse, cluster, check=check)
        _finish(plan if isinstance(plan, RunPlan) else plan.surveyed(), folder, purse, cluster, said)


def _purse(plan: RunPlan | Continued, folder: RunFolder) -> Purse:
    """What is left of the budget for extraction and judging together."""
    from evals.commands.money import extraction_price, purse_of

    config = plan.config
    return purse_of(folder, config.budget.max_cost, prices=config.prices, extraction=extraction_price(config))


def _hint(plan: RunPlan | Continued) -> str:
    """A file of answers fails alike every time; say what helps instead."""
    if plan.config.extractor["name"] != "recorded":
        return ""
    return "; a file answers alike every time: score what it holds with runner.max_error_rate=1, or correct it"


def _extract(
    plan: RunPlan | Continued, folder: RunFolder, purse: Purse, cluster: Cluster | None, *, check: Callable[[], None]
) -> Facts:
    """Ask for every prediction that is not stored yet. Returns what the system said of itself."""
    from evals.commands.progress import Progress
    from evals.extractors.controls import GOLD_CONTROLS
    from evals.facts import facts_of
    from evals.runner import control_all, extract_all
    from evals.workers import Workers

    config = plan.config
    if hasattr(plan.extractor, "log_folder"):  # a server it starts logs beside the run
        plan.extractor.log_folder = folder.path
    if config.runner.reuse is not None and isinstance(plan, RunPlan):
        _copy_reused(plan, folder)
    done = _settled(plan, folder)
    planned = plan.count * config.repeats
    asked: dict[str, Any] = {
        "extraction_types": config.extraction_types,
        "repeats": config.repeats,
        "planned": planned,
        "limits": _limits(config, purse),
        "done": done,
        "failed_before": done.failed,
    }
    dialogues = plan.dialogues(done)
    spread = cluster.asking(config.extractor) if cluster else None
    appending = folder.appending(sync_s=config.runner.sync_s)
    with appending as store, Progress(planned, done=len(done)) as progress:

        def landed(prediction: Prediction) -> None:
            progress.landed(prediction)
            check()

        if type(plan.extractor) in GOLD_CONTROLS:  # a subclass is somebody else's, and sees no gold
            control = cast("ControlExtractor", plan.extractor)
            control_all(control, dialogues, **asked, store=store, progress=landed)
        else:
            extract_all(
                cast("Extractor | Replay", plan.extractor),
                dialogues,
                **asked,
                store=store,
                progress=landed,
                hire=spread or Workers,
            )
    return (spread.facts if spread else {}) or facts_of(plan.extractor)


def _limits(config: RunConfig, purse: Purse) -> Limits:
    """What asking has to keep to."""
    from evals.commands.money import extraction_price
    from evals.limits import Limits

    price_in, price_out = extraction_price(config)
    return Limits(
        concurrency=config.runner.concurrency,
        adaptive=config.runner.adaptive,
        qps=config.runner.qps,
        timeout_s=config.runner.timeout_s,
        max_error_rate=config.runner.max_error_rate,
        max_in_a_row=config.runner.max_in_a_row,
        max_calls=config.budget.max_calls,
        purse=purse,
        price_in=price_in,
        price_out=price_out,
    )


def _settled(plan: RunPlan | Continued, folder: RunFolder) -> Settled:
    """What need not be asked; says so where that holds failures."""
    if not folder.predictions_path.exists():
        return Settled()
    ask_again = plan.config.runner.ask_again
    done = folder.predictions().settled(ask_again)
    if done.failed:
        print(
            f"{done.failed} stored failures are not asked again (runner.ask_again={ask_again}; all asks them)",
            file=sys.stderr,
        )
    return done


def _copy_reused(plan: RunPlan, folder: RunFolder) -> None:
    """Copies what another run has asked already."""
    from evals.commands.reuse import reused
    from evals.commands.where import run_path

    found = reused(
        run_path(str(plan.config.runner.reuse), folder.path.parent),
        extractor=plan.identity["extractor"],
        in_hashes=plan.survey.in_hashes,
        repeats=plan.config.repeats,
        done=_settled(plan, folder),
    )
    with folder.appending() as store:
        for prediction in found:
            store(prediction)


def _finish(plan: RunPlan, folder: RunFolder, purse: Purse, cluster: Cluster | None, said: Facts) -> None:
    """Grade, score and report what is stored."""
    from evals.commands.certify import certified
    from evals.commands.grading import grade_run
    from evals.commands.judging import judging_of
    from evals.commands.present import present
    from evals.commands.tracking import track
    from evals.corpus.survey import selected

    config = plan.config
    keeping = folder.saving_dialogues() if config.runner.save_messages else nullcontext(_forget)
    asking = judging_of(plan.judge, folder, prices=config.prices, purse=purse)
    with keeping as keep, asking as judging:
        graded = grade_run(
            folder,
            folder.predictions(),
            _kept(selected(plan.source, plan.survey), keep),
            matcher=plan.matcher,
            extraction_types=config.extraction_types,
            repeats=config.repeats,
            controls=plan.controls,
            judging=judging,
            processes=config.grading.processes,
            cluster=cluster,
        )
    system = {"facts": said, "calls": graded.calls}
    known = {name: value for name, value in system.items() if value}
    failed = _missing(graded.missing) or (judging.too_many_failures() if judging else None)
    status: RunStatus = "incomplete" if failed else "complete"
    before = folder.read_run()
    matching = before.matching | certified(config.matcher, plan.matcher, plan.judge)
    run = replace(before, status=status, **graded.fields(), system=known or None, matching=matching)
    folder.write_run(run)
    _warn_of_changes(graded.calls)
    present(folder, run, config.report.formats)
    if failed:
        raise StoppedShort(failed)
    track(folder, run, config.tracking)


def _missing(count: int) -> str | None:
    """Why a run is not complete whose answers went missing between asking and grading."""
    return f"{count} answers are missing from predictions.jsonl; the same command asks for them" if count else None


def _warn_of_changes(calls: dict[str, Any]) -> None:
    """Says so when the system was not the same from the first call to the last."""
    for name in ("model", "fingerprint", "structured"):
        if len(calls.get(name, {})) > 1:
            seen = ", ".join(f"{value} ({count} calls)" for value, count in calls[name].items())
            print(f"the system changed while it was measured: {name} {seen}", file=sys.stderr)


def _forget(_dialogue: Dialogue) -> None:
    """What `runner.save_messages=false` does with a dialogue."""


def _kept(dialogues: Iterable[Dialogue], keep: Callable[[Dialogue], object]) -> Iterator[Dialogue]:
    """The dialogues as they pass by, each kept without its gold."""
    from evals.commands.plan import without_gold

    for dialogue in dialogues:
        keep(without_gold(dialogue))
        yield dialogue


def _names(plans: Sequence[RunPlan], name: str | None) -> list[str]:
    if name is None:
        return [plan.default_name for plan in plans]
    name = _folder_name(name)
    return [name] if len(plans) == 1 else [f"{name}-{number}" for number in range(1, len(plans) + 1)]


def _folder_name(name: str) -> str:
    """The name given. Raises UsageError for one that no folder can have."""
    if Path(name).name in ("", ".."):
        raise UsageError(f"--name {name!r}: the name of a folder is wanted")
    return name


def _command(batch: Sequence[str], arguments: argparse.Namespace) -> str:
    name = ["--name", arguments.name] if arguments.name and not arguments.multirun else []
    out = ["--out", str(arguments.out)] if isinstance(arguments.out, StoreUrl) else []
    return shlex.join(["evals", "run", *batch, *name, *out])


def _print_config(configs: Sequence[Any]) -> int:
    import json

    for config in configs:
        print(json.dumps(asdict(config), ensure_ascii=False, indent=2))
    return 0


def _print_table(places: Sequence[Path | StoreUrl]) -> None:
    """One line a run of a sweep: the headline numbers, which are recall and its company where gold is partial."""
    from evals.report.terminal import table
    from evals.runs import load_run

    print(table([load_run(str(where)).run for where in places]), end="")
