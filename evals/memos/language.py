"""Stage 2, language detection: Chinese or English, by the share of Chinese characters.

The rule is that of the public MemOS reader (`detect_lang`): what is no talk is left out, then more than 30 % ideographs
among the letters mean Chinese. Known weaknesses: Japanese with many kanji reads as Chinese, every other language as
English, and mixed talk leans to English, because one English word counts as several letters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from evals.types import Message

Language = Literal["en", "zh"]

CHINESE_SHARE = 0.3

_NOT_TALK = re.compile(
    r"""\b(?:user|assistant|system|query|answer)\s*:            # role labels
    | \[\s*\d{1,2}:\d{2}\s*(?:[AP]M)?\s+on\s+[^\]]{1,40}\]      # [11:32 AM on 04 March, 2026]
    | \[[\d\s:\-]+\]                                            # brackets of digits, dashes, colons, blanks
    | https?://[^\s\u3000-\u9fff]+
    | \b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b
    | \b\w*_?id["']?\s*[:=]\s*["']?[\w-]+                       # …id key/value pairs
    | \b(?:text|type|image_url|imageurl|url|file|file_id|image_id|file_data)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HAN = re.compile(
    "[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b73f"
    "\U0002b740-\U0002b81f\U0002b820-\U0002ceaf]"
)
_NO_LETTER = re.compile(r"[\s\d\W_]")


def detect_language(messages: Sequence[Message]) -> Language:
    """`zh` or `en`; `en` where there are no letters at all."""
    letters = _NO_LETTER.sub("", _NOT_TALK.sub("", "\n".join(message.content for message in messages)))
    if not letters:
        return "en"
    return "zh" if len(_HAN.findall(letters)) > CHINESE_SHARE * len(letters) else "en"
