"""Minimal pairs made from gold: twins that must not match and rewordings that must (matching-stats.md 2.4).

A twin differs from its gold text in one place, so every similarity calls it nearly equal; only verification can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from evals.calibration import rewordings_en, rewordings_zh, twins_en, twins_zh
from evals.calibration.edits import Edit
from evals.calibration.pairs import Pair
from evals.text.difference import difference, tokens
from evals.text.language import language_of
from evals.types import Dialogue, GoldItem

REWORDED = " reworded"  # a twin of a gold variant: other words and one contradiction
PER_KIND = 2  # edits of one kind on one text
LANGUAGES = ("en", "zh")
_TWINS = {"en": twins_en.TWINS, "zh": twins_zh.TWINS}
_REWORDINGS = {"en": rewordings_en.REWORDINGS, "zh": rewordings_zh.REWORDINGS}
_NEW_NAMES = {"en": twins_en.NAMES, "zh": twins_zh.NAMES}
_NEW_PLACES = {"en": twins_en.PLACES, "zh": twins_zh.PLACES}
_NAME_SLOTS = ("name", "person", "who", "brother", "sister", "son", "daughter", "friend", "pet", "dog", "cat")
_PLACE_SLOTS = ("place", "city", "town", "country", "village", "destination", "region", "where")


def probes(dialogues: Iterable[Dialogue]) -> Iterator[Pair]:
    """The probes of every gold item in English or Chinese, in the order of the gold."""
    for dialogue in dialogues:
        for item in dialogue.gold.items:
            language = language_of(item.text)
            if language in LANGUAGES:
                yield from _of_item(item, language)


def _of_item(item: GoldItem, language: str) -> Iterator[Pair]:
    for kind, edits in _TWINS[language].items():
        for text in _made(item.text, edits):
            yield Pair(a=item.text, b=text, label="no", kind=kind, lang=language)
    for kind, text in _renamed(item, language):
        yield Pair(a=item.text, b=text, label="no", kind=kind, lang=language)
    for kind, edits in _REWORDINGS[language].items():
        for text in _made(item.text, edits):
            yield Pair(a=item.text, b=text, label="match", kind=kind, lang=language)
    for variant in item.variants:
        if language_of(variant) == language:
            yield Pair(a=item.text, b=variant, label="match", kind="variant", lang=language)
            for kind, edits in _TWINS[language].items():
                for text in _made(variant, edits)[:1]:
                    if not _contradicts(item.text, variant, text):
                        continue
                    yield Pair(a=item.text, b=text, label="no", kind=f"{kind}{REWORDED}", lang=language)


def _contradicts(gold: str, variant: str, twin: str) -> bool:
    """Whether what the edit took out of the variant stands in the gold text too, or nothing was taken out."""
    place = difference(tokens(variant, ""), tokens(twin, ""))
    return all(token in gold for token in place.gold)


def _made(text: str, edits: Iterable[Edit]) -> tuple[str, ...]:
    made = dict.fromkeys(new for edit in edits for new in edit(text))
    return tuple(sorted(made, key=lambda new: _draw(new))[:PER_KIND])


def _renamed(item: GoldItem, language: str) -> Iterator[tuple[str, str]]:
    """Another name or place where a slot says that one stands."""
    for slot, value in (item.slots or {}).items():
        for kind, keys, others in (
            ("name", _NAME_SLOTS, _NEW_NAMES[language]),
            ("place", _PLACE_SLOTS, _NEW_PLACES[language]),
        ):
            if _is_one_of(slot, keys) and item.text.count(value) == 1 and not any(map(str.isdigit, value)):
                yield kind, item.text.replace(value, others[_draw(item.text) % len(others)])


def _is_one_of(slot: str, keys: Sequence[str]) -> bool:
    return slot.lower().rstrip("0123456789_").split("_")[-1] in keys


def _draw(text: str) -> int:
    """A number that depends on the text alone: the same probes on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
