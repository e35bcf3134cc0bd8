"""May this candidate ship? Rules, a verdict and an exit code.

evals gate CAND --baseline BASE                    the policy for pull requests
evals gate CAND gate=release                       the baseline blessed for its dataset; what cannot be told fails
evals gate CAND gate.rules.f1.margin=0.02          a rule changed
evals gate CAND --junit gate.xml --summary gate.md what CI systems show
evals gate BASE --plan                             what each rule can tell at this size
evals gate BASE --self-test                        how often the policy passes an unchanged run and fails a worse one

Exit codes: 0 PASS (or INCONCLUSIVE where the policy only warns), 1 FAIL, 3 it cannot be answered.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.commands.gating import Gated
    from evals.gate.policy import Policy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="CAND", help="the candidate's run, then overrides: gate=, gate.rules.…=")
    parser.add_argument("overrides", nargs="*", help="Hydra overrides")
    parser.add_argument("--baseline", metavar="RUN", help="default: the one blessed for the candidate's dataset")
    parser.add_argument("--baselines", type=Path, default=Path("baselines"), help="where blessed ones are")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="JUnit XML, one case a rule")
    parser.add_argument("--summary", type=Path, metavar="FILE", help="Markdown for a pull request")
    parser.add_argument("--json", action="store_true", help="the verdict for a machine, instead of text")
    parser.add_argument("--plan", action="store_true", help="only say what the rules can tell at this size")
    parser.add_argument("--self-test", action="store_true", help="only measure the policy on resampled runs")
    parser.add_argument("--replicates", type=int, default=400, help="of the self-test, each kind (default: 400)")
    parser.add_argument("--allow-unlike", action="store_true", help="judge what was not asked alike, and say so")
    parser.add_argument(
        "--reports", type=folder_here, default=Path("reports"), help="where runs are (default: reports)"
    )
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")
    parser.add_argument("--env-file", type=Path, help="NAME=VALUE lines for variables that are not set (sentinels)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.env_file import load_env_file
    from evals.commands.where import run_path

    load_env_file(arguments.env_file)
    if arguments.plan or arguments.self_test:
        return _about_the_policy(run_path(arguments.run, arguments.reports), arguments)
    gated, policy = judge(
        arguments.run,
        arguments.overrides,
        baseline=arguments.baseline,
        baselines=arguments.baselines,
        reports=arguments.reports,
        config_dir=arguments.config_dir,
        allow_unlike=arguments.allow_unlike,
    )
    write_files(gated, policy, junit=arguments.junit, summary=arguments.summary)
    if arguments.json:
        print(json.dumps(plain(gated), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        print(verdict_of(gated, policy), end="")
    return gated.verdict.exit_code


def judge(
    candidate: str,
    overrides: Sequence[str],
    *,
    baseline: str | None,
    baselines: Path,
    reports: Path,
    config_dir: Path | None,
    allow_unlike: bool = False,
) -> tuple[Gated, Policy]:
    """A stored run judged by the policy that the overrides compose, against `baseline` or the one blessed for its data.

    Raises UsageError where there is no such run, ConfigError for a wrong policy; all else is a verdict.
    """
    from evals.commands.blessing import blessed
    from evals.commands.gating import gate_run
    from evals.commands.where import run_path
    from evals.config import load
    from evals.config_shapes import GateConfig
    from evals.gate.policy import policy_of

    config = load("gate", GateConfig, overrides, config_dir=config_dir)
    policy = policy_of(config.gate)
    path = run_path(candidate, reports)
    base = run_path(baseline, reports) if baseline else blessed(path, baselines)
    stale = None
    if policy.sentinels and base is not None:
        from evals.commands.sentinels import stale_baseline

        stale = partial(stale_baseline, base, policy, config)
    gated = gate_run(path, base, policy, reports=reports, seed=config.seed, allow_unlike=allow_unlike, stale=stale)
    return gated, policy


def write_files(gated: Gated, policy: Policy, *, junit: Path | None, summary: Path | None) -> None:
    """The verdict as CI systems take it: JUnit XML and Markdown, each where it is asked for."""
    from evals.io import write_text
    from evals.report import gated as shown_as
    from evals.report.junit import junit as junit_text

    events = _events(gated, policy)
    if junit:
        write_text(junit, junit_text(gated.verdict, candidate=gated.candidate, events=events))
    if summary:
        names = (gated.baseline, gated.candidate)
        text = shown_as.summary(
            gated.verdict, gated.worst, gated.notes, events=events, shown=policy.show_text, names=names
        )
        write_text(summary, text)


def verdict_of(gated: Gated, policy: Policy) -> str:
    """Who was judged against what, and the verdict, as text for a terminal."""
    from evals.report.gated import verdict_text

    events = _events(gated, policy)
    said = verdict_text(gated.verdict, gated.worst, gated.notes, events=events, shown=policy.show_text)
    return f"{gated.candidate} against {gated.baseline}\n{said}"


def plain(gated: Gated) -> dict[str, object]:
    """The verdict for a machine: no memory and no message, whatever the policy shows people."""
    from evals.report.compared import plain_values

    return {
        "verdict": gated.verdict.state,
        "exit_code": gated.verdict.exit_code,
        "policy": gated.verdict.policy,
        "candidate": gated.candidate,
        "baseline": gated.baseline,
        "obstacles": list(gated.verdict.obstacles),
        "notes": list(gated.notes),
        "findings": plain_values(gated.verdict.findings),
        "plan": plain_values(list((gated.plans or {}).values())),
        "worst": [
            {"what": each.what, "dialogue": each.dialogue, "gid": each.gid, "stable": each.stable}
            for each in gated.worst
        ],
    }


def _events(gated: Gated, policy: Policy) -> dict[str, list[str]]:
    from evals.report.gated import event_lines

    return {name: event_lines(seen, shown=policy.show_text) for name, seen in (gated.events or {}).items()}


def _about_the_policy(path: Path, arguments: argparse.Namespace) -> int:
    """What the policy can tell beside this run, without a candidate."""
    from evals.commands.alike import Opened
    from evals.commands.gating import plans_of
    from evals.commands.where import complete_run
    from evals.config import load
    from evals.config_shapes import GateConfig
    from evals.gate.policy import policy_of
    from evals.report.gated import plan_table, self_test_table
    from evals.report.plain import plain_table
    from evals.runs import RunFolder

    config = load("gate", GateConfig, arguments.overrides, config_dir=arguments.config_dir)
    policy, folder = policy_of(config.gate), RunFolder(path)
    opened = Opened(folder=folder, run=complete_run(folder), label=path.name)
    plans = plans_of(opened.run, opened.counts, policy)
    if arguments.plan:
        print(plain_table(plan_table(plans)), end="")
        return 0
    from evals.gate.selftest import self_test

    measured = self_test(folder.outcomes, policy, plans, replicates=arguments.replicates, seed=config.seed)
    print(plain_table(self_test_table(measured, policy)), end="")
    return 0
