"""Whether a text speaks of something planned or something done, and whether two texts differ in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_EN_PLANNED = re.compile(
    r"\b(?:will|going to|about to|plan(?:s|ning)? (?:to|on)|intend(?:s|ing)? to|hop(?:es|ing) to|aim(?:s"
    r"|ing)? to|scheduled to"
    r"|considering|think(?:s|ing) (?:of|about)|wants? to|would like to|looking to|(?:he|she|they|i|we|it|user)'ll)\b"
)
_EN_DONE = re.compile(
    r"\b(?:already|(?:has|have|had|'ve) (?:already |just |recently |never )?(?:been to|[a-z]{3,}ed|gone|bought"
    r"|made|done|got|taken|seen|written|begun"
    r"|won|lost|left|met|eaten|read|run)|(?P<past>went|bought|moved|visited|started|finished|completed|joined"
    r"|quit|left|became|got|took|made"
    r"|ran|won|lost|met|saw|wrote|built|sold|signed|attended|traveled|travelled|adopted|graduated|passed"
    r"|returned|switched|ate|broke))\b"
)
_EN_HOPED = re.compile(
    r"\b(?:looking for|applied (?:for|to)|applying (?:for|to)|dream(?:s|ed|t|ing)? of|preparing (?:for|to)|passed over"
    r"|turned down|rejected (?:for|by)|shortlisted)\b"
)
_EN_HOPE_HINTS = ("look", "appl", "dream", "prepar", "passed", "turned", "reject", "shortl")
_ZH_HOPED = re.compile("想[报当做考学开]|梦想|应聘|求职|投了?简历|备考|准备[高中]?考|落选|没[考选评]上")
_ZH_PLANNED = re.compile(
    "打算|计划|准备(?!好)|将要|将会|即将|想去|想要去|会去|要去|正要|有意|考虑|下周|下个?月|明年|明天"
)
_ZH_DONE = re.compile(
    "已经|已|曾经|曾(?!祖)|(?<=[去来吃看到做买学玩养参加读听用住])过(?![敏年节程度来去分期])"
    "|(?<![除为罢好到极])了(?![解不得结])|刚刚?[买去到完搬换做]"
)
_ZH_SOON = re.compile("快.{0,4}了|要.{0,6}了|太.{1,4}了")  # 快毕业了 and 太贵了 are not done deeds


@dataclass(frozen=True, slots=True)
class Modality:
    """The first mark of a plan, of a done deed and of something hoped for, tried or refused found in a text, if any."""

    planned: str | None = None
    done: str | None = None
    hoped: str | None = None


def modality(canonical_text: str, language: str) -> Modality:
    """The marks of plan and deed in a canonical text."""
    if language in ("zh", "ja"):
        planned, done, hoped = _ZH_PLANNED.search(canonical_text), None, _ZH_HOPED.search(canonical_text)
        if (
            "了" in canonical_text
            or "过" in canonical_text
            or "已" in canonical_text
            or "曾" in canonical_text
            or "刚" in canonical_text
        ):
            done = _ZH_DONE.search(_ZH_SOON.sub(" ", canonical_text))
    else:
        planned, done = _EN_PLANNED.search(canonical_text), _EN_DONE.search(canonical_text)
        hoped = _EN_HOPED.search(canonical_text) if any(hint in canonical_text for hint in _EN_HOPE_HINTS) else None
    return Modality(
        planned=planned[0] if planned else None,
        done=done[0] if done else None,
        hoped=hoped[0] if hoped else None,
    )


def modality_mismatch(gold: Modality, pred: Modality) -> tuple[str, str] | None:
    """The two marks when one side clearly plans and the other has done; `None` when either says both or neither."""
    if gold.planned and not gold.done and pred.done and not pred.planned:
        return gold.planned, pred.done
    if gold.done and not gold.planned and pred.planned and not pred.done:
        return gold.done, pred.planned
    return None


def hope_mismatch(gold: Modality, pred: Modality) -> tuple[str, str] | None:
    """Something hoped for, tried or refused on one side, and on the other no word that it is not so yet."""
    if gold.hoped and not (pred.hoped or pred.planned):
        return gold.hoped, pred.done or "-"
    if pred.hoped and not (gold.hoped or gold.planned):
        return gold.done or "-", pred.hoped
    return None
