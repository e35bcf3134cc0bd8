"""IDF-weighted character n-grams: vectors of texts, and their cosine through an inverted index.

English (and every script written with spaces) is cut into 2- to 4-grams of its words, padded at the word
boundary; Chinese into 1- and 2-grams of its characters, where a run of Latin letters or digits counts as one
character. An n-gram weighs its smoothed inverse document frequency, ln((1 + texts) / (1 + texts holding it)) + 1,
once per text however often it stands there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIN_TEXTS = 50  # below this many texts a language's frequencies are noise and the shipped table is used
BACKGROUND = Path(__file__).with_name("idf_background.json.gz")

_HAN_SCHEME = ("zh", "ja")
_LONGEST_WORD = 64  # characters; a longer "word" is a link or noise and is cut
_REMEMBERED_WORDS = 20_000  # per language, some 40 MB at worst
_DECIMALS = 9  # of a cosine, so that the order of summing never decides a tie
_UNIT = re.compile(r"[0-9a-z][0-9a-z:.%°'/-]*[0-9a-z%°]|[^\W_]")
_WORD = re.compile(r"[^\s,.;!?()\[\]{}\"<>|]+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Vector:
    """Weights of one text's n-grams and their Euclidean norm."""

    weights: Mapping[str, float]
    norm: float


def ngrams(canonical_text: str, language: str) -> dict[str, int]:
    """How often each n-gram stands in a canonical text."""
    counts: dict[str, int] = {}
    if language in _HAN_SCHEME:
        pieces = [_han_grams(canonical_text)]
    else:
        pieces = [_word_grams(word) for word in _WORD.findall(canonical_text)]
    for grams in pieces:
        for gram in grams:
            counts[gram] = counts.get(gram, 0) + 1
    return counts


