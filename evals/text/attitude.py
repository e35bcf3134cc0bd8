"""Whether a text, or a clause of it, is for or against: by negations, and by words of liking and of aversion."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.text.difference import is_chinese
from evals.text.polarity import negations
from evals.text.words import content_words

# Words that say no by themselves. Those that `negations` counts as well (hate, 讨厌) are left to it.
_EN_AVERSE = re.compile(
    r"\b(?:dull|boring|bored|tedious|tiresome|annoying|annoyed|unpleasant|dreads?|torture|merely|tolerat(?:es?|ed|ing)"
    r"|puts? up with|turned off by|sick of|fears?|afraid|distrusts?)\b"
)
_EN_AVERSE_HINTS = (
    *("dull", "bor", "tedio", "tires", "annoy", "unpl", "dread", "tortu", "merely", "tolerat", "up with", "off by"),
    *("sick", "fear", "afraid", "distrust"),
)
_ZH_AVERSE = re.compile(r"难受|难吃|难喝|没劲|无趣|头疼|(?<![恐哪生可])怕(?!是)|(?<![满不])厌(?![恶倦])|嫌(?!疑)")
_ZH_HARMLESS = re.compile("没事|没问题|没关系|无妨|不错|不久|不过")
_EN_FOR = re.compile(
    r"\b(?:likes?|loves?|enjoys?|prefers?|adores?|fond of|keen on|fan of|favou?rite|in favou?r of|drawn to)\b"
)
_ZH_FOR = re.compile("喜欢|喜爱|偏爱|热爱|爱(?=[吃喝看听玩去用做])")
_CLAUSE = re.compile(
    r"[,.;:!?]+(?=\s|$|[\u3400-\u9fff])|\b(?:but|while|whereas|although|though|than|yet)\b|但是?|却|而(?!且|是)|不过"
)


def is_averse(canonical_text: str, language: str) -> bool:
    """Whether a word of aversion stands in a text, and none of liking without a denial."""
    chinese = is_chinese(canonical_text, language)
    return bool(_aversions(canonical_text, chinese=chinese)) and not is_for(canonical_text, language)


def is_for(canonical_text: str, language: str) -> bool:
    """Whether a text likes something and denies nothing."""
    liked = (_ZH_FOR if is_chinese(canonical_text, language) else _EN_FOR).search(canonical_text)
    return liked is not None and not negations(canonical_text, language)


def denied_words(canonical_text: str, language: str) -> Mapping[str, bool]:
    """For each content word that stands in one clause alone: whether that clause denies or is averse.

    Empty where no clause does.
    """
    chinese = is_chinese(canonical_text, language)
    clauses = [(clause, _is_against(clause, language, chinese=chinese)) for clause in _CLAUSE.split(canonical_text)]
    if not any(against for _, against in clauses):
        return {}
    seen: dict[str, list[bool]] = {}
    for clause, against in clauses:
        for word in set(content_words(clause, language)):
            seen.setdefault(word, []).append(against)
    return {word: found[0] for word, found in seen.items() if len(found) == 1}


def _is_against(clause: str, language: str, *, chinese: bool) -> bool:
    averse = _aversions(clause, chinese=chinese)
    denials = negations(_ZH_HARMLESS.sub("", clause) if chinese else clause, language)
    return (len(averse) + len(denials)) % 2 == 1


def _aversions(text: str, *, chinese: bool) -> list[str]:
    if chinese:
        return _ZH_AVERSE.findall(text)
    return _EN_AVERSE.findall(text) if any(hint in text for hint in _EN_AVERSE_HINTS) else []
