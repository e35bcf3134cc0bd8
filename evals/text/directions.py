"""Where from and where to: which words of a text stand behind a word of leaving, and which behind one of going."""

from __future__ import annotations

import re

from evals.text.difference import is_chinese
from evals.text.stems import stem
from evals.text.words import STOP_WORDS

_ARTICLE = r"(?: (?:the|a|an|their|his|her|its))?"
_MOTION = (
    r"(?:move[sd]?|moving|went|goes|going|flew|flies|flying|sent|sends|emigrated|relocated|travel(?:s|l?ed|l?ing)"
    r"|drove|drives|sailed|shipped|transferred|switched|changed|bound|head(?:s|ed|ing)|settled|arrived|lent|sold|gave)"
)
_EN_FROM = re.compile(rf"\b(?:from|left|leaves|leaving|out of|departed){_ARTICLE} ([^\W\d_]+)")
_EN_FROM_HINTS = ("from", "left", "leav", "out of", "depart")
_EN_TO = re.compile(
    rf"\bfrom{_ARTICLE} (?:[^\W_]+ ){{1,4}}?(?:to|into){_ARTICLE} ([^\W\d_]+)"
    rf"|\b{_MOTION}(?: [^\W_]+){{0,3}}?(?: to| into| for| in){_ARTICLE} ([^\W\d_]+)"
)
_ZH_FROM = re.compile(r"(?:从|离开|告别)([\u3400-\u9fff]{2})")
_ZH_TO = re.compile(r"(?:[搬去飞寄调转换]到|[飞寄开]往|[换改]成|改[喝用做]|[借卖送]给|到|去|往)了?([\u3400-\u9fff]{2})")


def left(canonical_text: str, language: str) -> frozenset[str]:
    """What a canonical text leaves. Of a Chinese one the two characters behind the word that says so."""
    if is_chinese(canonical_text, language):
        return frozenset(_ZH_FROM.findall(canonical_text))
    if not any(hint in canonical_text for hint in _EN_FROM_HINTS):
        return frozenset()
    return frozenset(stem(word) for word in _EN_FROM.findall(canonical_text) if word not in STOP_WORDS)


def reached(canonical_text: str, language: str) -> frozenset[str]:
    """What a canonical text goes to, in the same form."""
    if is_chinese(canonical_text, language):
        return frozenset(_ZH_TO.findall(canonical_text))
    words = (first or second for first, second in _EN_TO.findall(canonical_text))
    return frozenset(stem(word) for word in words if word not in STOP_WORDS)
