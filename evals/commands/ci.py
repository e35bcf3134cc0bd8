"""What a CI job calls: measure a candidate, judge it, and leave what the job shows.

evals ci dataset=file dataset.path=dataset.jsonl extractor=baseline --policy ours --config-dir conf
evals ci extractor=cloud --needs "MEMOS_API_KEY"                         without it (a fork): skipped, never PASS
evals ci extractor=cloud --needs "MEMOS_API_KEY" --recorded answers.jsonl  or recorded answers in its place
evals ci extractor=cloud gate.rules.f1.margin=0.02                       gate.… changes the policy

It is `evals run --name candidate` and `evals gate candidate`, then summary.md, junit.xml and gate.json in
reports/candidate.gate/; in a GitHub job also the outputs verdict, exit-code and cost, and the step summary.
Exit codes are the gate's; where the candidate could not be run, those of `evals run`.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from evals.errors import EvalsError, StoppedShort
from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.commands.gating import Gated
    from evals.gate.verdict import State

Said = Literal["PASS", "FAIL", "INCONCLUSIVE", "SKIPPED", "ERROR"]
UNMEASURED = (3, 4)  # it cannot be answered, or the run stopped short: nothing is said about the candidate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", help="Hydra overrides of the run; gate.… go to the policy")
    parser.add_argument("--needs", default="", metavar="NAMES", help="variables the extractor cannot do without")
    parser.add_argument("--recorded", type=Path, metavar="FILE", help="answers to score where one of them is not set")
    parser.add_argument("--policy", default="pull_request", help="a file of conf/gate (default: pull_request)")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")
    parser.add_argument("--baseline", metavar="RUN", help="default: the one blessed for the candidate's dataset")
    parser.add_argument("--baselines", type=Path, default=Path("baselines"), help="where blessed ones are")
    parser.add_argument(
        "--show-text", default="none", choices=["none", "memories", "dialogue"], help="of users, in summary.md"
    )
    parser.add_argument(
        "--on-incomplete", default="fail", choices=["fail", "warn"], help="exit codes 3 and 4: as they are, or 0"
    )
    parser.add_argument("--name", default="candidate", help="folder of the run (default: candidate)")
    parser.add_argument(
        "--reports", type=folder_here, default=Path("reports"), help="where runs land (default: reports)"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a job came to. `cost` is money, None where it is not known."""

    verdict: Said
    exit_code: int
    cost: float | None = None


def main(arguments: argparse.Namespace) -> int:
    overrides = [word.strip() for word in arguments.overrides if word.strip()]
    missing = [name for name in arguments.needs.split() if not os.environ.get(name)]
    files = _fresh_files(arguments.reports / f"{arguments.name}.gate")
    if missing and arguments.recorded is None:
        result = _skipped(missing, files)
    else:
        if missing:
            overrides = replayed(overrides, arguments.recorded)
        result = _measured(overrides, missing, arguments, files)
    _tell_github(result, files)
    if result.exit_code in UNMEASURED and arguments.on_incomplete == "warn":
        print(f"evals: exit {result.exit_code} is a warning here (--on-incomplete warn)", file=sys.stderr)
        return 0
    return result.exit_code


def replayed(overrides: Sequence[str], answers: Path) -> list[str]:
    """The overrides with recorded answers in place of their extractor."""
    others = [word for word in overrides if not word.lstrip("+~").startswith(("extractor=", "extractor."))]
    return [*others, "extractor=recorded", f"extractor.path={answers}"]


@dataclass(frozen=True, slots=True)
class _Files:
    folder: Path

    @property
    def summary(self) -> Path:
        return self.folder / "summary.md"

    @property
    def junit(self) -> Path:
        return self.folder / "junit.xml"

    @property
    def verdict(self) -> Path:
        return self.folder / "gate.json"


