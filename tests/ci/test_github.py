"""Every step of the GitHub action and of both workflows, run with real bash: PASS, FAIL, INCONCLUSIVE, no secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ci.conftest import candidate
from tests.ci.forges import GITHUB_TOKEN, Forge
from tests.ci.jobs import ROOT, Job, action_steps, event, github_job
from tests.commands.two_runs import answers

pytestmark = pytest.mark.slow

STARTER = ROOT / "evals" / "corpus" / "starter_files"
OURS = {"install": "", "policy": "ours", "config-dir": "conf"}
Make = Callable[..., Job]


def tried(job: Job, **given: str) -> dict[str, str]:
    """The outputs of the action with these inputs; the job starts anew."""
    job.code, job.log = 0, ""
    (job.temp / "summary.md").unlink(missing_ok=True)
    action_steps(job, OURS | {name.replace("_", "-"): value for name, value in given.items()})
    return job.steps["gate"]


def test_the_workflow_as_it_is_written(starter: Make) -> None:
    """Three dialogues and no baseline: INCONCLUSIVE, exit 3; all that is fetched is seen."""
    job = github_job(starter(filled=False), STARTER / "workflow.yml", "gate")
    assert job.code == 3, job.log
    assert job.steps["gate"] == {"verdict": "INCONCLUSIVE", "exit-code": "3", "cost": ""}
    assert job.summary.startswith("### ? memory-evals: INCONCLUSIVE (policy ours)\n")
    assert job.log.endswith("verdict INCONCLUSIVE, exit code 3, cost not known\n")
    used = [str(step["uses"]).split("@")[0] for step in job.fetched]
    assert used[:2] == ["actions/checkout", "actions/setup-python"]
    assert used[2:] == [
        *("actions/cache/restore",) * 2,
        *("actions/cache/save",) * 2,
        *("actions/upload-artifact",) * 2,
    ]


def test_pass_and_fail(blessed: Make) -> None:
    """An unchanged candidate passes; a worse one fails the job, and what it leaves says why without a user's word."""
    job = blessed()
    assert tried(job, candidate=candidate("base")) == {"verdict": "PASS", "exit-code": "0", "cost": ""}
    assert job.code == 0
    assert tried(job, name="worse", candidate=candidate("worse")) == {"verdict": "FAIL", "exit-code": "1", "cost": ""}
    assert job.code == 1
    assert "### ✗ memory-evals: FAIL (policy ours)" in job.summary
    assert "lives in" not in job.summary
    left = job.workspace / "reports" / "worse.gate"
    assert sorted(path.name for path in left.iterdir()) == ["gate.json", "junit.xml", "summary.md"]
    assert json.loads((left / "gate.json").read_text("utf-8"))["verdict"] == "FAIL"
    shown = tried(job, name="worse", candidate=candidate("worse"), show_text="memories")
    assert shown["verdict"] == "FAIL"
    assert "The user" in job.summary


def test_what_could_not_be_measured_is_no_verdict(blessed: Make) -> None:
    """An outage: exit 3 and no PASS; a warning where asked for; the second try goes on and passes."""
    job = blessed()
    assert tried(job, candidate=candidate("outage")) == {"verdict": "INCONCLUSIVE", "exit-code": "3", "cost": ""}
    assert job.code == 3
    assert "this run is incomplete" in job.summary
    assert tried(job, candidate=candidate("outage"), on_incomplete="warn")["exit-code"] == "3"
    assert job.code == 0
    asked = (job.workspace / "reports" / "candidate" / "predictions.jsonl").read_bytes()
    answers(job.workspace / "outage.jsonl")
    assert tried(job, candidate=candidate("outage"))["verdict"] == "PASS"
    assert (job.workspace / "reports" / "candidate" / "predictions.jsonl").read_bytes().startswith(asked)


def test_without_secrets(blessed: Make) -> None:
    """A fork: skipped, never PASS; or recorded answers, said to be such; with the secret the extractor as it stands."""
    job = blessed()
    assert tried(job, candidate="extractor=cloud", needs="MEMOS_API_KEY") == {
        "verdict": "SKIPPED",
        "exit-code": "0",
        "cost": "",
    }
    assert (job.code, job.summary) == (
        0,
        "### – memory-evals: skipped: no secrets\n\n`MEMOS_API_KEY` is not set; nothing was measured.\n",
    )
    assert "PASS" not in job.log
    assert not (job.workspace / "reports" / "candidate").exists()
    cloud = "dataset=file\ndataset.path=dataset.jsonl\nextractor=cloud\nextractor.qps=5\n"
    assert tried(job, candidate=cloud, needs="MEMOS_API_KEY", recorded="base.jsonl")["verdict"] == "PASS"
    assert "Recorded answers were scored, because `MEMOS_API_KEY` is not set here." in job.summary
    job.environment["MEMOS_API_KEY"] = "a-key-that-opens-nothing"
    assert tried(job, name="b", candidate=candidate("base"), needs="MEMOS_API_KEY", recorded="x")["verdict"] == "PASS"
    assert "Recorded answers" not in job.summary


def test_what_is_wrong_is_an_error_and_nothing_else(blessed: Make) -> None:
    """A misspelt policy, an extractor there is none of: exit 2, the reason in the log, no verdict left from before."""
    job = blessed()
    assert tried(job, candidate=candidate("base"))["verdict"] == "PASS"
    for given in ({"policy": "strictest"}, {"candidate": "extractor=basline"}):
        wrong = {"candidate": candidate("base")} | given
        assert tried(job, **wrong) == {"verdict": "ERROR", "exit-code": "2", "cost": ""}
        assert job.code == 2
        assert "no such choice" in job.log
        assert "memory-evals: could not be run (exit 2)" in job.summary
        assert not (job.workspace / "reports" / "candidate.gate" / "gate.json").exists()