class Idf:
    """Inverse document frequencies per language, counted over gold texts and then frozen.

    A language with fewer than `MIN_TEXTS` texts falls back to the shipped table, and to equal weights where that
    has none. N-grams seen once weigh as much as unseen ones, so that freezing can drop them.
    """

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._frequencies: dict[str, dict[str, int]] = {}
        self._tables: dict[str, _Table] | None = None

    def add(self, counts: Mapping[str, int], *, language: str) -> None:
        """Count one text, given by its `ngrams`; a frozen table refuses."""
        if self._tables is not None:
            raise RuntimeError("a frozen Idf takes no more texts")
        self._texts[language] = self._texts.get(language, 0) + 1
        frequencies = self._frequencies.setdefault(language, {})
        for gram in counts:
            frequencies[gram] = frequencies.get(gram, 0) + 1

    def freeze(self) -> Idf:
        """Fix the weights; returns itself. Further calls change nothing."""
        if self._tables is None:
            self._tables = {}
            self._frequencies = {
                language: {gram: n for gram, n in frequencies.items() if n > 1}
                for language, frequencies in self._frequencies.items()
            }
        return self

    def texts(self, language: str) -> int:
        """Number of texts counted in a language."""
        return self._texts.get(language, 0)

    def weight(self, ngram: str, *, language: str) -> float:
        """Weight of an n-gram in texts of a language."""
        return self._table(language).weight(ngram)

    def vector(self, canonical_text: str, language: str) -> Vector:
        """The weighted n-grams of one canonical text."""
        table = self._table(language)
        if language in _HAN_SCHEME:
            weights = table.weights(_han_grams(canonical_text))
        else:
            weights = {}
            for word in _WORD.findall(canonical_text):
                weights.update(table.of_word(word))
        return Vector(weights, math.hypot(*weights.values()))

    def to_json(self) -> dict[str, Any]:
        """Everything that decides the weights, as plain JSON values."""
        self.freeze()
        return {
            language: {"texts": texts, "ngrams": dict(sorted(self._frequencies[language].items()))}
            for language, texts in sorted(self._texts.items())
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Idf:
        """The frozen table that `to_json` described."""
        idf = cls()
        idf._texts = {language: int(part["texts"]) for language, part in value.items()}
        idf._frequencies = {
            language: {gram: int(n) for gram, n in part["ngrams"].items()} for language, part in value.items()
        }
        return idf.freeze()

    def digest(self) -> str:
        """SHA-256 of the weights in force (the shipped table included), hex."""
        parts = [self.to_json(), background().to_json() if self is not _BACKGROUND else None]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _table(self, language: str) -> _Table:
        if self._tables is None:
            raise RuntimeError("freeze() the Idf before weighing")
        table = self._tables.get(language)
        if table is None:
            table = self._tables[language] = self._build(language)
        return table

    def _build(self, language: str) -> _Table:
        texts = self._texts.get(language, 0)
        if texts >= MIN_TEXTS:
            return _Table(texts, self._frequencies[language])
        shipped = background()
        if self is not shipped and shipped.texts(language) >= MIN_TEXTS:
            return shipped._table(language)
        return _Table(0, {})


class GoldIndex:
    """Cosines of a prediction against several gold texts at once; all vectors must come from one `Idf`.

    N-grams that stand in the same gold texts share one posting, so that boilerplate costs one addition, not one a text.
    """

    def __init__(self, gold: Sequence[Vector]) -> None:
        self._norms = [vector.norm for vector in gold]
        holders: dict[str, int] = {}  # bit i: the n-gram stands in gold text i
        for position, vector in enumerate(gold):
            bit = 1 << position
            for gram in vector.weights:
                holders[gram] = holders.get(gram, 0) | bit
        self._holders = holders
        self._positions = {
            bits: tuple(position for position in range(len(gold)) if bits >> position & 1)
            for bits in set(holders.values())
        }

    def similarities(self, predicted: Vector) -> list[float]:
        """Cosine of the prediction with every gold text, in gold order; 0.0 where either is empty."""
        weights, get = predicted.weights, self._holders.get
        shared: dict[int, float] = {}
        for gram, weight in weights.items():  # in text order: a set's order would move the last digit between runs
            bits = get(gram)
            if bits is not None:
                shared[bits] = shared.get(bits, 0.0) + weight * weight
        dots = [0.0] * len(self._norms)
        for bits, dot in shared.items():
            for position in self._positions[bits]:
                dots[position] += dot
        norm = predicted.norm
        return [
            round(min(dot / (norm * gold_norm), 1.0), _DECIMALS) if dot else 0.0
            for dot, gold_norm in zip(dots, self._norms, strict=True)
        ]


def cosine(left: Vector, right: Vector) -> float:
    """Cosine of two texts, from 0 to 1."""
    return GoldIndex([left]).similarities(right)[0]


def background() -> Idf:
    """The table shipped with the package, for gold sets too small to count."""
    global _BACKGROUND
    if _BACKGROUND is None:
        with gzip.open(BACKGROUND, "rt", encoding="utf-8") as handle:
            _BACKGROUND = Idf.from_json(json.load(handle))
    return _BACKGROUND


_BACKGROUND: Idf | None = None


class _Table:
    """The weights of one language, with those of whole words remembered."""

    __slots__ = ("_known", "_of_word", "_unseen")

    def __init__(self, texts: int, frequencies: Mapping[str, int]) -> None:
        self._known = {gram: math.log((1 + texts) / (1 + n)) + 1 for gram, n in frequencies.items()}
        self._unseen = math.log((1 + texts) / 2) + 1 if texts else 1.0
        self._of_word: dict[str, dict[str, float]] = {}

    def weight(self, gram: str) -> float:
        return self._known.get(gram, self._unseen)

    def weights(self, grams: Iterable[str]) -> dict[str, float]:
        known, unseen = self._known, self._unseen
        return {gram: known.get(gram, unseen) for gram in grams}

    def of_word(self, word: str) -> dict[str, float]:
        found = self._of_word.get(word)
        if found is None:
            if len(self._of_word) > _REMEMBERED_WORDS:
                self._of_word.clear()
            found = self._of_word[word] = self.weights(_word_grams(word))
        return found


def _han_grams(text: str) -> list[str]:
    units = _UNIT.findall(text)
    return units + list(map(str.__add__, units, units[1:]))


def _word_grams(word: str) -> list[str]:
    padded = f" {word[:_LONGEST_WORD]} "
    return [padded[i : i + n] for n in (2, 3, 4) for i in range(len(padded) - n + 1)]
