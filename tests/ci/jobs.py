"""Executes the `run:` and `script:` steps of our CI files with real bash in a scratch repository, as both forges do.

Steps that fetch something from elsewhere (`uses: actions/…`) are not run; they are handed back for a test to look at.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def load(path: Path) -> dict[str, Any]:
    """A YAML file; `on` stays a word and does not become True."""
    return yaml.load(path.read_text("utf-8"), Loader=_Words)


class _Words(yaml.SafeLoader):
    """YAML 1.2's booleans, which is what the forges read."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Words.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


@dataclass
class Job:
    """A job under way: its workspace, environment, and what its steps have said so far."""

    workspace: Path
    temp: Path
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    log: str = ""
    code: int = 0
    fetched: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """What the steps wrote for the page of the job."""
        path = self.temp / "summary.md"
        return path.read_text("utf-8") if path.exists() else ""

    def base(self) -> dict[str, str]:
        """What every step of either forge finds set; nothing of this test's own surroundings."""
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        home = {"HOME": str(self.temp), "PATH": path, "CI": "true", "LANG": "C.UTF-8", "MPLCONFIGDIR": str(self.temp)}
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return {**home, **pip, **self.environment}

    def bash(self, script: str, environment: Mapping[str, str], options: tuple[str, ...]) -> int:
        """One script, as a runner starts it. Returns its exit code."""
        path = self.temp / "step.sh"
        path.write_text(script, "utf-8")
        done = subprocess.run(
            ["bash", *options, str(path)],
            cwd=self.workspace,
            env={**self.base(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        self.log += done.stdout
        return done.returncode


def github_job(job: Job, path: Path, name: str) -> Job:
    """Runs the steps of a job of a workflow."""
    workflow = load(path)
    _steps(job, workflow["jobs"][name]["steps"], inputs={}, composite=False)
    return job


def action_steps(job: Job, given: Mapping[str, str]) -> Job:
    """Runs the composite action alone, with these inputs and the defaults of the others."""
    _action(job, ROOT / ".github" / "actions" / "gate", given)
    return job


def gitlab_job(job: Job, path: Path, name: str, variables: Mapping[str, str]) -> Job:
    """Runs the script of a job; all its lines are one script, as GitLab's runner makes of them."""
    template = load(path)
    environment = {key: str(value) for key, value in template["variables"].items()} | dict(variables)
    job.code = job.bash("\n".join(template[name]["script"]), environment, ("-eo", "pipefail"))
    return job


def _steps(job: Job, steps: list[dict[str, Any]], inputs: Mapping[str, str], *, composite: bool) -> None:
    for step in steps:
        if not _wanted(job, step, inputs):
            continue
        uses = step.get("uses", "")
        if uses.startswith("./"):
            given = {key: _filled(job, value, inputs) for key, value in step.get("with", {}).items()}
            job.environment |= {key: _filled(job, value, inputs) for key, value in step.get("env", {}).items()}
            job.steps[step.get("id", "")] = _action(job, job.workspace / uses, given)
        elif uses:
            job.fetched.append(step)
        else:
            _run(job, step, inputs, composite=composite)


def _run(job: Job, step: Mapping[str, Any], inputs: Mapping[str, str], *, composite: bool) -> None:
    assert "${{" not in step["run"], "nothing is put into a script: it reaches it through env"
    assert not composite or step["shell"] == "bash", "a composite step names its shell"
    outputs = job.temp / "outputs"
    outputs.write_text("")
    environment = {key: _filled(job, value, inputs) for key, value in step.get("env", {}).items()}
    environment |= {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(job.temp / "summary.md")}
    strict = ("--noprofile", "--norc", "-eo", "pipefail") if step.get("shell") == "bash" else ("-e",)
    code = job.bash(step["run"], environment, strict)
    if not step.get("continue-on-error"):
        job.code = job.code or code
    said = dict(line.split("=", 1) for line in outputs.read_text("utf-8").splitlines())
    job.steps[step.get("id", "")] = said


def _action(job: Job, folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    action = load(folder / "action.yml")
    assert set(given) <= set(action["inputs"]), "GitHub only warns of an input there is none of"
    inputs = {name: given.get(name, str(about.get("default", ""))) for name, about in action["inputs"].items()}
    _steps(job, action["runs"]["steps"], inputs, composite=True)
    return {name: _filled(job, about["value"], inputs) for name, about in action["outputs"].items()}


def _wanted(job: Job, step: Mapping[str, Any], inputs: Mapping[str, str]) -> bool:
    """The conditions our files use; one that is not known here fails the test."""
    condition = str(step.get("if", "success()"))
    parts = [part.strip() for part in condition.split("&&")]
    if "always()" not in parts and job.code:
        return False
    return all(_holds(part, inputs) for part in parts)


def _holds(part: str, inputs: Mapping[str, str]) -> bool:
    if part in ("success()", "always()") or part.startswith("hashFiles("):
        return True
    found = re.fullmatch(r"inputs\.([\w-]+) (==|!=) '(.*)'", part)
    assert found is not None, f"a condition that this test does not know: {part}"
    return (inputs[found[1]] == found[3]) == (found[2] == "==")


def _filled(job: Job, value: object, inputs: Mapping[str, str]) -> str:
    def look_up(found: re.Match[str]) -> str:
        room, _, name = found[1].partition(".")
        if room == "inputs":
            return inputs[name]
        if room == "secrets":
            return job.secrets.get(name, "")
        if room == "steps":
            step, _, output = name.partition(".outputs.")
            return job.steps.get(step, {}).get(output, "")
        known = {"github.token": job.secrets.get("GITHUB_TOKEN", "")}
        return known[found[1]]

    return _EXPRESSION.sub(look_up, str(value))


def event(path: Path, **workflow_run: Any) -> Path:
    """A workflow_run event as GitHub writes it for the job."""
    path.write_text(json.dumps({"action": "completed", "workflow_run": workflow_run}), "utf-8")
    return path
