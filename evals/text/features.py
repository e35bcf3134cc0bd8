"""Everything the matcher asks about one text, computed on first use and remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from evals.text.activities import activities
from evals.text.attitude import denied_words, is_averse, is_for
from evals.text.canonical import canonical
from evals.text.difference import tokens
from evals.text.directions import left, reached
from evals.text.entities import entities
from evals.text.kinds import kinds
from evals.text.language import language_of, languages_in
from evals.text.lazy import lazy
from evals.text.modality import Modality, modality
from evals.text.neighbours import neighbours
from evals.text.ngrams import Idf, Vector, ngrams
from evals.text.polarity import Polarity, polarity
from evals.text.roles import actors, participants, roles
from evals.text.values import Value, values
from evals.text.words import content_words

NameFinder = Callable[[str, str], frozenset[str]]  # of a text in a language


class Features:
    """Lazy features of one text. `idf` must be frozen before `vector` is read; `names` finds its entities."""

    def __init__(self, text: str, idf: Idf, names: NameFinder = entities) -> None:
        self.text = text
        self._idf, self._names = idf, names

    def __repr__(self) -> str:
        return f"Features({self.text!r})"

    @lazy
    def language(self) -> str:
        return language_of(self.text)

    @lazy
    def languages(self) -> frozenset[str]:
        return languages_in(self.text)

    @lazy
    def canonical(self) -> str:
        return canonical(self.text, self.language)

    @lazy
    def ngrams(self) -> dict[str, int]:
        return ngrams(self.canonical, self.language)

    @lazy
    def vector(self) -> Vector:
        return self._idf.vector(self.canonical, self.language)

    @lazy
    def values(self) -> tuple[Value, ...]:
        return values(self.canonical)

    @lazy
    def content_words(self) -> tuple[str, ...]:
        return content_words(self.canonical, self.language)

    @lazy
    def content_set(self) -> frozenset[str]:
        return frozenset(self.content_words)

    @lazy
    def word_before(self) -> dict[str, str]:
        return neighbours(self.content_words, before=True)

    @lazy
    def word_after(self) -> dict[str, str]:
        return neighbours(self.content_words, before=False)

    @lazy
    def entities(self) -> frozenset[str]:
        return self._names(self.text, self.language)

    @lazy
    def polarity(self) -> Polarity:
        return polarity(self.canonical, self.language)

    @lazy
    def roles(self) -> frozenset[str]:
        return roles(self.canonical, self.language)

    @lazy
    def tokens(self) -> tuple[str, ...]:
        return tokens(self.canonical, self.language)

    @lazy
    def participants(self) -> tuple[str, ...]:
        return participants(self.canonical, self.language, self.entities)

    @lazy
    def actors(self) -> dict[str, int]:
        return actors(self.canonical, self.language)

    @lazy
    def left(self) -> frozenset[str]:
        return left(self.canonical, self.language)

    @lazy
    def reached(self) -> frozenset[str]:
        return reached(self.canonical, self.language)

    @lazy
    def activities(self) -> frozenset[str]:
        return activities(self.canonical, self.language, self.tokens)

    @lazy
    def kinds(self) -> Mapping[str, frozenset[str]]:
        return kinds(self.canonical, self.language, self.tokens)

    @lazy
    def is_averse(self) -> bool:
        return is_averse(self.canonical, self.language)

    @lazy
    def is_for(self) -> bool:
        return is_for(self.canonical, self.language)

    @lazy
    def denied_words(self) -> Mapping[str, bool]:
        return denied_words(self.canonical, self.language)

    @lazy
    def modality(self) -> Modality:
        return modality(self.canonical, self.language)


_LONG = 400  # characters; a long text's features take up to a megabyte, a short one's some 15 kB


def features(text: str, idf: Idf, names: NameFinder = entities) -> Features:
    """The features of a text under one frozen Idf; the last 4,096 short texts and 128 long ones are remembered."""
    return _of_short(text, idf, names) if len(text) < _LONG else _of_long(text, idf, names)


_of_short = lru_cache(maxsize=4096)(Features)
_of_long = lru_cache(maxsize=128)(Features)