def _fresh_files(folder: Path) -> _Files:
    """The files of the job, without those of an earlier one: a verdict must not outlive its run."""
    files = _Files(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in (files.summary, files.junit, files.verdict):
        path.unlink(missing_ok=True)
    return files


def _measured(overrides: Sequence[str], missing: Sequence[str], arguments: argparse.Namespace, files: _Files) -> Result:
    """The candidate run, and judged where there is something to judge."""
    gate = [word for word in overrides if word.startswith("gate.")]
    try:
        _run([word for word in overrides if word not in gate], arguments)
        gated = _judged(gate, missing, arguments, files)
    except EvalsError as error:  # one line, as the command itself would say it
        print(f"evals: {error}", file=sys.stderr)
        _failed_to_run(error, files)
        return Result(verdict="ERROR", exit_code=error.exit_code)
    state: State = gated.verdict.state
    return Result(verdict=state, exit_code=gated.verdict.exit_code, cost=_cost(arguments.reports / arguments.name))


def _run(overrides: Sequence[str], arguments: argparse.Namespace) -> None:
    """`evals run`; a run that stops short is stored, and the gate says that it is incomplete."""
    from evals.commands import run

    where = ["--name", arguments.name, "--out", str(arguments.reports)]
    words = [*overrides, *where, *(["--config-dir", str(arguments.config_dir)] if arguments.config_dir else [])]
    print(f"$ {shlex.join(['evals', 'run', *words])}", flush=True)
    parser = argparse.ArgumentParser(allow_abbrev=False)
    run.add_arguments(parser)
    try:
        run.main(parser.parse_intermixed_args(words))
    except StoppedShort as error:
        print(f"evals: {error}", file=sys.stderr)


def _judged(overrides: Sequence[str], missing: Sequence[str], arguments: argparse.Namespace, files: _Files) -> Gated:
    from evals.commands.gate import judge, plain, verdict_of, write_files
    from evals.io import write_text

    gated, policy = judge(
        str(arguments.reports / arguments.name),
        [f"gate={arguments.policy}", f"gate.show_text={arguments.show_text}", *overrides],
        baseline=arguments.baseline or None,
        baselines=arguments.baselines,
        reports=arguments.reports,
        config_dir=arguments.config_dir,
    )
    write_files(gated, policy, junit=files.junit, summary=files.summary)
    write_text(files.verdict, json.dumps(plain(gated), ensure_ascii=False, indent=2, allow_nan=False) + "\n")
    if missing:
        with files.summary.open("a", encoding="utf-8") as summary:
            summary.write(f"\nRecorded answers were scored, because {_named(missing)} not set here.\n")
    print(verdict_of(gated, policy), end="")
    return gated


def _skipped(missing: Sequence[str], files: _Files) -> Result:
    from evals.io import write_text

    said = f"skipped: no secrets ({_named(missing)} not set and there are no recorded answers); nothing was measured"
    print(f"{said}\nverdict: SKIPPED (exit 0)")
    text = f"### – memory-evals: skipped: no secrets\n\n{_named(missing)} not set; nothing was measured.\n"
    write_text(files.summary, text)
    return Result(verdict="SKIPPED", exit_code=0)


def _failed_to_run(error: EvalsError, files: _Files) -> None:
    """The reason may hold a path or a reply, so that it stands in the log alone."""
    from evals.io import write_text

    code = error.exit_code
    text = f"### ? memory-evals: could not be run (exit {code})\n\nNothing was measured; the job's log says why.\n"
    write_text(files.summary, text)


def _cost(path: Path) -> float | None:
    """What the candidate cost, extraction and judging together; None where neither is known."""
    from evals.report.cost import cost_facts
    from evals.runs import RunFolder

    spent = cost_facts(RunFolder(path).read_run())
    known = [each for each in (spent["extraction_cost"], spent["judging_cost"]) if each is not None]
    return sum(known) if known else None


def _named(missing: Sequence[str]) -> str:
    return f"{', '.join(f'`{name}`' for name in missing)} {'is' if len(missing) == 1 else 'are'}"


def _tell_github(result: Result, files: _Files) -> None:
    """Outputs and step summary of a GitHub job, where its runner names the files for them."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        cost = "" if result.cost is None else f"{result.cost:.4f}"
        with Path(path).open("a", encoding="utf-8") as outputs:
            outputs.write(f"verdict={result.verdict}\nexit-code={result.exit_code}\ncost={cost}\n")
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(path).open("a", encoding="utf-8") as shown:
            shown.write(files.summary.read_text("utf-8"))
