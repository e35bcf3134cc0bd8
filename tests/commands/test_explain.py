"""`evals explain`: in words, what became of an item and on which two tokens it was settled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def explained(cli: Callable[..., Any], dataset: Callable[..., Path], tmp_path: Path) -> Callable[..., Any]:
    """`evals explain` over a recorded run `a` of one dialogue: one item found, one with a wrong number, one missed."""
    talk = [{"role": "user", "content": "I live in Paris, I run 5 km a day and I am allergic to nuts."}]
    texts = ("The user lives in Paris.", "The user runs 5 km a day.", "The user is allergic to nuts.")
    path = dataset({"id": "d/1", "messages": talk, "gold_facts": [{"memory_value": text} for text in texts]})
    answers = [{"memory_value": "The user lives in Paris."}, {"memory_value": "The user runs 8 km a day."}]
    answer = dataset({"id": "d/1", "memory_detail_list": answers}, name="answers.jsonl")
    words = ("run", "dataset=file", f"dataset.path={path}", "extractor=recorded", f"extractor.path={answer}")
    assert cli(*words, "report.formats=[]", "--out", tmp_path / "runs", "--name", "a").code == 0
    return lambda *given: cli("explain", *given, "--out", tmp_path / "runs")


def test_a_whole_dialogue(explained: Callable[..., Any]) -> None:
    """Every gold item and every prediction, each with its state."""
    done = explained("a", "d/1")
    assert (done.code, done.err) == (0, "")
    heads = [line for line in done.out.splitlines() if not line.startswith(" ")]
    assert heads == [
        "gold f1 (fact): The user lives in Paris.",
        "gold f2 (fact): The user runs 5 km a day.",
        "gold f3 (fact): The user is allergic to nuts.",
        "predicted #0 (fact): The user lives in Paris.",
        "predicted #1 (fact): The user runs 8 km a day.",
    ]
    assert "  missed: " in done.out


def test_one_item_names_the_two_tokens(explained: Callable[..., Any]) -> None:
    """The wrong number: what it is held against, and both values."""
    done = explained("a", "d/1", "f2")
    assert "aligned with #1" in done.out
    assert "wrong_value: " in done.out
    decision = done.out.splitlines()[-1]
    assert "5" in decision
    assert "8" in decision
    assert "value_error: " in explained("a", "d/1", "#1").out


def test_two_texts_without_a_run(explained: Callable[..., Any]) -> None:
    """How each is read, how similar they are, and the verdict."""
    done = explained("--gold", "The user runs 5 km.", "--pred", "The user runs 8 km.")
    assert done.code == 0
    assert done.out.splitlines()[0] == "gold       The user runs 5 km."
    assert "similarity 0." in done.out
    assert "  value_error: " in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gold", "x"), "--gold and --pred belong together"),
        (("--pred", "x"), "--gold and --pred belong together"),
        (("a",), "give RUN and ID, or --gold and --pred"),
        ((), "give RUN and ID, or --gold and --pred"),
        (("aa", "d/1"), "no run 'aa'; did you mean a?"),
        (("a", "d/2"), "no dialogue 'd/2' in this run"),
        (("a", "d/1", "f9"), "no item 'f9'; there are f1, f2, f3, '#0', '#1'"),
    ],
)
def test_mistakes(words: tuple[str, ...], said: str, explained: Callable[..., Any]) -> None:
    """One line that says what there is."""
    done = explained(*words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert said in done.err
