"""Names in Chinese texts that jieba's tagger adds to those of the rules, and what must not become one."""

from __future__ import annotations

import pytest

from evals.matching.fuzzy import FuzzyMatcher, describe
from evals.text.entities import entities
from evals.text.tagged_names import tagged_names
from evals.types import Extraction, Fact, Gold, GoldFact


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("用户在屯溪长大。", {"屯溪"}),
        ("用户把车停在临朐。", {"临朐"}),
        ("程知夏送了用户一盆花。", {"程知夏"}),
        ("用户住在广州。", set()),  # the rules know it already
        ("用户对海鲜和西瓜过敏。", set()),
        ("用户周末跑马拉松，养孔雀鱼。", set()),
        ("用户的老公喜欢大麦茶。", set()),
        ("The user lives in Tunxi.", set()),
    ],
)
def test_what_it_adds(text: str, names: set[str]) -> None:
    """Places and persons the rules have no list for; common words its dictionary calls places stay out."""
    language = "en" if text.isascii() else "zh"
    assert tagged_names(text, language) - entities(text, language) == names


def _state(gold: str, predicted: str, names: str) -> str:
    matcher = FuzzyMatcher(names=names)
    facts = Extraction(facts=(Fact(memory_value=predicted),))
    item = matcher.match(Gold(items=(GoldFact(gid="f", memory_value=gold),)), facts, ()).predicted[0]
    return f"{item.state}/{item.decided_by.by}"


def test_a_name_no_list_holds_is_a_wrong_value() -> None:
    """Where all else agrees two places exclude each other; the rules alone can only ask."""
    pair = ("用户的外婆家在屯溪，每年暑假都去。", "用户的外婆家在临朐，每年暑假都去。")
    assert _state(*pair, "rules") == "unjudged/replaced"
    assert _state(*pair, "jieba") == "value_error/entity"


def test_it_is_in_the_signature_where_it_is_chosen() -> None:
    """The tagger and its version; nothing where the rules alone are."""
    assert describe(FuzzyMatcher(names="jieba"))["names"] == "jieba 0.42.1"
    assert "names" not in describe(FuzzyMatcher())
