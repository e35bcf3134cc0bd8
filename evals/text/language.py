"""Which language a text is in, told by its scripts and, for Latin letters inside Chinese, by English function words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evals.text.lexicon import listed

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")

_HAN_SHARE = 0.3  # of letters; above this a text is Chinese even if it names things in Latin letters
_SUBSTANTIVE_SHARE = 0.2  # of a dialogue's weight; two languages above this make it mixed
_HAN_PER_WORD = 1.6  # Chinese characters that say as much as one English word
_KANA_SHARE = 0.1  # of Han and kana together; below this a kana is decoration in Chinese

_ENGLISH = listed(
    """
    a an the is are was were be been am i you he she it we they me my your his her their user to of in on at for from
    with by and or but not no do does did has have had will would can could should this that these those what when
    where who how why if as about more please want wants like likes prefer prefers don't doesn't i'm i'd i've it's
    """
)


def language_of(text: str) -> str:
    """The one language of a text: `zh`, `ja`, `ko`, `ru`, or `en` for everything else (no letters included)."""
    if text.isascii():
        return "en"
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    hangul, cyrillic = len(_HANGUL.findall(text)), len(_CYRILLIC.findall(text))
    latin_words = _LATIN_WORD.findall(text)
    latin = sum(map(len, latin_words))
    letters = han + kana + hangul + cyrillic + latin
    if kana and kana > _KANA_SHARE * (han + kana) and han + kana > _HAN_SHARE * letters:
        return "ja"
    if hangul > max(han, latin, cyrillic):
        return "ko"
    if cyrillic > max(han, latin, hangul):
        return "ru"
    if han > _HAN_SHARE * letters or (han > 1 and not _has_english(latin_words)):
        return "zh"
    return "en"


def languages_in(text: str) -> frozenset[str]:
    """The languages a text holds substantively; never empty.

    A brand or a name in Latin letters does not make a Chinese text English, nor does one quoted character make an
    English text Chinese.
    """
    main = language_of(text)
    if text.isascii():
        return frozenset((main,))
    found = {main}
    if main != "en" and _has_english(words := _LATIN_WORD.findall(text)) and len(words) > 1:
        found.add("en")
    if main not in ("zh", "ja") and len(_HAN.findall(text)) > 1:
        found.add("zh")
    if main != "ru" and len(_CYRILLIC.findall(text)) > 3:
        found.add("ru")
    return frozenset(found)


def dialogue_language(contents: Iterable[str]) -> str:
    """The language of several messages together, `mixed` when a second one carries a fifth of what is said."""
    weights: dict[str, float] = {}
    for content in contents:
        for language in languages_in(content):
            weights[language] = weights.get(language, 0.0) + _weight(content, language)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return "en"
    total = sum(weights.values())
    if len(ranked) > 1 and ranked[1][1] >= _SUBSTANTIVE_SHARE * total > 0:
        return "mixed"
    return ranked[0][0]


def _has_english(latin_words: list[str]) -> bool:
    return not _ENGLISH.isdisjoint(word.lower().replace("’", "'") for word in latin_words)


def _weight(content: str, language: str) -> float:
    """How much of a message is said in a language, in English words."""
    if language == "en":
        return len(_LATIN_WORD.findall(content))
    if language == "ru":
        return len(_CYRILLIC.findall(content)) / 6  # letters of a mean word
    return (len(_HAN.findall(content)) + len(_KANA.findall(content)) + len(_HANGUL.findall(content))) / _HAN_PER_WORD
