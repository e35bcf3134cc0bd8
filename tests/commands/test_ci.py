"""`evals ci` and `evals comment` in this process: files, outputs, refusals. tests/ci runs them as the forges do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.commands.ci import replayed
from evals.runs import RunFolder
from tests.ci.forges import GITHUB_TOKEN, forge
from tests.ci.jobs import event
from tests.commands.two_runs import answers, dialogues

Cli = Callable[..., Any]
WORDS = ("dataset=file", "dataset.path=D.jsonl", "extractor=recorded", "extractor.path=A.jsonl", "report.formats=[]")


@pytest.fixture
def outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """A folder with sixty dialogues and answers, in a GitHub job; reads the outputs of the last step."""
    monkeypatch.chdir(tmp_path)
    dialogues(tmp_path / "D.jsonl")
    answers(tmp_path / "A.jsonl")
    path = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return lambda: dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())


def test_a_job_leaves_what_it_shows(cli: Cli, outputs: Callable[[], dict[str, str]]) -> None:
    """Run, verdict, summary and JUnit; gate.… goes to the policy; blank lines of an input are no overrides."""
    done = cli("ci", *WORDS, "", "  ", "gate.inconclusive=fail")
    assert (done.code, done.out.splitlines()[-1]) == (3, "verdict: INCONCLUSIVE (exit 3)")
    assert done.out.startswith("$ evals run dataset=file ")
    assert outputs() == {"verdict": "INCONCLUSIVE", "exit-code": "3", "cost": ""}
    left = Path("reports/candidate.gate")
    assert sorted(path.name for path in left.iterdir()) == ["gate.json", "junit.xml", "summary.md"]
    assert json.loads((left / "gate.json").read_text("utf-8"))["exit_code"] == 3
    assert RunFolder(Path("reports/candidate")).read_run().status == "complete"
    again = cli("ci", *WORDS, "gate.inconclusive=fail", "--on-incomplete", "warn")
    assert (again.code, outputs()["exit-code"]) == (0, "3")
    assert "complete already, nothing changed" in again.out


def test_what_a_candidate_cost(cli: Cli, outputs: Callable[[], dict[str, str]]) -> None:
    """Money of extraction and judging together, from what run.json says."""
    assert cli("ci", *WORDS).code == 3
    folder = RunFolder(Path("reports/candidate"))
    run = json.loads(folder.run_path.read_text("utf-8"))
    run["judging"] = {"models": {"m": {"cost": 0.25}, "n": {"cost": 0.5}}}
    folder.run_path.write_text(json.dumps(run), "utf-8")
    cli("ci", *WORDS)
    assert outputs()["cost"] == "0.7500"


def test_without_a_secret_nothing_is_run(cli: Cli, outputs: Callable[[], dict[str, str]]) -> None:
    """Skipped and said so; both variables are named, one is enough to skip."""
    done = cli("ci", "extractor=cloud", "--needs", "NO_KEY_OF_THIS_NAME  NOR_OF_THIS")
    assert (done.code, outputs()["verdict"]) == (0, "SKIPPED")
    assert done.out == (
        "skipped: no secrets (`NO_KEY_OF_THIS_NAME`, `NOR_OF_THIS` are not set and there are no recorded answers); "
        "nothing was measured\nverdict: SKIPPED (exit 0)\n"
    )
    assert not Path("reports/candidate").exists()


def test_recorded_answers_take_the_place_of_the_extractor_alone() -> None:
    """Dataset, matcher and policy stay; whatever sets the extractor goes, added keys too."""
    given = ["dataset=golden", "extractor=cloud", "extractor.qps=5", "+extractor.x=1", "gate.rules.f1.margin=0.1"]
    assert replayed(given, Path("answers.jsonl")) == [
        *("dataset=golden", "gate.rules.f1.margin=0.1", "extractor=recorded", "extractor.path=answers.jsonl")
    ]


def test_a_comment_is_created_and_updated(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the commit of the event; two labels are two comments; a label that is no word is refused."""
    monkeypatch.delenv("GITLAB_CI", raising=False)
    (tmp_path / "summary.md").write_text("### ✓ memory-evals: PASS (policy ours)\n", "utf-8")
    run: dict[str, Any] = {"head_sha": "a" * 40, "head_branch": "b", "html_url": "not a url"}
    run["head_repository"] = {"owner": {"login": "them"}}
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event(tmp_path / "event.json", **run)))
    monkeypatch.setenv("GITHUB_REPOSITORY", "our/repo")
    monkeypatch.setenv("GITHUB_TOKEN", GITHUB_TOKEN)
    with forge() as held:
        held.pulls.append({"number": 3, "label": "them:b", "head": {"sha": "a" * 40}})
        monkeypatch.setenv("GITHUB_API_URL", held.url)
        said = [cli("comment", tmp_path / "summary.md", *words).out for words in ((), (), ("--label", "nightly"))]
        assert [line.split()[1] for line in said] == ["created", "updated", "created"]
        assert [body.split("\n")[0] for body in held.bodies] == [
            "<!-- memory-evals:gate -->",
            "<!-- memory-evals:nightly -->",
        ]
        assert "as its own job wrote it" in held.bodies[0]
    refused = cli("comment", tmp_path / "summary.md", "--label", "a -->")
    assert (refused.code, refused.out) == (2, "")
    monkeypatch.delenv("GITHUB_REPOSITORY")
    assert "GITHUB_REPOSITORY is not set" in cli("comment", tmp_path / "summary.md").err
