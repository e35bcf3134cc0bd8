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
_ZH_AVERSE = re.compile(r"难受|难吃|难喝|没劲|无趣|头疼|(?<![恐哪生可])怕(?!是)|(?<![满不])厌(?![恶倦])|嫌(?!疑)")
_ZH_HARMLESS = re.compile("没事|没问题|没关系|无妨|不错|不久|不过")
_EN_FOR = re.compile(
    r"\b(?:likes?|loves?|enjoys?|prefers?|adores?|fond of|keen on|fan of|favou?rite|in favou?r of|drawn to)\b"
)
_ZH_FOR = re.compile("喜欢|喜爱|偏爱|热爱|爱(?=[吃喝看听玩去用做])")
_CLAUSE = re.compile(
    r"[,.;:!?]+(?=\s|$|[\u3400-\u9fff])|\b(?:but|while|whereas|although|though|than|yet)\b|但是?|却|而(?!且|是)|不过"
)


def attitude(canonical_text: str, language: str) -> int:
    """+1 where a text likes something and denies nothing, -1 where a word of aversion stands and none of liking."""
    chinese = is_chinese(canonical_text, language)
    averse = (_ZH_AVERSE if chinese else _EN_AVERSE).search(canonical_text) is not None
    denied = bool(negations(canonical_text, language))
    liked = (_ZH_FOR if chinese else _EN_FOR).search(canonical_text) is not None
    if averse and not (liked and not denied):
        return -1
    return 1 if liked and not denied and not averse else 0


def attitude_mismatch(gold: int, pred: int) -> tuple[str, str] | None:
    """One side likes, the other is averse."""
    if gold * pred >= 0:
        return None
    return ("for", "against") if gold > 0 else ("against", "for")


def denied_words(canonical_text: str, language: str) -> Mapping[str, bool]:
    """For each content word that stands in one clause alone: whether that clause denies or is averse."""
    seen: dict[str, list[bool]] = {}
    for clause in _CLAUSE.split(canonical_text):
        against = _is_against(clause, language, chinese=is_chinese(canonical_text, language))
        for word in set(content_words(clause, language)):
            seen.setdefault(word, []).append(against)
    return {word: found[0] for word, found in seen.items() if len(found) == 1}


def _is_against(clause: str, language: str, *, chinese: bool) -> bool:
    averse = (_ZH_AVERSE if chinese else _EN_AVERSE).findall(clause)
    denials = negations(_ZH_HARMLESS.sub("", clause) if chinese else clause, language)
    return (len(averse) + len(denials)) % 2 == 1
