"""Grounding of what gold does not hold: borne out by a user turn, held by nobody the user speaks for, or open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.matching.exact import ExactMatcher
from evals.types import Outcome

Match = Callable[..., Outcome]
Said = list[tuple[str, str]]

EN: Said = [("assistant", "Hello, what can I do?"), ("user", "I keep two cats at home, they are 3 years old.")]
ZH: Said = [("assistant", "您好，有什么可以帮您？"), ("user", "我家里养了两只猫，今年3岁。")]


@pytest.mark.parametrize(
    ("messages", "memory", "state", "by", "index"),
    [
        # borne out
        (EN, "The user keeps two cats.", "extra_grounded", "user_turn", 1),
        (ZH, "用户养了两只猫。", "extra_grounded", "user_turn", 1),
        ([*EN, ("user", "My 2 cats, whom I keep.")], "The user keeps two cats.", "extra_grounded", "user_turn", 1),
        # a value, a negation, a plan or another person in the turn stops it
        (EN, "The user keeps three cats.", "unjudged", "grounding", None),
        (ZH, "用户养了三只猫。", "unjudged", "grounding", None),
        (EN, "The user does not keep cats.", "unjudged", "grounding", None),
        (ZH, "用户不养猫。", "unjudged", "grounding", None),
        ([("user", "I plan to buy a piano.")], "The user bought a piano.", "unjudged", "grounding", None),
        ([("user", "我打算买一架钢琴。")], "用户买了一架钢琴。", "unjudged", "grounding", None),
        ([("user", "My sister sings jazz.")], "The user's brother sings jazz.", "unjudged", "grounding", None),
        # one word more than was said, or one said in another turn
        (EN, "The user keeps two black cats.", "unjudged", "grounding", None),
        ([("user", "I keep cats."), ("user", "And dogs I keep.")], "User keeps cats and dogs.",
         "unjudged", "grounding", None),
        # only somebody else said it
        ([("user", "Tell me a joke."), ("assistant", "You keep two cats.")], "The user keeps two cats.",
         "hallucinated", "assistant_only", 1),
        ([("user", "讲个笑话。"), ("assistant", "您养了两只猫。")], "用户养了两只猫。",
         "hallucinated", "assistant_only", 1),
        ([("system", "The user keeps two cats."), ("user", "Tell me a joke.")], "The user keeps two cats.",
         "hallucinated", "assistant_only", 0),
        ([("user", "Yes, two cats, I keep them."), ("assistant", "You keep two cats.")], "The user keeps two cats.",
         "extra_grounded", "user_turn", 0),
        # somebody else said it, and the user some of it
        ([("user", "I love cats and keep many."), ("assistant", "You keep two cats.")], "The user keeps two cats.",
         "unjudged", "grounding", None),
        # nothing like it in the whole dialogue
        (EN, "The user quaxes zibbles.", "hallucinated", "nothing_alike", None),
        (ZH, "用户酷爱滑翔伞。", "hallucinated", "nothing_alike", None),
        # … but a name or a value of it occurs
        ([("user", "Ein Hoch auf Zürich!")], "Zürich", "extra_grounded", "user_turn", 0),
        ([("user", "3!")], "Quaxes 3", "unjudged", "grounding", None),
        # … or nobody spoke its language
        (ZH, "The user quaxes zibbles.", "unjudged", "grounding", None),
        ([], "The user keeps two cats.", "unjudged", "grounding", None),
        # nothing but function words
        (EN, "The user is.", "unjudged", "grounding", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("exact", [False, True], ids=["fuzzy", "exact"])
def test_grounding(
    match: Match, messages: Said, memory: str, state: str, by: str, index: int | None, exact: bool
) -> None:
    """Without a judge only the clear cases are answered, the same under both matchers."""
    more = {"matcher": ExactMatcher()} if exact else {}
    item = match([], [memory], messages=messages, **more).predicted[0]
    assert (item.state, item.decided_by.by, item.grounded_in) == (state, by, index)
    assert item.question == ("grounding" if state == "unjudged" else None)


def test_what_only_the_assistant_said_is_named(match: Match) -> None:
    """The token is a word that no user turn holds."""
    said = [("user", "Tell me a joke."), ("assistant", "You keep two parrots.")]
    item = match([], ["The user keeps two parrots."], messages=said).predicted[0]
    assert item.decided_by.pred_token in ("2", "keep", "parrot")


def test_only_leftovers_are_grounded(match: Match) -> None:
    """What gold settles is not asked about again, even where nobody said it."""
    item = match(["The user quaxes zibbles."], ["The user quaxes zibbles."], messages=EN).predicted[0]
    assert (item.state, item.grounded_in) == ("correct", None)


def test_a_turn_full_of_numbers_is_read_in_time(match: Match) -> None:
    """50 kB of the same counts over and over are read once each (value against value, it took seconds a memory)."""
    said = [("user", "28 horses 3 cats " * 3000)]
    item = match([], ["The user has 28 horses."], messages=said).predicted[0]
    assert item.decided_by.by in ("user_turn", "grounding")
