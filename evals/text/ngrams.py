"""IDF-weighted character n-grams: vectors of texts, and their cosine through an inverted index.

English (and every script written with spaces) is cut into 2- to 4-grams of its words, padded at the word
boundary; Chinese into 1- and 2-grams of its characters, where a run of Latin letters or digits counts as one
character. Weights are smoothed inverse document frequencies, ln((1 + texts) / (1 + texts holding it)) + 1.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

MIN_TEXTS = 50  # below this many texts a language's frequencies are noise and the shipped table is used
BACKGROUND = Path(__file__).with_name("idf_background.json.gz")

_HAN_SCHEME = ("zh", "ja")
_UNIT = re.compile(r"[0-9a-z][0-9a-z:.%°'/-]*[0-9a-z%°]|[^\W_]")
_WORD = re.compile(r"[^\s,.;!?()\[\]{}\"<>|]+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Vector:
    """Weights of one text's n-grams (term frequency × IDF) and their Euclidean norm."""

    weights: Mapping[str, float]
    norm: float


def ngrams(canonical_text: str, language: str) -> dict[str, int]:
    """How often each n-gram stands in a canonical text."""
    counts: dict[str, int] = {}
    for grams in _pieces(canonical_text, language):
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
        weights: dict[str, float] = {}
        get = weights.get
        for piece in _pieces(canonical_text, language):
            for gram, weight in table.weighted(piece):
                weights[gram] = get(gram, 0.0) + weight
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
    """Cosines of a prediction against several gold texts at once, through postings of their n-grams."""

    def __init__(self, gold: Sequence[Vector]) -> None:
        self._norms = [vector.norm for vector in gold]
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for position, vector in enumerate(gold):
            for gram, weight in vector.weights.items():
                self._postings.setdefault(gram, []).append((position, weight))

    def similarities(self, predicted: Vector) -> list[float]:
        """Cosine of the prediction with every gold text, in gold order; 0.0 where either is empty."""
        dots = [0.0] * len(self._norms)
        postings = self._postings
        for gram, weight in predicted.weights.items():
            if gram in postings:
                for position, gold_weight in postings[gram]:
                    dots[position] += weight * gold_weight
        norm = predicted.norm
        return [
            min(dot / (norm * gold_norm), 1.0) if dot else 0.0
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

    __slots__ = ("_known", "_remembered", "_unseen")

    def __init__(self, texts: int, frequencies: Mapping[str, int]) -> None:
        self._known = {gram: math.log((1 + texts) / (1 + n)) + 1 for gram, n in frequencies.items()}
        self._unseen = math.log((1 + texts) / 2) + 1 if texts else 1.0
        self._remembered: dict[tuple[str, ...], tuple[tuple[str, float], ...]] = {}

    def weight(self, gram: str) -> float:
        return self._known.get(gram, self._unseen)

    def weighted(self, grams: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
        found = self._remembered.get(grams)
        if found is None:
            if len(self._remembered) > 50_000:
                self._remembered.clear()
            found = self._remembered[grams] = tuple((gram, self.weight(gram)) for gram in grams)
        return found


def _pieces(text: str, language: str) -> list[tuple[str, ...]]:
    if language in _HAN_SCHEME:
        units = _UNIT.findall(text)
        return [tuple(units), tuple(map(str.__add__, units, units[1:]))]
    return [_word_grams(word) for word in _WORD.findall(text)]


@lru_cache(maxsize=50_000)
def _word_grams(word: str) -> tuple[str, ...]:
    padded = f" {word[:64]} "  # a longer "word" is a link or noise
    return tuple(padded[i : i + n] for n in (2, 3, 4) for i in range(len(padded) - n + 1))
