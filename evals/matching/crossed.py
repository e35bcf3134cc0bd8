"""Guards for texts that share their words and say them of other things: which of two has it, which is preferred.

None of them knows what the words mean. They see that two things changed places, which a rewording may do as well as a
contradiction, so what they find is a question for a judge.
"""

from __future__ import annotations

import re

from evals.text.difference import is_chinese
from evals.text.features import Features
from evals.text.residual import coverage
from evals.text.words import content_words

SHARED = 0.5  # content words of either text that must stand in the other
NEARLY_ALL = 0.75
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|be|gets?|got)\b[^,.;]{0,30}\bby\b|[被由]")
_JOINS = re.compile(r"\b(?:and|with|together|both|or)\b|[和与跟同及俩]|一起")
_COMPARED_EN = re.compile(
    r"\b(?:over|than|instead of|rather than|ahead of|in preference to|(?<=prefer )to|(?<=prefers )to)\b"
)
_PREFER_TO = re.compile(r"\bprefer(?:s|red)?\b[^,.;]*?(\bto\b)")
_COMPARED_ZH = re.compile("而不是|而非|胜过|胜于|也不")
_COMPARED_WITH_ZH = re.compile("(?:比起|相比|与其)([^,.;]{1,14})[,.;]?(.*)")
_CLAUSE = re.compile(r"[,.;:。，；]")


def changed_neighbours(gold: Features, pred: Features) -> tuple[str, str] | None:
    """Two words that swapped the words beside them: a firm mattress and a soft pillow, a soft one and a firm one."""
    if gold.content_words == pred.content_words or not _share(gold, pred):
        return None
    for left, right in ((gold.word_before, pred.word_before), (gold.word_after, pred.word_after)):
        shared = [word for word in left if word in right and left[word] != right[word]]
        for place, word in enumerate(shared):
            for other in shared[place + 1 :]:
                if left[word] == right[other] and left[other] == right[word]:
                    return f"{left[word]} {word}", f"{right[word]} {word}"
    return None


def changed_preference(gold: Features, pred: Features) -> tuple[str, str] | None:
    """What one text puts above, the other puts below, and the other way round."""
    left, right = _compared(gold), _compared(pred)
    if not left or not right:
        return None
    up = (left[0] - left[1]) & (right[1] - right[0])
    down = (left[1] - left[0]) & (right[0] - right[1])
    if not up or not down:
        return None
    return f"{min(up)} above {min(down)}", f"{min(down)} above {min(up)}"


def changed_sides(gold: Features, pred: Features) -> tuple[str, str] | None:
    """One word that is denied in one text alone and another that is denied in the other alone: they changed sides."""
    ours = gold.denied_words
    theirs = pred.denied_words if ours else {}
    shared = ours.keys() & theirs.keys()
    now_denied = [word for word in shared if theirs[word] and not ours[word]]
    no_longer = [word for word in shared if ours[word] and not theirs[word]]
    if not now_denied or not no_longer:
        return None
    return f"not {min(no_longer)}", f"not {min(now_denied)}"


def changed_places(gold: Features, pred: Features) -> tuple[str, str] | None:
    """The user and another person the other way round: who taught whom, who is the elder, who loves what.

    Asked where one text holds nearly all that the other says; a passive turns the order by right, and "with", "and"
    join two who may stand in any.
    """
    if gold.roles.isdisjoint(pred.roles):
        return None
    ours, theirs = gold.actors, pred.actors
    others = [who for who in ours if who in theirs and who != "user"]
    if "user" not in ours or "user" not in theirs or not others:
        return None
    if max(coverage(gold.content_set, pred.content_set), coverage(pred.content_set, gold.content_set)) < NEARLY_ALL:
        return None
    passive, other_passive = (bool(_PASSIVE.search(text.canonical)) for text in (gold, pred))
    for who in others:
        acts = (ours["user"] < ours[who]) != passive
        if acts != ((theirs["user"] < theirs[who]) != other_passive) and not (_joined(gold, who) or _joined(pred, who)):
            return _in_order(who, user_first=acts), _in_order(who, user_first=not acts)
    return None


def changed_direction(gold: Features, pred: Features) -> tuple[str, str] | None:
    """What one text leaves and the other goes to; what stands behind both words in one text is neither."""
    if gold.left and (turned := (gold.left - gold.reached) & (pred.reached - pred.left)):
        return f"from {min(turned)}", f"to {min(turned)}"
    if pred.left and (turned := (pred.left - pred.reached) & (gold.reached - gold.left)):
        return f"to {min(turned)}", f"from {min(turned)}"
    return None


def for_and_against(gold: Features, pred: Features) -> tuple[str, str] | None:
    """One text likes what the other is averse to, in words that deny nothing."""
    if gold.is_averse and pred.is_for:
        return "against", "for"
    return ("for", "against") if pred.is_averse and gold.is_for else None


def _joined(text: Features, who: str) -> bool:
    start, end = sorted((text.actors["user"], text.actors[who]))
    return _JOINS.search(text.canonical, start, end) is not None


def _in_order(who: str, *, user_first: bool) -> str:
    return f"user, {who}" if user_first else f"{who}, user"


def _share(gold: Features, pred: Features) -> bool:
    ours, theirs = gold.content_set, pred.content_set
    return coverage(ours, theirs) >= SHARED and coverage(theirs, ours) >= SHARED


def _compared(text: Features) -> tuple[frozenset[str], frozenset[str]] | None:
    """The content words of what a text prefers and of what it prefers it to."""
    canonical = text.canonical
    if is_chinese(canonical, text.language):
        if match := _COMPARED_WITH_ZH.search(canonical):
            return _words(match[2], text), _words(match[1], text)
        match = _COMPARED_ZH.search(canonical)
    else:
        match = _COMPARED_EN.search(canonical)
        if found := _PREFER_TO.search(canonical):
            return _words(_last_clause(canonical[: found.start(1)]), text), _words(
                _first_clause(canonical[found.end(1) :]), text
            )
    if not match:
        return None
    return _words(_last_clause(canonical[: match.start()]), text), _words(_first_clause(canonical[match.end() :]), text)


def _last_clause(text: str) -> str:
    return _CLAUSE.split(text)[-1]


def _first_clause(text: str) -> str:
    return _CLAUSE.split(text)[0]


def _words(text: str, whole: Features) -> frozenset[str]:
    return frozenset(content_words(text, whole.language))
