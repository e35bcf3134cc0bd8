"""The CI files as text: valid for their forge, pinned, with few rights, and nothing of a stranger's in a script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evals.corpus import starter
from tests.ci.jobs import ROOT, load

STARTER = ROOT / "evals" / "corpus" / "starter_files"
ACTION = ROOT / ".github" / "actions" / "gate" / "action.yml"
WORKFLOWS = [STARTER / "workflow.yml", STARTER / "workflow_comment.yml"]
GITLAB = STARTER / "gitlab-ci.yml"
BIN = Path(sys.executable).parent


def tool(*words: object) -> str:
    """A linter's output; it has to be content."""
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("schema", "paths"),
    [("github-actions", [ACTION]), ("github-workflows", WORKFLOWS), ("gitlab-ci", [GITLAB])],
)
def test_each_is_valid_by_its_schema(schema: str, paths: list[Path]) -> None:
    """The schemas editors use, as check-jsonschema carries them; offline."""
    tool(BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)


def test_no_security_fault_is_known_of_them(tmp_path: Path) -> None:
    """zizmor over the repository that `evals init` makes: no injection, no loose rights, no unpinned action."""
    starter.create(tmp_path)
    found = json.loads(tool(BIN / "zizmor", "--offline", "--format=json", tmp_path))
    assert found == []
    workflow = tmp_path / ".github" / "workflows" / "memory-evals.yml"
    workflow.write_text(workflow.read_text("utf-8").replace('echo "verdict', 'echo "${{ github.head_ref }} verdict'))
    done = subprocess.run([BIN / "zizmor", "--offline", tmp_path], capture_output=True, text=True, timeout=120)
    assert "template-injection" in done.stdout  # the same tool does find one that is put there


def scripts() -> dict[str, str]:
    """Every script of the four files by file and name."""
    found = {}
    for path in (ACTION, *WORKFLOWS):
        given = load(path)
        jobs = [given["runs"]["steps"]] if path == ACTION else [job["steps"] for job in given["jobs"].values()]
        found |= {f"{path.name}: {step['name']}": step["run"] for steps in jobs for step in steps if "run" in step}
    given = load(GITLAB)
    jobs = {name: job for name, job in given.items() if "script" in job}
    return found | {f"{GITLAB.name}: {name}": "\n".join(job["script"]) for name, job in jobs.items()}


def test_the_scripts_are_good_bash(tmp_path: Path) -> None:
    """shellcheck finds nothing in any of them."""
    assert len(scripts()) == 9
    for number, script in enumerate(scripts().values()):
        (tmp_path / f"{number}.sh").write_text(f"#!/bin/bash\n{script}\n", "utf-8")
    tool(BIN / "shellcheck", *sorted(tmp_path.glob("*.sh")))


def test_nothing_is_put_into_a_script() -> None:
    """What others chose (branch names, inputs, outputs) reaches a script through the environment alone."""
    assert not [name for name, script in scripts().items() if "${{" in script]


def test_actions_of_others_are_pinned_by_commit() -> None:
    """A tag can be moved to other code, a commit cannot; the version stands beside it for people and for updates."""
    used = [line for path in (ACTION, *WORKFLOWS) for line in path.read_text("utf-8").splitlines() if "uses:" in line]
    others = [line.split("uses:")[1].strip() for line in used if "./" not in line]
    assert len(others) == 10
    assert all(re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in others), others


def test_each_job_has_the_rights_it_needs_and_no_more() -> None:
    """The job of the pull request reads; the one that comments fetches and comments; neither is pull_request_target."""
    measure, comment = map(load, WORKFLOWS)
    assert (measure["on"], measure["permissions"]) == ("pull_request", {"contents": "read"})
    assert list(comment["on"]) == ["workflow_run"]
    assert comment["on"]["workflow_run"]["workflows"] == [measure["name"]]
    assert comment["permissions"] == {}
    assert comment["jobs"]["comment"]["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in comment["jobs"]["comment"]["steps"] if "checkout" in step.get("uses", "")]
    assert "pull_request_target" not in "".join(path.read_text("utf-8") for path in (ACTION, *WORKFLOWS))


def test_the_two_workflows_agree_on_what_is_handed_over() -> None:
    """The artifact that the action leaves is the one that the comment takes."""
    upload = next(step for step in load(ACTION)["runs"]["steps"] if step["name"] == "Upload the summary")
    fetch = next(step for step in load(WORKFLOWS[1])["jobs"]["comment"]["steps"] if "download" in step.get("uses", ""))
    default = load(ACTION)["inputs"]["name"]["default"]
    assert upload["with"]["name"].replace("${{ inputs.name }}", default) == fetch["with"]["name"]
    assert "always()" in upload["if"]


def test_a_run_is_kept_whatever_became_of_it() -> None:
    """Restored before it starts, saved even after a failure; by commit, because another may be another system."""
    steps = load(ACTION)["runs"]["steps"]
    names = [step["name"] for step in steps]
    order = ["Restore the run", "Restore the judge's verdicts", "Measure and judge", "Keep the run"]
    assert [names.index(name) for name in order] == sorted(names.index(name) for name in order)
    for name in ("Keep the run", "Keep the judge's verdicts", "Upload the summary", "Upload the report"):
        assert "always()" in steps[names.index(name)]["if"]
    kept = steps[names.index("Restore the run")]["with"]
    assert kept["key"] == steps[names.index("Keep the run")]["with"]["key"]
    assert kept["key"].startswith(kept["restore-keys"])
    assert "github.sha" in kept["restore-keys"]
    gate = load(GITLAB)["memory-evals"]
    assert [each["when"] for each in gate["cache"]] == ["always", "always"]
    assert "$CI_COMMIT_SHA" in gate["cache"][0]["key"]
    assert (gate["artifacts"]["when"], gate["artifacts"]["access"]) == ("always", "developer")


def test_the_linters_are_there() -> None:
    """The dev extra brings them, so that no test of this file is skipped."""
    assert all(shutil.which(name, path=BIN) for name in ("check-jsonschema", "zizmor", "shellcheck"))
