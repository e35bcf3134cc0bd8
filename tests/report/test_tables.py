"""Tables say what the scores say, and why where they say nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.report.content import headline, warnings
from evals.report.tables import Scores, above_floor, best_floor, kind_table, metric_tables, worst_labels
from evals.report.wording import bounds, interval, number, slice_title
from evals.results import Run, Score


def _score(metric: str, slice: str = "all", value: float | None = 0.5, **more: object) -> Score:
    return Score(metric=metric, slice=slice, value=value, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "metric", "signed", "text"),
    [
        (None, "f1", False, "–"),
        (0.8125, "f1", False, "0.812"),
        (-0.05, "f1", True, "−0.050"),
        (0.05, "f1", True, "+0.050"),
        (3, "forbidden_count", False, "3"),
        (2.5, "memories_per_dialogue", False, "2.50"),
    ],
)
def test_numbers_have_the_digits_their_metric_deserves(
    value: float | None, metric: str, signed: bool, text: str
) -> None:
    """Rates have three digits, counts none, averages two; undefined is a dash."""
    assert number(value, metric, signed=signed) == text


def test_bounds_are_silent_when_nothing_is_open() -> None:
    """Bounds are printed only where unjudged items could change a digit."""
    assert bounds(_score("f1", bound_low=0.5, bound_high=0.5)) == ""
    assert bounds(_score("f1", bound_low=0.4, bound_high=0.6)) == "0.400 to 0.600"
    assert interval(_score("f1", value=None, low=0.1, high=0.2)) == ""


def test_slice_titles_are_words() -> None:
    """Joined slices read as words; a label may hold a comma."""
    assert slice_title("kind=fact,language=zh") == "facts · zh"
    assert slice_title("label=work, remote") == "work, remote"


def test_partial_gold_changes_the_headline() -> None:
    """Where precision is undefined, recall stands beside what would betray inventions, and says why."""
    note = "needs complete gold"
    scores = (
        _score("precision", value=None, note=note),
        _score("recall", value=0.7, n=10),
        _score("f1", value=None, note=note),
        _score("unsupported_rate", value=0.1),
        _score("memories_per_dialogue", value=4.0),
        _score("recall", "kind=fact", value=0.7),
        _score("precision", "kind=explicit_preference", value=0.9),
    )
    table = kind_table(Scores(scores))
    assert [column.title for column in table.columns] == [
        "Kind",
        "Recall",
        "Unsupported rate",
        "Memories per dialogue",
        "Gold",
        "Dialogues",
    ]
    (other,) = metric_tables(Scores(scores), about={})
    assert [row[0] for row in other.rows] == ["Precision", "F1"]
    assert other.notes == (note,)


def test_every_metric_is_in_some_table() -> None:
    """A metric no group knows still shows, under "Other metrics"."""
    tables = metric_tables(Scores((_score("duplicate_rate"), _score("brand_new"))), about={"brand_new": "New."})
    assert {row[0]: table.title for table in tables for row in table.rows} == {
        "Duplicate rate": "What went wrong",
        "Brand new": "Other metrics",
    }


def test_gold_repeated_is_no_floor(made_up) -> None:  # type: ignore[no-untyped-def]
    """What says gold ten times over knows everything: its recall of 1 is no floor."""
    perfect = Score(metric="recall", slice="all", value=1.0, n=10)
    run = replace(made_up.run, controls={"control_duplicated": (perfect,)})
    assert best_floor(run, "recall") is None


def test_the_best_floor_is_never_the_ceiling(made_up) -> None:  # type: ignore[no-untyped-def]
    """The strongest control that knows nothing is named; oracle is not one."""
    found = best_floor(made_up.run, "f1")
    assert found is not None
    assert (found[0], found[1].value) == ("echo", 0.26)


@pytest.mark.parametrize(
    ("low", "high", "better", "words"),
    [
        (0.1, 0.3, True, "above the floor"),
        (-0.1, 0.3, True, "not shown to be above the floor"),
        (-0.3, -0.1, True, "below the floor"),
        (-0.3, -0.1, False, "above the floor"),
        (0.1, 0.3, False, "below the floor"),
    ],
)
def test_skill_respects_direction(low: float, high: float, better: bool, words: str) -> None:
    """A lower hallucination rate than the control's is above the floor."""
    assert above_floor(_score("m", low=low, high=high, higher_is_better=better)) == words


def test_worst_labels_come_first() -> None:
    """Labels are sorted by value, undefined ones left out."""
    labels = (("a", 0.9), ("b", 0.1), ("c", None))
    scores = [_score("precision"), *(_score("f1", f"label={name}", value) for name, value in labels)]
    assert [score.slice for score in worst_labels(Scores(scores))] == ["label=b", "label=a"]


def test_warnings_name_small_slices_and_losses(made_up) -> None:  # type: ignore[no-untyped-def]
    """Each limit is one sentence; a small sample overall is not repeated for its slices."""
    run: Run = made_up.run
    assert [warning.split(" ")[0] for warning in warnings(run)] == ["Small", "Some", "Recall", "12.5%", "The"]
    only_zh = tuple(replace(s, note=s.note if s.slice == "language=zh" else None) for s in run.scores)
    assert warnings(replace(run, scores=only_zh))[0].startswith("Small sample (zh):")


def test_a_run_without_scores_has_no_headline(made_up) -> None:  # type: ignore[no-untyped-def]
    """Nothing is made up for a run that stopped before scoring."""
    assert headline(replace(made_up.run, scores=())) == ()
