"""How many tokens a dialogue has: offline by rule, or with a tokenizer file of the user's.

The rule is the vendor's own fallback (MemOS mem_reader): one token per CJK character, a quarter of a token per other
character. Which tokenizer the cloud counts with is not published, so the one used is recorded with the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from evals.errors import ConfigError
from evals.types import Message

LIMIT = 8000  # input tokens the vendor takes in one request
RULE = "cjk+others/4"

_CJK = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\u3000-\u303f\uff00-\uffef\U00020000-\U0003134f]"
)

Counter = Callable[[str], int]


def tokens_by_rule(text: str) -> int:
    """One per CJK character (kana, Hangul and full-width punctuation too), others divided by four and rounded up."""
    if text.isascii():
        return -(-len(text) // 4)
    cjk = len(_CJK.findall(text))
    return cjk - (-(len(text) - cjk) // 4)


def tokens_of(messages: Sequence[Message], count: Counter = tokens_by_rule) -> int:
    """Tokens of all contents together; roles and templates are not counted, as the limit speaks of messages."""
    return sum(count(message.content) for message in messages)


def token_counter(tokenizer: str | None) -> tuple[str, Counter]:
    """Name and function of the counter: the rule, or a `tokenizer.json` (Hugging Face tokenizers, local file only).

    Raises ConfigError when the file cannot be used or the package `tokenizers` is not installed.
    """
    if tokenizer is None:
        return RULE, tokens_by_rule
    path = Path(tokenizer).expanduser()
    path = path / "tokenizer.json" if path.is_dir() else path
    if not path.is_file():
        raise ConfigError(f"extractor.tokenizer={tokenizer}: no such file; a local tokenizer.json is wanted")
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise ConfigError("extractor.tokenizer: pip install 'memory-evals[tokenizers]' to count with a file") from None
    try:
        loaded = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exceptions
        raise ConfigError(f"extractor.tokenizer={tokenizer}: {' '.join(str(error).split())[:200]}") from None
    name = f"{path.name} sha256:{sha256(path.read_bytes()).hexdigest()[:12]}"
    return name, lambda text: len(loaded.encode(text, add_special_tokens=False).ids)
