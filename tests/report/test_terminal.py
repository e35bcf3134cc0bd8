"""What a run prints fits a terminal and says where to look; a sweep's table keeps sets apart, best first in each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evals.report.look import look_next
from evals.report.tally import tally
from evals.report.terminal import summary, table
from evals.results import Run, Score


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


def test_the_block_fits_eighty_columns(made_up: Any) -> None:
    """Whatever the values and names of slices: all lines but the signature."""
    extreme = tuple(replace(score, value=1.0, low=0.123, high=1.0) for score in made_up.run.scores if score.value)
    extreme += (replace(extreme[0], slice="language=a-language-of-a-very-long-name-indeed"),)
    counted = tally(made_up.outcomes)
    for each in (made_up.run, replace(made_up.run, scores=extreme)):
        text = summary(each, look=look_next(each, counted, explain="evals explain golden-cloud-3fa92c11"))
        wide = [line for line in text.splitlines() if len(line) > 80]
        assert [line.split()[0] for line in wide] == ["signature"]


def test_three_things_to_look_at(made_up: Any, many: Any) -> None:
    """The slice that is worst even at its best, the commonest failure, and a command for the worst dialogues."""
    made = many(400)
    lines = look_next(made.run, tally(made.outcomes), explain="evals explain a")
    assert lines[0].startswith("weakest: ")
    assert lines[0].endswith(" overall")
    assert lines[1].startswith("commonest failure: ○ missed, ")
    commands = [line.partition("  ") for line in lines[2:]]
    assert [command for command, _, _ in commands] == [f"evals explain a golden/00{n}" for n in ("001", "009", "017")]
    assert {why for _, _, why in commands} == {"(1 forbidden, 1 hallucinated, 1 missed)"}


def test_the_weakest_slice_is_no_accident(made_up: Any) -> None:
    """A slice of few dialogues never stands there, however low; a wide interval excuses."""
    size = {"dialogues": 40, "clusters": 40, "n": 40}
    scores = (
        Score(metric="precision", slice="all", value=0.5, **size),
        Score(metric="f1", slice="all", value=0.5, low=0.4, high=0.6, **size),
        Score(metric="f1", slice="label=few", value=0.0, low=0.0, high=0.1, n=3, dialogues=3),
        Score(metric="f1", slice="label=wide", value=0.1, low=0.0, high=0.9, **size),
        Score(metric="f1", slice="label=a, b", value=0.3, low=0.2, high=0.4, **size),
        Score(metric="f1", slice="kind=fact,language=en", value=0.0, low=0.0, high=0.0, **size),
    )
    (line, *_) = look_next(replace(made_up.run, scores=scores), tally(made_up.outcomes), explain="")
    assert line == "weakest: a, b, F1 0.300 [0.200, 0.400] against 0.500 overall"


def test_where_nothing_failed_there_is_nothing_to_look_at(made_up: Any) -> None:
    """No line is made up."""
    assert look_next(replace(made_up.run, scores=()), tally(()), explain="") == ()


@pytest.mark.parametrize("id", ["a b", "$(touch x)", "it's", "\u202ex"])
def test_a_command_can_be_pasted(made_up: Any, id: str) -> None:
    """Ids of others are quoted for the shell."""
    import shlex

    outcome = replace(made_up.outcomes[1], id=id)
    line = look_next(made_up.run, tally((outcome,)), explain="evals explain a")[-1]
    assert shlex.split(line.partition("  (")[0])[:3] == ["evals", "explain", "a"]
    assert len(shlex.split(line.partition("  (")[0])) == 4
