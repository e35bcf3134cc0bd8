"""What a run came to: nothing is guessed, nothing unknown is nought, and money stands beside its n."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evals.report.comparison import Sides
from evals.report.content import content
from evals.report.cost import compared_costs, cost_facts, cost_lines, cost_table
from evals.report.tally import tally
from evals.scoring.costs import extraction_cost, judging_cost, memories_found


def rows(run: Any) -> dict[str, tuple[Any, ...]]:
    return {str(name): cells for name, *cells in cost_table(run).rows for cells in [tuple(cells)]}


def with_calls(run: Any, **calls: Any) -> Any:
    return replace(run, system={"calls": {**run.system["calls"], **calls}})


def test_the_whole_table(made_up: Any) -> None:
    """2,400 tokens at 2 and 300 at 8 the million are 0.0072; the judge has no price and says so."""
    assert rows(made_up.run) == {
        "Calls": (8, 3),
        "Tries": (9, None),
        "Tokens in": (2400, 900),
        "Tokens out": (300, 30),
        "Money": ("0.00720", "no price given"),
        "Money for 1,000 dialogues": ("0.900", "no price given"),
        "n, dialogues asked": (8, 8),
        "Money for a right memory": ("0.00103", "no price given"),
        "n, gold memories found": (7, 7),
    }


def test_lines_of_a_terminal(made_up: Any) -> None:
    """They fit 80 columns; money that is not known takes one line and is never 0."""
    lines = cost_lines(made_up.run)
    assert lines[0] == "cost       8 calls, 2,400 + 300 tokens: 0.00720"
    assert lines[1] == "           0.900 for 1,000 dialogues (n = 8)"
    assert lines[-1] == "judging    3 calls, 900 + 30 tokens: no price given"
    assert max(map(len, lines)) <= 80


def test_what_nobody_counted_is_not_nought(made_up: Any) -> None:
    """A service that counts no tokens has no money, whatever the price; one without a trace has no row at all."""
    blind = with_calls(made_up.run, usage={})
    assert rows(blind)["Money"] == ("no tokens counted", "no price given")
    assert cost_facts(blind)["extraction_cost"] is None
    silent = replace(made_up.run, system=None, judging=None)
    assert cost_table(silent).rows == ()
    assert cost_lines(silent) == ()
    section = next(
        each
        for each in content(silent, tally(made_up.outcomes), lambda _: None, figures=()).sections
        if each.anchor == "latency"
    )
    assert "no calls that leave a trace" in section.about


def test_a_model_of_ones_own_costs_nothing(made_up: Any) -> None:
    """A price of 0 is a price."""
    free = replace(made_up.run, config={**made_up.run.config, "prices": {"cloud": {"input": 0, "output": 0}}})
    assert rows(free)["Money"] == ("0.00", "no price given")


def test_repeats_and_answers_taken_over(made_up: Any) -> None:
    """Money for 1,000 dialogues is for one answer each, and an answer that was not paid for is not divided by."""
    twice = replace(
        with_calls(made_up.run, cached=4), counts={"dialogues": 8, "predictions": 16, "failed": 0}, judging=None
    )
    cost = extraction_cost(twice)
    assert cost is not None
    assert cost.answers == 12
    assert cost.for_dialogues(12) == pytest.approx(cost.money)
    found = memories_found(twice)
    assert found
    assert cost_facts(twice)["extraction_cost_per_memory"] == pytest.approx(0.0072 / 12 * 8 / found)
    assert judging_cost(twice) is None


def test_no_memory_found_has_no_money(made_up: Any) -> None:
    """Money for a right memory where there is none is a dash, not infinity."""
    scores = tuple(replace(score, value=0.0) if score.metric == "recall" else score for score in made_up.run.scores)
    assert rows(replace(made_up.run, scores=scores))["Money for a right memory"] == ("–", "–")


def test_both_sides_of_a_comparison(made_up: Any) -> None:
    """One column a run; what one side lacks is a dash."""
    other = replace(made_up.run, judging=None)
    sides = Sides(base=made_up.run, candidate=other, base_label="a", candidate_label="b")
    table = compared_costs((sides.base, sides.candidate), (sides.base_label, sides.candidate_label))
    assert [column.title for column in table.columns] == ["", "a", "b"]
    assert ("Extraction: money", "0.00720", "0.00720") in table.rows
    assert ("Judging: money", "no price given", "–") in table.rows
