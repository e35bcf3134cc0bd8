"""What becomes of whole sets of items: the precedence of states, duplicates, parts, pools, leaks, links, cover."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evals.matching.fuzzy import FuzzyMatcher
from evals.types import Fact, Forbidden, GoldFact, GoldItem, GoldPreference, Outcome, Preference

Match = Callable[..., Outcome]


def preference(text: str | None, kind: str | None = "explicit_preference") -> Preference:
    return Preference(preference=text, preference_type=kind)


def gold_preference(text: str, kind: str = "explicit_preference", **more: object) -> GoldPreference:
    return GoldPreference(gid="e0", preference=text, preference_type=kind, **more)  # type: ignore[arg-type]


def states(outcome: Outcome) -> tuple[list[str], list[str]]:
    return [item.state for item in outcome.gold], [item.state for item in outcome.predicted]


SETS = [
    # what it shows, gold, predictions, states of gold, states of predictions
    ("nothing", [], [], [], []),
    ("found", ["The user keeps two cats."], ["User keeps 2 cats"], ["found"], ["correct"]),
    ("found", ["用户养了两只猫。"], ["用户养了2只猫"], ["found"], ["correct"]),
    (
        "an equal copy is a duplicate, final stop or not",
        ["The user keeps two cats."],
        ["The user keeps two cats.", "The user keeps two cats", "The user keeps two cats."],
        ["found"],
        ["duplicate", "correct", "duplicate"],
    ),
    (
        "a reworded copy is a duplicate",
        ["The user plays badminton every Saturday morning."],
        ["The user plays badminton every Saturday morning.", "User's Saturday mornings are for playing badminton."],
        ["found"],
        ["correct", "duplicate"],
    ),
    (
        "a reworded copy is a duplicate",
        ["用户每周六上午打羽毛球。"],
        ["用户每周六上午打羽毛球。", "用户周六上午都会去打羽毛球。"],
        ["found"],
        ["correct", "duplicate"],
    ),
    (
        "further parts of a partly matched item",
        ["The user is a backend developer in Hangzhou who plays badminton."],
        ["The user is a backend developer.", "The user plays badminton."],
        ["partial"],
        ["partial", "partial"],
    ),
    (
        "further parts of a partly matched item",
        ["用户在杭州做后端开发，周末打羽毛球。"],
        ["用户在杭州做后端开发。", "用户周末打羽毛球。"],
        ["partial"],
        ["partial", "partial"],
    ),
    (
        "the same part again is a duplicate",
        ["The user is a backend developer in Hangzhou who plays badminton."],
        ["The user is a backend developer.", "User: a backend developer"],
        ["partial"],
        ["partial", "duplicate"],
    ),
    (
        "a part beside the whole is a duplicate, although it stands nearer in the alphabet",
        ["The user moves to Leeds in May with two cats."],
        ["The user moves to Leeds.", "In May the user will move to Leeds, with two cats."],
        ["found"],
        ["duplicate", "correct"],
    ),
    (
        "a part beside a wrong value is a part",
        ["The user runs 5 km every morning with the dog."],
        ["The user runs 8 km every morning with the dog.", "The user runs every morning."],
        ["wrong_value"],
        ["value_error", "partial"],
    ),
    (
        "a right memory is not lost to a wrong one that stands nearer",
        ["The user runs 5 km every morning before work."],
        ["The user runs 8 km every morning before work.", "Before work each morning, user goes running for 5 km"],
        ["found"],
        ["value_error", "correct"],
    ),
    (
        "a right memory is not lost to a wrong one that stands nearer",
        ["用户每天早上上班前跑5公里。"],
        ["用户每天早上上班前跑8公里。", "每天早上，用户去上班以前先跑五公里"],
        ["found"],
        ["value_error", "correct"],
    ),
    (
        "and as little from the other side",
        ["The user runs 8 km every morning before work.", "Before work each morning, user goes running for 5 km"],
        ["The user runs 5 km every morning before work."],
        ["missed", "found"],
        ["correct"],
    ),
    (
        "a right memory is not lost to its denial",
        ["The user drinks coffee after lunch."],
        ["The user does not drink coffee after lunch.", "After lunch, user has coffee to drink"],
        ["found"],
        ["unjudged", "correct"],
    ),
    (
        "a wrong value twice is one error and one duplicate",
        ["The user runs 5 km every morning."],
        ["The user runs 8 km every morning.", "The user runs 8 km every morning."],
        ["wrong_value"],
        ["value_error", "duplicate"],
    ),
    (
        "one prediction takes one gold item",
        ["The user is a nurse.", "The user keeps two cats."],
        ["The user is a nurse and keeps two cats."],
        ["missed", "partial"],
        ["partial"],
    ),
    (
        "one prediction takes one gold item",
        ["用户在杭州做后端开发。", "用户周末打羽毛球。"],
        ["用户在杭州做后端开发，周末打羽毛球。"],
        ["partial", "missed"],
        ["partial"],
    ),
    (
        "two gold items alike, one prediction",
        ["The user keeps two cats.", "The user keeps two cats and a parrot."],
        ["The user keeps two cats."],
        ["found", "missed"],
        ["correct"],
    ),
    (
        "nothing in it",
        ["The user keeps two cats."],
        ["", "   ", "😀🎉", "。。", Fact(memory_value=None)],
        ["missed"],
        ["invalid"] * 5,
    ),
    (
        "facts and preferences are two pools",
        [gold_preference("The user prefers short answers.")],
        ["The user prefers short answers."],
        ["missed"],
        ["unjudged"],
    ),
    (
        "across preference types",
        [gold_preference("The user prefers short answers.", "implicit_preference")],
        [preference("The user prefers short answers.", "explicit_preference")],
        ["found"],
        ["correct"],
    ),
    (
        "an unknown preference type",
        [gold_preference("用户喜欢简短的回答。")],
        [preference("用户喜欢简短的回答。", "strong"), preference("用户喜欢简短的回答。", None), preference(None)],
        ["missed"],
        ["invalid", "invalid", "invalid"],
    ),
    ("another language", ["The user keeps two cats."], ["用户养了两只猫。"], ["unjudged"], ["unjudged"]),
    ("another language", ["用户养了两只猫。"], ["The user keeps two cats."], ["unjudged"], ["unjudged"]),
    ("nothing came at all", ["用户养了两只猫。"], [], ["missed"], []),
    ("nothing usable came", ["用户养了两只猫。"], ["!?"], ["missed"], ["invalid"]),
]  # fmt: skip


@pytest.mark.parametrize(("shows", "gold", "predicted", "gold_states", "predicted_states"), SETS)
def test_states(
    match: Match,
    shows: str,
    gold: list[str | GoldItem],
    predicted: list[str | Fact | Preference],
    gold_states: list[str],
    predicted_states: list[str],
) -> None:
    """Every set ends in the states that scoring.md gives it, in either order of either list."""
    assert states(match(gold, predicted)) == (gold_states, predicted_states), shows
    if len({str(item) for item in predicted}) == len(predicted):
        turned = [
            GoldFact(gid=f"f{number}", memory_value=item) if isinstance(item, str) else item
            for number, item in reversed(list(enumerate(gold)))
        ]
        assert states(match(turned, predicted[::-1])) == (gold_states[::-1], predicted_states[::-1]), shows


GOLD = "The user pays 4,500 yuan of rent a month for a flat in Leeds."
AS_FORBIDDEN = (Forbidden(fid="x1", value="The user is allergic to peanuts and cats.", kind="unsupported"),)


@pytest.mark.parametrize(
    ("predicted", "state"),
    [
        (preference("The user is allergic to peanuts and cats.", "strong"), "invalid"),
        ("The user is allergic to peanuts and cats.", "forbidden"),
        (GOLD, "correct"),
        ("The user pays 4,800 yuan of rent a month for a flat in Leeds.", "value_error"),
        ("The user pays rent for a flat in Leeds.", "partial"),
        ("The user sings bass in a choir.", "extra_grounded"),
        ("The user quaxes zibbles.", "hallucinated"),
        ("The user never pays 4,500 yuan of rent a month for a flat in Leeds.", "unjudged"),
    ],
)
def test_every_state_can_be_reached(match: Match, predicted: str | Preference, state: str) -> None:
    """One prediction for each state but `duplicate`, which takes two."""
    said = [("user", "I sing bass in a choir.")]
    outcome = match([GOLD], [predicted], messages=said, forbidden=AS_FORBIDDEN)
    assert outcome.predicted[0].state == state


@pytest.mark.parametrize(
    ("gold", "predicted", "gold_links", "gold_covered", "predicted_links", "predicted_covered"),
    [
        (  # a merge of two: strictly a part of one, together all of it
            ["The user is a nurse.", "The user keeps two cats."],
            ["The user is a nurse and keeps two cats."],
            [(0,), (0,)], [True, True], [("f0", "f1")], [True],
        ),
        (["用户在杭州做后端开发。", "用户周末打羽毛球。"], ["用户在杭州做后端开发，周末打羽毛球。"],
         [(0,), (0,)], [True, True], [("f0", "f1")], [True]),
        (  # a split in two
            ["The user is a nurse and keeps two cats."],
            ["The user is a nurse.", "The user keeps two cats."],
            [(0, 1)], [True], [("f0",), ("f0",)], [True, True],
        ),
        (["用户在杭州做后端开发，周末打羽毛球。"], ["用户在杭州做后端开发。", "用户周末打羽毛球。"],
         [(0, 1)], [True], [("f0",), ("f0",)], [True, True]),
        (["The user keeps two cats and a dog."], ["The user keeps two cats."], [(0,)], [False], [("f0",)], [True]),
        # what contradicts is about the same thing, yet covers nothing, neither alone nor twice
        (["The user runs 5 km a day."], ["The user runs 8 km a day."] * 2, [()], [False], [(), ()], [False, False]),
        (["The user drinks coffee."], ["The user does not drink coffee."], [()], [False], [()], [False]),
        (["用户喝咖啡。"], ["用户不喝咖啡。"], [()], [False], [()], [False]),
        (["The user's sister is a pilot."], ["The user's brother is a pilot."], [()], [False], [()], [False]),
        # what is added to a gold item that is found is not covered by it
        (["The user plays the cello."], ["The user plays the cello.", "The user plays the cello and owns a yacht."],
         [(0, 1)], [True], [("f0",), ("f0",)], [True, False]),
    ],
)  # fmt: skip
def test_links_and_cover(
    match: Match,
    gold: list[str],
    predicted: list[str],
    gold_links: list[tuple[int, ...]],
    gold_covered: list[bool],
    predicted_links: list[tuple[str, ...]],
    predicted_covered: list[bool],
) -> None:
    """Many to many: who is about whom, and whether the others together say all of it."""
    outcome = match(gold, predicted)
    assert [item.links for item in outcome.gold] == gold_links
    assert [item.covered for item in outcome.gold] == gold_covered
    assert [item.links for item in outcome.predicted] == predicted_links
    assert [item.covered for item in outcome.predicted] == predicted_covered


@pytest.mark.parametrize(
    ("gold", "predicted", "leak"),
    [
        (gold_preference("The user prefers short answers."), "The user prefers short answers.", True),
        ("用户喜欢简短的回答。", preference("用户喜欢简短的回答。"), True),
        ("The user prefers short answers.", preference("The user collects stamps."), False),
        ("The user prefers short answers.", preference("The user prefers short answers.", "strong"), False),
        (  # by the wording that is near, not by the main one
            GoldFact(gid="f0", memory_value="The user keeps two cats.", variants=("用户养了两只猫。",)),
            preference("用户养了两只猫。"),
            True,
        ),
    ],
)
def test_list_leaks(match: Match, gold: str | GoldItem, predicted: str | Preference, leak: bool) -> None:
    """What came out whole in the other list is flagged on both sides and earns nothing."""
    outcome = match([gold], [predicted])
    assert (outcome.gold[0].list_leak, outcome.predicted[0].list_leak) == (leak, leak)
    assert outcome.gold[0].state == "missed"
    assert outcome.predicted[0].state not in ("correct", "partial")


def test_another_language_is_flagged_on_both_sides(match: Match) -> None:
    """It is a question whether it matches, whatever the dialogue says."""
    said = [("user", "我养了两只猫。")]
    outcome = match(["The user keeps two cats.", "The user is a nurse."], ["用户养了两只猫。"], messages=said)
    assert all(item.cross_lingual and item.state == "unjudged" for item in outcome.gold)
    assert outcome.predicted[0].cross_lingual
    assert outcome.predicted[0].question == "match"
    assert outcome.predicted[0].partner is None


def test_a_variant_in_the_other_language_bridges(match: Match) -> None:
    """Languages are those of the value and its variants."""
    gold = GoldFact(gid="f0", memory_value="The user keeps two cats.", variants=("用户养了两只猫。",))
    assert states(match([gold], ["用户养了两只猫。"])) == (["found"], ["correct"])


@pytest.mark.parametrize(
    ("polarity", "predicted", "agrees"),
    [
        ("like", "The user likes strong tea.", True),
        ("like", "The user dislikes strong tea.", False),
        ("avoid", "The user dislikes strong tea.", True),
        ("like", "The user: strong tea", None),
        (None, "The user likes strong tea.", None),
    ],
)
def test_polarity_agreement(match: Match, polarity: str | None, predicted: str, agrees: bool | None) -> None:
    """The attitude of an aligned preference is held against the annotated one, where both are known."""
    gold = gold_preference("The user likes strong tea.", polarity=polarity)
    assert match([gold], [preference(predicted)]).predicted[0].polarity_agrees is agrees


@pytest.mark.parametrize("scorer", ["token_set_ratio", "token_sort_ratio", "ratio", "WRatio"])
@pytest.mark.parametrize(
    ("gold", "predicted", "state"),
    [
        ("The user keeps two cats.", "The user's car needs new tyres.", "missed"),
        ("用户养了两只猫。", "用户的车需要换轮胎。", "missed"),
        ("The user plays chess every Sunday.", "Every Sunday the user plays chess", "found"),
        ("用户每周日下象棋。", "用户每周日都下象棋", "found"),
    ],
)
def test_other_scorers_have_floors_of_their_own(
    match: Match, scorer: str, gold: str, predicted: str, state: str
) -> None:
    """Boilerplate alone is no match under any scorer, although rapidfuzz gives it 60 of 100."""
    found = match([gold], [predicted], matcher=FuzzyMatcher(align_scorer=scorer)).gold[0].state
    assert found == state if state == "found" else found in ("missed", "unjudged")


def test_matching_again_changes_nothing(match: Match) -> None:
    """Matching the same dialogue twice with one matcher gives the same outcome."""
    gold, predicted = ["The user keeps two cats.", "用户在杭州。"], ["User has 2 cats", "用户住在杭州", "x"]
    assert match(gold, predicted) == match(gold, predicted)
