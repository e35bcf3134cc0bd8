"""The table of a sweep: sets apart, best first in each, the vendor's own yardsticks last."""

from __future__ import annotations

from evals.report.terminal import table
from evals.types import Run, Score


def run(name: str, dataset: str, recall: float) -> Run:
    score = Score(metric="recall", slice="all", value=recall, low=recall - 0.1, high=recall + 0.1, n=10)
    return Run(
        format=1,
        name=name,
        status="complete",
        signature="",
        created="",
        command="",
        config={},
        environment={},
        dataset={"name": dataset},
        counts={},
        identity={},
        matching={},
        latency={},
        scores=(score,),
    )


def test_sets_stand_apart_and_each_is_ranked_by_itself() -> None:
    """A recall on one set says nothing beside a recall on another."""
    lines = table([run("a", "locomo", 0.9), run("b", "golden", 0.2), run("c", "golden", 0.4)]).splitlines()
    assert [line.split()[0] if line else "" for line in lines] == ["run", "c", "b", "", "locomo,", "a"]
    assert lines[4] == "locomo, a set MemOS measures itself on:"


def test_one_set_needs_no_headings() -> None:
    """As it always was."""
    lines = table([run("b", "halumem", 0.2), run("c", "halumem", 0.4)]).splitlines()
    assert [line.split()[0] for line in lines] == ["run", "c", "b"]
