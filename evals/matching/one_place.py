"""Guards for two texts that are the same but for one place, where no word list need know what stands there.

Most wrong memories are right ones with one thing changed, and every similarity calls them nearly equal. What stands in
the one place decides: other numbers are a wrong value; a negation, a plan against a deed or simply other words are a
question for a judge, because nobody can tell a synonym from a contradiction by its letters.
"""

from __future__ import annotations

import re
from itertools import pairwise

from evals.text.difference import Place, difference, is_chinese
from evals.text.features import Features
from evals.text.modality import modality, modality_mismatch
from evals.text.numerals_zh import chinese_number
from evals.text.polarity import negations
from evals.text.residual import LIGHT
from evals.text.roles import roles
from evals.text.values import value_conflict, values
from evals.text.words import content_words

MOST = 4  # content words on a side: with more, the texts differ in what they say and not in one place
_HAN_NUMERAL = re.compile("[零〇一二两三四五六七八九十百千万]+")
_DIGITS = re.compile(r"[0-9]+")
_JOINED = frozenset(("and", "or", "&", ",", "和", "与", "跟", "及", "或", "、", "by", "被", "由", "with"))
_TOWARDS = frozenset(
    ("from", "to", "for", "than", "over", "before", "after", "从", "到", "给", "比", "向", "往", "把", "在")
)


def place_of(gold: Features, pred: Features) -> Place | None:
    """The one place in which two texts differ; None where they differ in more or share too little around it."""
    if gold.canonical == pred.canonical or is_chinese(*_text(gold)) != is_chinese(*_text(pred)):
        return None
    place = difference(gold.tokens, pred.tokens)
    left, right = _content(place.gold, gold), _content(place.pred, pred)
    around = len(_content(place.before, gold)) + len(_content(place.after, gold))
    if max(len(left), len(right)) > MOST or around < max(1, len(left), len(right)):
        return None
    return place


def other_number(place: Place, gold: Features, pred: Features) -> tuple[str, str] | None:
    """Numbers on both sides of the place, none of which agree."""
    left, right = _written(place.gold, gold), _written(place.pred, pred)
    if _HAN_NUMERAL.fullmatch(left) and _HAN_NUMERAL.fullmatch(right):
        return left, right
    return value_conflict(values(left), values(right))


def negated(place: Place, gold: Features, pred: Features) -> tuple[str, str] | None:
    """A negation or a dislike on one side of the place and none, or two, on the other."""
    left = negations(_written(place.gold, gold), gold.language)
    right = negations(_written(place.pred, pred), pred.language)
    if len(left) % 2 == len(right) % 2:
        return None
    if not (place.gold and place.pred) and {*_content(place.gold, gold), *_content(place.pred, pred)} - {*left, *right}:
        return None  # a clause of its own, which denies nothing of what is shared
    return _shown(place.gold, gold), _shown(place.pred, pred)


def planned_or_done(place: Place, gold: Features, pred: Features) -> tuple[str, str] | None:
    """A plan on one side of the place, a deed on the other."""
    return modality_mismatch(
        modality(f" {_written(place.gold, gold)} ", gold.language),
        modality(f" {_written(place.pred, pred)} ", pred.language),
    )


def turned_round(gold: Features, pred: Features) -> tuple[str, str] | None:
    """The same words in another order: from where to where, what over what, who did it to whom.

    A list may be told in any order.
    """
    if gold.canonical == pred.canonical or len(gold.tokens) != len(pred.tokens):
        return None
    place = difference(gold.tokens, pred.tokens)
    left, right = place.gold, place.pred
    if not left or sorted(left) != sorted(right) or not _JOINED.isdisjoint(left):
        return None
    towards, others = _after(left), _after(right)
    if any(towards[word] != others[word] for word in towards.keys() & others.keys()):
        return _shown(left, gold), _shown(right, pred)
    if len(set(gold.participants)) > 1 and gold.participants != pred.participants:
        return _shown(left, gold), _shown(right, pred)
    return None


def _after(tokens: tuple[str, ...]) -> dict[str, str]:
    """What follows each word that gives a direction."""
    return {word: after for word, after in pairwise(tokens) if word in _TOWARDS}


def replaced(place: Place, gold: Features, pred: Features) -> tuple[str, str] | None:
    """Content words on both sides of the place, none of them the same and none so light that it says nothing."""
    left, right = set(_content(place.gold, gold)) - LIGHT, set(_content(place.pred, pred)) - LIGHT
    if not left or not right or left & right or _one_number(place, gold, pred):
        return None
    return _shown(place.gold, gold), _shown(place.pred, pred)


def _one_number(place: Place, gold: Features, pred: Features) -> bool:
    """六十八 against 68岁: a Han numeral that stood alone is no value yet."""
    left, right = _written(place.gold, gold), _written(place.pred, pred)
    for written, other in ((left, right), (right, left)):
        if _HAN_NUMERAL.fullmatch(written) and (digits := _DIGITS.match(other)):
            return chinese_number(written).low == digits[0]
    return False


def other_subject(place: Place, gold: Features, pred: Features) -> tuple[str, str] | None:
    """Right after the user, a person of theirs put in on one side only: their colleague has it, not they."""
    if _written(place.before, gold) not in ("the", "用户"):
        return None
    left, right = _written(place.gold, gold), _written(place.pred, pred)
    if bool(roles(left, gold.language)) == bool(roles(right, pred.language)):
        return None
    return left or "-", right or "-"


QUESTIONS = (("subject", other_subject), ("negation", negated), ("plan", planned_or_done), ("replaced", replaced))


def _content(tokens: tuple[str, ...], text: Features) -> tuple[str, ...]:
    return content_words(_written(tokens, text), text.language) if tokens else ()


def _written(tokens: tuple[str, ...], text: Features) -> str:
    return ("" if is_chinese(*_text(text)) else " ").join(tokens)


def _shown(tokens: tuple[str, ...], text: Features) -> str:
    return _written(tokens, text) or "-"


def _text(text: Features) -> tuple[str, str]:
    return text.canonical, text.language
