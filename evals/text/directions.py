"""Where from and where to: which words of a text stand behind a word of leaving, and which behind one of going."""

from __future__ import annotations

import re
from typing import NamedTuple

from evals.text.difference import is_chinese
from evals.text.stems import stem
from evals.text.words import STOP_WORDS

_ARTICLE = r"(?: (?:the|a|an|their|his|her|its))?"
_MOTION = (
    r"(?:move[sd]?|moving|went|goes|going|flew|flies|flying|sent|sends|emigrated|relocated|travel(?:s|l?ed|l?ing)"
    r"|drove|drives|sailed|shipped|transferred|switched|changed|bound|head(?:s|ed|ing)|settled|arrived|lent|sold|gave)"
)
_EN_FROM = re.compile(rf"\b(?:from|left|leaves|leaving|out of|departed){_ARTICLE} ([^\W\d_]+)")
_EN_TO = re.compile(
    rf"\bfrom{_ARTICLE} (?:[^\W_]+ ){{1,4}}?(?:to|into){_ARTICLE} ([^\W\d_]+)"
    rf"|\b{_MOTION}(?: [^\W_]+){{0,3}}?(?: to| into| for| in){_ARTICLE} ([^\W\d_]+)"
)
_ZH_FROM = re.compile(r"(?:从|离开|告别)([\u3400-\u9fff]{2})")
_ZH_TO = re.compile(r"(?:[搬去飞寄调转换]到|[飞寄开]往|[换改]成|改[喝用做]|[借卖送]给|到|去|往)了?([\u3400-\u9fff]{2})")


class Directions(NamedTuple):
    """Words a text leaves and words it goes to; one that stands behind both is in neither."""

    left: frozenset[str]
    reached: frozenset[str]


def directions(canonical_text: str, language: str) -> Directions:
    """The directions of a canonical text. Of a Chinese one the two characters behind the word that gives them."""
    if is_chinese(canonical_text, language):
        left, reached = set(_ZH_FROM.findall(canonical_text)), set(_ZH_TO.findall(canonical_text))
    else:
        left = {stem(word) for word in _EN_FROM.findall(canonical_text) if word not in STOP_WORDS}
        pairs = (first or second for first, second in _EN_TO.findall(canonical_text))
        reached = {stem(word) for word in pairs if word not in STOP_WORDS}
    return Directions(frozenset(left - reached), frozenset(reached - left))


def direction_mismatch(gold: Directions, pred: Directions) -> tuple[str, str] | None:
    """What one side leaves and the other goes to."""
    if turned := gold.left & pred.reached:
        return f"from {min(turned)}", f"to {min(turned)}"
    if turned := gold.reached & pred.left:
        return f"to {min(turned)}", f"from {min(turned)}"
    return None
