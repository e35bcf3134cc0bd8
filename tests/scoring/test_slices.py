"""Names and order of slices."""

from __future__ import annotations

import random
from types import SimpleNamespace

from evals.scoring.board import ScoreBoard
from evals.scoring.slices import row_of, slices_of


def test_a_dialogue_belongs_to_these_slices_in_this_order(make: SimpleNamespace) -> None:
    """The whole list, as it stands in run.json."""
    board = ScoreBoard()
    board.add(make.dialogue(language="zh", split="test", labels=("noise", "a,b", "noise")))
    assert list(dict.fromkeys(score.slice for score in board.scores())) == [
        "all",
        "kind=fact",
        "kind=explicit_preference",
        "kind=implicit_preference",
        "language=zh",
        "split=test",
        "label=a,b",
        "label=noise",
        "kind=fact,language=zh",
        "kind=explicit_preference,language=zh",
        "kind=implicit_preference,language=zh",
        "kind=fact,split=test",
        "kind=explicit_preference,split=test",
        "kind=implicit_preference,split=test",
        "language=zh,split=test",
    ]


def test_order_of_slices_does_not_depend_on_the_stream(make: SimpleNamespace) -> None:
    """Shuffled dialogues give the same scores in the same order."""
    outcomes = [
        make.dialogue(id=f"{language}{split}", language=language, split=split, labels=(language,))
        for language in ("zh", "en", "mixed")
        for split in ("test", "dev")
    ]
    straight, shuffled = ScoreBoard(), ScoreBoard()
    for outcome in outcomes:
        straight.add(outcome)
    for outcome in random.Random(1).sample(outcomes, len(outcomes)):
        shuffled.add(outcome)
    assert straight.scores() == shuffled.scores()


def test_a_repeated_label_counts_the_dialogue_once(make: SimpleNamespace) -> None:
    """Labels are a set."""
    found = make.scores(make.dialogue(labels=("noise", "noise")))
    assert found["error_rate", "label=noise"].n == 1


def test_row_of_a_slice_is_its_kind(make: SimpleNamespace) -> None:
    """A label that looks like a kind is still a pooled slice."""
    outcome = make.dialogue(labels=("x,kind=fact",))
    assert {name: row_of(name) for row, names in slices_of(outcome) for name in names} == {
        name: row for row, names in slices_of(outcome) for name in names
    }


def test_odd_languages_and_labels_come_last_and_do_no_harm(make: SimpleNamespace) -> None:
    """A comma in a language is shown as it stands."""
    found = make.scores(make.dialogue(language="en,zh", labels=("",)))
    assert found["error_rate", "language=en,zh"].n == found["error_rate", "label="].n == 1
    assert found["memories_per_dialogue", "kind=fact,language=en,zh"].n == 1
