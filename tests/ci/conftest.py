"""A scratch repository as `evals init` leaves it, with sixty dialogues and recorded answers, and a local forge."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evals.cli import main
from evals.corpus.starter import System, create
from tests.ci.forges import Forge, forge
from tests.ci.jobs import Job
from tests.commands.test_compare import worse
from tests.commands.two_runs import answers, dialogues


def outage(number: int, facts: list[str]) -> list[str] | str:
    """Every third call is lost."""
    return "TimedOut" if number % 3 == 0 else facts


@pytest.fixture
def local_forge() -> Iterator[Forge]:
    """A forge that runs while the test does."""
    with forge() as held:
        yield held


@pytest.fixture
def starter(tmp_path: Path) -> Callable[..., Job]:
    """A job in a repository that `evals init` made; `filled` gives it sixty dialogues and answers of three systems."""

    def make(*, ci: System = "github", filled: bool = True) -> Job:
        workspace, temp = tmp_path / "repository", tmp_path / "runner"
        create(workspace, ci=ci)
        temp.mkdir()
        if filled:
            dialogues(workspace / "dataset.jsonl")
            for name, change in (("base", None), ("worse", worse), ("outage", outage)):
                answers(workspace / f"{name}.jsonl", change)
        for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all")):
            author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
            subprocess.run(["git", *author, *words], cwd=workspace, check=True)
        return Job(workspace, temp)

    return make


def candidate(name: str) -> str:
    """Overrides that score the recorded answers of one of the three systems, one a line as in a workflow."""
    answers = f"extractor=recorded\nextractor.path={name}.jsonl\nextractor.version=v1\n"
    return f"dataset=file\ndataset.path=dataset.jsonl\n{answers}"


@pytest.fixture
def blessed(starter: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """The same with a baseline committed."""

    def make(*, ci: System = "github") -> Job:
        job = starter(ci=ci)
        monkeypatch.chdir(job.workspace)
        assert main(["run", *candidate("base").split(), "report.formats=[]", "--name", "first"]) == 0
        assert main(["bless", "first", "--reason", "the first one"]) == 0
        return job

    return make
