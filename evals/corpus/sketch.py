"""Fingerprints of what users say: long sentences as hashes, whole texts as sketches whose likeness can be taken.

A sentence counts from 9 words or 15 Chinese characters on (a mixed one by the sum of the shares). The likeness of
two texts is the Jaccard index of their runs of three words, a Chinese character being a word: exact up to 512 runs,
estimated from the 512 smallest hashes beyond.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from evals.text.fold import fold

LONG_WORDS, LONG_CHARACTERS = 8, 14  # a sentence up to here is anybody's
RUN = 3
SKETCH = 512  # hashes kept of a text: at most 4 kB

Sketch: TypeAlias = npt.NDArray[np.uint64]

_CHARACTER = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_TOKEN = re.compile(rf"{_CHARACTER}|(?:(?!{_CHARACTER})[^\W_])+(?:'(?:(?!{_CHARACTER})[^\W_])+)?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|[。！？；!?\n\r]+")
_SPEAKER = re.compile(r"^\W*(?:user|human|assistant|speaker ?\w?|用户|助手)\s*[:：]\s*", re.IGNORECASE)


def long_sentences(text: str) -> Iterator[tuple[int, str]]:
    """(hash, sentence) of every sentence that is too long to be common; case, width and punctuation do not matter."""
    for part in _SENTENCE_END.split(text):
        sentence = _SPEAKER.sub("", part).strip()
        words = _tokens(sentence)
        characters = sum(len(word) == 1 and word >= "\u3040" for word in words)
        if (len(words) - characters) / LONG_WORDS + characters / LONG_CHARACTERS > 1:
            yield _hash(" ".join(words)), sentence


def sketch(texts: Iterable[str]) -> Sketch:
    """The smallest hashes of the runs of words in texts; empty where nothing is said."""
    hashes: set[int] = set()
    for text in texts:
        words = _tokens(text)
        hashes.update(_hash(" ".join(words[at : at + RUN])) for at in range(max(1, len(words) - RUN + 1)) if words)
    return np.sort(np.fromiter(hashes, np.uint64, len(hashes)))[:SKETCH].copy()  # a view would keep all of it


def likeness(left: Sketch, right: Sketch) -> float:
    """The share of runs that two texts have in common, of all that either has; 0 where nothing is said."""
    union = np.union1d(left, right)
    if max(len(left), len(right)) == SKETCH:  # beyond the smallest of a cut sketch the union is not known
        union = union[:SKETCH]
    if not len(union):
        return 0.0
    shared = np.intersect1d(left, right, assume_unique=True)
    return float(np.count_nonzero(shared <= union[-1]) / len(union))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(fold(text))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
