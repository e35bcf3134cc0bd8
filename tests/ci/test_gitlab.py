"""Both jobs of the GitLab template, run with real bash: verdicts, artifacts, no secrets, the note."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from tests.ci.conftest import candidate
from tests.ci.forges import GITLAB_TOKEN, Forge
from tests.ci.jobs import ROOT, Job, gitlab_job

pytestmark = pytest.mark.slow

TEMPLATE = ROOT / "evals" / "corpus" / "starter_files" / "gitlab-ci.yml"
Make = Callable[..., Job]


def tried(job: Job, **variables: str) -> int:
    """The exit code of the job that measures; the log starts anew."""
    job.log = ""
    return gitlab_job(job, TEMPLATE, "memory-evals", variables).code


def test_the_template_as_it_is_written(starter: Make) -> None:
    """Three dialogues, no baseline: INCONCLUSIVE, exit 3, and the log says how to make one."""
    job = starter(ci="gitlab", filled=False)
    assert tried(job) == 3, job.log
    assert "`evals bless RUN` makes one" in job.log
    assert job.log.endswith("verdict: INCONCLUSIVE (exit 3)\n")


def test_verdicts_and_what_they_leave(blessed: Make) -> None:
    """PASS 0, FAIL 1, could not be measured 3 or a warning, an error 2; JUnit for the ones that were judged."""
    job = blessed(ci="gitlab")
    junit = job.workspace / "reports" / "candidate.gate" / "junit.xml"
    assert tried(job, EVALS_CANDIDATE=candidate("base")) == 0
    assert job.log.endswith("verdict: PASS (exit 0)\n")
    assert ElementTree.parse(junit).find("testsuite").get("failures") == "0"  # type: ignore[union-attr]
    (job.workspace / "reports" / "candidate").rename(job.workspace / "reports" / "before")  # another commit's cache
    assert tried(job, EVALS_CANDIDATE=candidate("worse")) == 1
    assert int(ElementTree.parse(junit).find("testsuite").get("failures") or 0) > 0  # type: ignore[union-attr]
    (job.workspace / "reports" / "candidate").rename(job.workspace / "reports" / "worse")
    assert tried(job, EVALS_CANDIDATE=candidate("outage")) == 3
    assert tried(job, EVALS_CANDIDATE=candidate("outage"), EVALS_ON_INCOMPLETE="warn") == 0
    assert "verdict: INCONCLUSIVE (exit 3)" in job.log
    assert tried(job, EVALS_CANDIDATE=candidate("outage"), EVALS_POLICY="strictest") == 2
    assert not junit.exists()


def test_without_secrets(blessed: Make) -> None:
    """A fork's pipeline: skipped, never PASS, or recorded answers."""
    job = blessed(ci="gitlab")
    assert tried(job, EVALS_CANDIDATE="extractor=cloud", EVALS_NEEDS="MEMOS_API_KEY") == 0
    assert job.log.endswith("verdict: SKIPPED (exit 0)\n")
    assert "PASS" not in job.log
    given = "dataset=file\ndataset.path=dataset.jsonl\nextractor=cloud"
    assert tried(job, EVALS_CANDIDATE=given, EVALS_NEEDS="MEMOS_API_KEY", EVALS_RECORDED="worse.jsonl") == 1
    summary = (job.workspace / "reports" / "candidate.gate" / "summary.md").read_text("utf-8")
    assert "Recorded answers were scored, because `MEMOS_API_KEY` is not set here." in summary


def test_the_note(starter: Make, local_forge: Forge) -> None:
    """Created, then updated in place; without a token, or without a merge request, nothing happens."""
    job = starter(ci="gitlab", filled=False)
    folder = job.workspace / "reports" / "candidate.gate"
    folder.mkdir(parents=True)
    (folder / "summary.md").write_text("### ✓ memory-evals: PASS (policy ours)\n", "utf-8")
    job.environment = {"GITLAB_CI": "true", "CI_API_V4_URL": local_forge.url, "CI_PROJECT_ID": "7"}
    job.environment |= {"CI_COMMIT_SHORT_SHA": "abcdef12", "CI_JOB_URL": "https://lab.example/a/b/-/jobs/9"}
    local_forge.comments.append({"id": 1, "body": "<!-- memory-evals:gate -->", "author": {"username": "stranger"}})

    def note() -> str:
        job.log = ""
        gitlab_job(job, TEMPLATE, "memory-evals-note", {})
        assert job.code == 0, job.log
        return job.log.splitlines()[-1]

    assert note() == "nothing to comment on: this is no pipeline of a merge request"
    job.environment["CI_MERGE_REQUEST_IID"] = "3"
    assert note() == "not posted: EVALS_TOKEN is not set (a project access token with scope api)"
    job.environment["EVALS_TOKEN"] = GITLAB_TOKEN
    assert note() == "comment created on merge request 3"
    assert note() == "comment updated on merge request 3"
    assert len(local_forge.comments) == 2
    assert local_forge.bodies[1].startswith("<!-- memory-evals:gate -->\n### ✓ memory-evals: PASS (policy ours)\n")
    assert "Of `abcdef12`, as [its own job](https://lab.example/a/b/-/jobs/9) wrote it." in local_forge.bodies[1]
