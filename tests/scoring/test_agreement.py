"""How matched pairs agree in type, tags and key."""

from __future__ import annotations

import pytest

from evals.scoring.agreement import key_similarity, tag_overlap


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (("Travel", "food"), ("ｔｒａｖｅｌ ", "sport"), (1, 2, 2)),  # width, case and spaces do not matter
        (("programming",), ("programing",), (1, 1, 1)),  # ratio 95
        (("cat",), ("cats",), (0, 1, 1)),  # ratio 86
        (("programming",), ("programing", "programmin"), (1, 1, 2)),  # one-to-one
        (("a",), ("a", "A", "a"), (1, 1, 1)),  # each tag once
        ((), ("a",), (0, 0, 1)),
        ((), (), (0, 0, 0)),
        (("", " "), ("",), (0, 0, 0)),  # an empty tag is none
        (("旅行",), ("旅行",), (1, 1, 1)),
    ],
)
def test_tags_match_equal_first_then_alike(
    gold: tuple[str, ...], predicted: tuple[str, ...], expected: tuple[int, int, int]
) -> None:
    """(common, gold, predicted) tags, whatever their order."""
    assert tag_overlap(gold, predicted) == expected
    assert tag_overlap(gold[::-1], predicted[::-1]) == expected


def test_equal_tags_are_matched_before_alike_ones() -> None:
    """An equal partner is never taken by one that is merely alike."""
    assert tag_overlap(("programming", "programing"), ("programing", "programming")) == (2, 2, 2)


def test_key_similarity_is_a_ratio_of_canonical_keys() -> None:
    """Case and spaces do not matter; an absent key is unlike any, even another absent one."""
    assert key_similarity("Trip to  Rome", "trip to rome") == 1
    assert key_similarity("abcd", "abce") == pytest.approx(0.75)
    assert key_similarity("", "") == key_similarity("a", "") == 0
