"""The user takes back a value said before: the earlier sentence is read as if the last value had stood in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evals.extractors.rules.sentences import Sentence

_REACH = 8  # sentences back in which the value taken back is looked for
_CUE = re.compile(
    r"\b(?:sorry|(?:no|oh),? wait|wait|correction|scratch that|my mistake|my bad|I meant|I mean"
    r"|make that|typo|not the|rather,|misspoke|mistyped|no,)\b"
    r"|不对|说错|更正|记错|搞错|弄错|口误|打错|哦不|啊不|改成|改到|不是.{1,12}是|不在.{1,12}是|应该是",
    re.I,
)
_EXPLICIT: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"\b(?P<new>(?:the )?(?!sorry|no\b|I\b)[\w:.-]{1,20}(?: [\w-]{1,12})?),? (?:and )?not (?P<old>(?:the"
        r" )?[\w:.-]{1,20}(?: [\w-]{1,12})?)",
        re.I,
    ),
    re.compile(
        r"\bnot (?P<old>(?:on |in )?(?:the )?[\w:.-]{1,20}),? (?:but|it's|it is) (?P<new>(?:on |in"
        r" )?(?:the )?[\w:.-]{1,20})",
        re.I,
    ),
    re.compile(
        r"不(?:是|在)(?P<old>[\u4e00-\u9fff\w]{1,6}?)(?:办|了)?[，,]?(?:而)?是(?:在)?(?P<new>[\u4e00-\u9fff\w]{1,6})"
    ),
    re.compile(r"是(?P<new>[\u4e00-\u9fff\w]{1,8})[，,]?不是(?P<old>[\u4e00-\u9fff\w]{1,8})"),
)
_TYPED: tuple[re.Pattern[str], ...] = (
    re.compile(r"\b\d{1,2}(?:st|nd|rd|th)\b"),
    re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b", re.I),
    re.compile(r"\b(?:January|February|March|April|June|July|August|September|October|November|December)\b", re.I),
    re.compile(r"\b\d{1,2}:\d\d\b"),
    re.compile(r"(?:周|星期|礼拜)[一二三四五六日天]"),
    re.compile(r"(?:\d{1,4}|[一二两三四五六七八九十百]{1,4})岁"),
    re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})[号日]"),
    re.compile(r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})点"),
    re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})月"),
    re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w:])"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and the message it stands in."""

    message: int
    sentence: Sentence


def corrected(said: Sequence[Said]) -> tuple[Said, ...]:
    """What was said with every value taken back replaced by the one that holds."""
    result = list(said)
    for place, item in enumerate(said):
        if not item.sentence.question and _CUE.search(item.sentence.text):
            _apply(result, place)
    return tuple(item for item in result if item.sentence.text)


def _apply(result: list[Said], place: int) -> None:
    text = result[place].sentence.text
    earlier = range(place - 1, max(-1, place - 1 - _REACH), -1)
    for pattern in _EXPLICIT:
        for match in pattern.finditer(text):
            old, new = match["old"], match["new"]
            for back in earlier:
                if old in result[back].sentence.text:
                    _write(result, back, old, new)
                    return
    for kind in _TYPED:
        values = kind.findall(text)
        if len(values) != 1:
            continue
        for back in earlier:
            others = (value for value in kind.findall(result[back].sentence.text) if value != values[0])
            found = [value for value in others if _same_size(value, values[0])]
            if len(found) == 1:
                _write(result, back, found[0], values[0])
                if len(text) < 40:
                    result[place] = replace(result[place], sentence=replace(result[place].sentence, text=""))
                return


def _write(result: list[Said], back: int, old: str, new: str) -> None:
    item = result[back]
    result[back] = replace(item, sentence=replace(item.sentence, text=item.sentence.text.replace(old, new)))


def _same_size(old: str, new: str) -> bool:
    """Plain numbers are corrected by numbers of about the same length, so that 2,000 is not taken for 16."""
    return not new[0].isdigit() or not old[0].isdigit() or abs(len(old) - len(new)) <= (len(new) < 3)
