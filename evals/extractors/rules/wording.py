"""What was found, worded as the API's facts and preferences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evals.extractors.rules import chinese_wording, english_wording
from evals.extractors.rules.foreign import holds_secret
from evals.extractors.rules.instruction_wording import chinese_wish, english_wish
from evals.extractors.rules.labels import tags_for, title_for
from evals.extractors.rules.rule import Found
from evals.types import Fact, Preference

_LONGEST = 400  # characters of a memory; longer ones are a rule gone astray
_QUOTE = 200  # characters of the user's words in a reasoning
_LEAST_WORDS = 4
_POINTS_AWAY = re.compile(
    r"^(?:\S+ ){0,7}(?:it|that|them|those|one|so)(?: \S+){0,2}\.$|^(?:\S+ ){0,7}(?:this|these|there)\.$"
    r"|^The user \S+(?: \S+)? (?:it|them) ",
    re.I,
)
_ABOUT_ONESELF = re.compile(r"\b(?:I|we|my|our)\b", re.I)
_NOT_COUNTED = re.compile(r"[\W_]+")
_ENGLISH_NOUN = re.compile(
    r"\bmy (?:(?:[\w-]+) )?(?P<noun>wife|husband|fianc[eé]e?|girlfriend|boyfriend|son|daughter"
    r"|granddaughter|grandson|twins|kids"
    r"|children|toddler|baby|grandchildren|nephew|niece|\w+-in-law|cats?|dogs?|puppy|kitten|rabbit"
    r"|hamster|parrot|horse|golden retriever)\b",
    re.I,
)
_CHINESE_NOUN = re.compile(r"老公|老婆|丈夫|妻子|太太|儿子|女儿|闺女|男朋友|女朋友|双胞胎|孙子|孙女|猫咪|狗狗|猫|狗")
_PLACE = re.compile(r"\bhere in ([A-Z][\w-]+(?: [A-Z][\w-]+)?)")


def facts(found: Sequence[Found], *, language: str) -> tuple[Fact, ...]:
    """Facts in the order they were said, none twice, and no bare mention of somebody who stands in another."""
    told = [(item, _statement(item)) for item in found if not item.rule.is_preference and item.rule.form != "mention"]
    told += [(item, _mention(item)) for item in found if item.rule.form == "mention" and not _known(item, found)]
    kept = _distinct([(item, text) for item, text in told if _tellable(text)])
    return tuple(
        Fact(
            memory_key=item.rule.key or title_for(item.rule.tags, text, language=language),
            memory_value=text,
            memory_type=item.rule.memory_type,
            tags=tags_for(item.rule.tags, text, language=language),
        )
        for item, text in kept
    )


def preferences(found: Sequence[Found]) -> tuple[Preference, ...]:
    """Explicit preferences in the order they were said, none twice, each with the words it rests on."""
    told = [(item, _wish(item)) for item in found if item.rule.is_preference]
    return tuple(
        Preference(preference=text, reasoning=_reasoning(item), preference_type="explicit_preference")
        for item, text in _distinct([(item, text) for item, text in told if _tellable(text)])
    )


def _statement(item: Found) -> str:
    texts = tuple(clause.text for clause in item.clauses)
    if item.first.language == "zh":
        return chinese_wording.about_the_user(texts)
    return english_wording.about_the_user(joined(item))


def joined(item: Found) -> str:
    """The clauses of an English entry with the words that tied them."""
    text = item.first.text
    for clause in item.clauses[1:]:
        tie = clause.joint if clause.joint.isalpha() or " " in clause.joint else ""
        if not tie and re.match(r"(?:I|we|my)\b", clause.text) and _ABOUT_ONESELF.search(text):
            tie = "and"
        text += f", {tie} {clause.text}" if tie else f", {clause.text}"
    return text


def _wish(item: Found) -> str:
    texts = tuple(clause.text for clause in item.clauses)
    if item.rule.form == "instruction":
        return chinese_wish("，".join(texts)) if item.first.language == "zh" else english_wish(joined(item))
    return _statement(item)


def _mention(item: Found) -> str:
    text = item.first.text
    if item.first.language == "zh":
        noun = _CHINESE_NOUN.search(text)
        return f"用户有{noun.group()}。" if noun else ""
    if place := _PLACE.search(text):
        return f"The user lives in {place[1]}."
    noun = _ENGLISH_NOUN.search(text)
    if noun is None:
        return "The user has a cat." if "cat" in text else "The user has a dog."
    plural = noun["noun"].lower() in ("twins", "kids", "children", "grandchildren", "cats", "dogs")
    return f"The user has {'' if plural else 'a '}{noun['noun'].lower()}."


def _known(item: Found, found: Sequence[Found]) -> bool:
    """Whether another entry already speaks of the person or animal that is only mentioned here."""
    pattern = _CHINESE_NOUN if item.first.language == "zh" else _ENGLISH_NOUN
    noun = pattern.search(item.first.text)
    if noun is None:
        return False
    word = noun.group() if item.first.language == "zh" else noun["noun"].lower()
    others = (other for other in found if other is not item and other.rule.form != "mention")
    return any(word in clause.text.lower() for other in others for clause in other.clauses)


def _reasoning(item: Found) -> str:
    said = joined(item) if item.first.language == "en" else "，".join(clause.text for clause in item.clauses)
    said = said if len(said) <= _QUOTE else said[:_QUOTE] + "…"
    return f"用户说：“{said}”" if item.first.language == "zh" else f'The user said: "{said}"'


def _tellable(text: str) -> bool:
    bare = _NOT_COUNTED.sub("", text)
    least = 5 if any("\u4e00" <= char <= "\u9fff" for char in text) else 10
    if len(bare) < least or len(text) > _LONGEST or holds_secret(text) or _POINTS_AWAY.search(text):
        return False
    return text.count(" ") >= _LEAST_WORDS - 1 or least == 5


def _distinct(told: list[tuple[Found, str]]) -> list[tuple[Found, str]]:
    """Without entries that say no more than another one does."""
    words = [frozenset(re.findall(r"[a-z0-9']+|[\u4e00-\u9fff]", text.lower())) for _, text in told]
    kept: list[tuple[Found, str]] = []
    for place, item in enumerate(told):
        held = any(
            words[place] <= other and (words[place] != other or number < place)
            for number, other in enumerate(words)
            if number != place
        )
        if not held:
            kept.append(item)
    return kept