@pytest.mark.parametrize("evil", ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "'; touch pwned; '"])
def test_an_input_is_never_a_script(starter: Make, evil: str) -> None:
    """Whatever stands in an input is one word of a command line."""
    job = starter()
    names = ("candidate", "policy", "baseline", "baselines", "needs", "recorded", "reports", "name", "config-dir")
    tried(job, **dict.fromkeys(names, evil), install="")
    assert not list(job.workspace.rglob("pwned"))
    assert not list(job.temp.rglob("pwned"))


@pytest.fixture
def commenting(starter: Make, local_forge: Forge) -> Callable[..., Job]:
    """Runs the workflow that comments, on what the other one left."""
    job = starter(filled=False)
    local_forge.pulls.append({"number": 3, "label": "them:$(touch pwned)", "head": {"sha": "a" * 40}})

    def run(summary: str | None, *, sha: str = "a" * 40, branch: str = "$(touch pwned)") -> Job:
        folder = job.workspace / "memory-evals-summary"
        folder.mkdir(exist_ok=True)
        (folder / "summary.md").unlink(missing_ok=True)
        if summary is not None:
            (folder / "summary.md").write_text(summary, "utf-8")
        path = event(
            job.temp / "event.json",
            head_sha=sha,
            head_branch=branch,
            html_url="https://forge.example/our/repo/actions/runs/12",
            head_repository={"owner": {"login": "them"}, "full_name": "them/repo"},
            pull_requests=[],
        )
        job.secrets["GITHUB_TOKEN"] = GITHUB_TOKEN
        job.environment = {
            "GITHUB_API_URL": local_forge.url,
            "GITHUB_REPOSITORY": "our/repo",
            "GITHUB_EVENT_PATH": str(path),
        }
        job.code, job.log = 0, ""
        return github_job(job, STARTER / "workflow_comment.yml", "comment")

    return run


def test_one_comment_is_written_anew(commenting: Callable[..., Job], local_forge: Forge) -> None:
    """The first time created, then updated; somebody else's with our mark is left alone."""
    mark = "<!-- memory-evals:gate -->"
    local_forge.by("stranger", f"{mark}\nnot ours")
    assert commenting("### ✓ memory-evals: PASS (policy ours)\n").log.endswith("comment created on pull request 3\n")
    assert commenting("### ✗ memory-evals: FAIL (policy ours)\n").log.endswith("comment updated on pull request 3\n")
    assert local_forge.bodies == [
        f"{mark}\nnot ours",
        f"{mark}\n### ✗ memory-evals: FAIL (policy ours)\n\n\n<sub>Of `aaaaaaa`, as "
        "[its own job](https://forge.example/our/repo/actions/runs/12) wrote it.</sub>",
    ]
    methods = [method for method, _ in local_forge.asked]
    assert methods == ["GET", "GET", "POST", "GET", "GET", "PATCH"]


def test_our_comment_is_found_on_a_later_page(commenting: Callable[..., Job], local_forge: Forge) -> None:
    """After 250 comments of others there is still one of ours."""
    for number in range(150):
        local_forge.by("stranger", f"comment {number}")
    commenting("### ✓ memory-evals: PASS (policy ours)\n")
    assert commenting("### ✓ memory-evals: PASS (policy ours)\n").code == 0
    assert len(local_forge.comments) == 151


def test_a_request_that_has_moved_on_is_left_alone(commenting: Callable[..., Job], local_forge: Forge) -> None:
    """Another commit, another branch: no request ends there, so nothing is written and nothing fails."""
    for given in ({"sha": "b" * 40}, {"branch": "other"}):
        job = commenting("### ✓ memory-evals: PASS (policy ours)\n", **given)
        assert (job.code, local_forge.comments) == (0, [])
        assert "nothing to comment on: no open pull request ends in" in job.log


def test_what_the_gate_does_not_write_is_not_shown(commenting: Callable[..., Job], local_forge: Forge) -> None:
    """A link, nothing at all, too much: the old verdict goes, the job fails, no word of it is posted."""
    commenting("### ✓ memory-evals: PASS (policy ours)\n")
    for summary in ("### ✓ memory-evals: PASS\n\n[click](https://evil.example)", None, "x" * 300_000):
        job = commenting(summary)
        assert job.code == 2
        (body,) = local_forge.bodies
        assert "no summary to show" in body
        assert "evil" not in body
        assert "PASS" not in body
    assert not list(job.workspace.rglob("pwned"))


def test_a_link_in_the_artifact_is_not_followed(
    commenting: Callable[..., Job], local_forge: Forge, tmp_path: Path
) -> None:
    """It could name any file of the machine that holds the token."""
    (tmp_path / "secret").write_text("### ✓ memory-evals: the secret")
    job = commenting(None)
    link = job.workspace / "memory-evals-summary" / "summary.md"
    link.symlink_to(tmp_path / "secret")
    code = job.bash("evals comment memory-evals-summary/summary.md", {"GITHUB_TOKEN": GITHUB_TOKEN}, ("-e",))
    assert code == 2
    assert "the secret" not in "".join(local_forge.bodies)


def test_a_token_without_the_right_is_said(commenting: Callable[..., Job], local_forge: Forge) -> None:
    """One line with the forge's words; the token is in no log."""
    local_forge.status = 403
    job = commenting("### ✓ memory-evals: PASS (policy ours)\n")
    assert job.code == 2
    assert "HTTP 403: Resource not accessible by integration" in job.log
    assert "Traceback" not in job.log
    assert GITHUB_TOKEN not in job.log
