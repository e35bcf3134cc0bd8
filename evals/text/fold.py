"""The part of canonical spelling that knows no language: width, case, quotes, dashes, spaces, invisible characters."""

from __future__ import annotations

import re
import unicodedata

from evals.text.traditional import simplified_table

_DASHES = "‐‑‒–—―−﹘﹣－"  # every dash but the one inside Chinese words (一) and the long vowel mark (ー)
_SINGLE_QUOTES = "‘’‚‛′`´"
_DOUBLE_QUOTES = "“”„‟″«»「」『』"

_STRAIGHT = (
    {ord(dash): "-" for dash in _DASHES}
    | {ord(quote): "'" for quote in _SINGLE_QUOTES}
    | {ord(quote): '"' for quote in _DOUBLE_QUOTES}
    | {ord("~"): "~", ord("～"): "~", ord("〜"): "~", ord("、"): ","}
)
_TABLE = simplified_table() | _STRAIGHT
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_SPACE_AT_HAN = re.compile(r"(?<=[\u3000-\u303f\u3400-\u9fff]) | (?=[\u3000-\u303f\u3400-\u9fff])")
SEAM = "\ue000"  # stands around tokens put into Chinese text until it is known whether a space is needed
HAN = re.compile(r"[\u3400-\u9fff]")


def fold(text: str) -> str:
    """A text in one width, case and spacing; traditional characters simplified; idempotent."""
    if text.isascii():
        if not text.isprintable():
            text = _INVISIBLE.sub("", text)
        return " ".join(text.lower().replace("`", "'").split())
    text = compatible(text).casefold()
    text = unicodedata.normalize("NFKC", text).translate(_TABLE)
    return _SPACE_AT_HAN.sub("", " ".join(text.split()))


def compatible(text: str) -> str:
    """A text without invisible characters and in compatibility form, with its case kept."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
