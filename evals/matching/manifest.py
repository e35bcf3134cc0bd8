"""What a matcher is frozen with before it matches anything: n-gram weights and similarity floors, from gold alone.

Gold texts of *different* items are free negatives: the 99th percentile of their similarity is the floor below which
two items never meet. The similarity of gold items to their own evidence is a free positive: below its 1st percentile a
memory has nothing to do with a message. Neither is ever tuned by hand (matching-stats.md 2.3).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from evals.errors import ConfigError
from evals.text.entities import entities
from evals.text.features import Features, NameFinder, features
from evals.text.ngrams import GoldIndex, Idf, background
from evals.types import Dialogue

SAMPLE = 120  # texts a language from which the floors are read: 7,140 pairs
FEWEST = 20  # below this many the defaults hold
DEFAULT_FLOORS: Mapping[str, Mapping[str, float]] = {  # another language has the English one
    "ngram_idf": {"en": 0.116, "zh": 0.116},  # measured on labelled pairs (matching-stats.md 2.3)
    "token_set_ratio": {"en": 0.76, "zh": 0.40},  # these four on the facts of the golden set, each against all others
    "token_sort_ratio": {"en": 0.60, "zh": 0.40},
    "ratio": {"en": 0.64, "zh": 0.40},
    "WRatio": {"en": 0.86, "zh": 0.45},
}
LOWEST_FLOOR = 0.08
DEFAULT_GROUNDING_FLOOR = 0.02

Similarity = Callable[[Sequence[Features]], Callable[[Features], list[float]]]


class Aligner(NamedTuple):
    """A similarity that is not one of ours, and its floors where no dataset gives any."""

    similar_to: Similarity
    floors: Mapping[str, float]


@dataclass(frozen=True)
class Manifest:
    """Weights and floors, frozen. `floors` and `grounding_floors` are per language, similarities from 0 to 1.

    `fixed_floor` is the user's own and holds for every language. `aligner` is one that comes from outside (embeddings),
    `names` finds entities, and `about` says what either is.
    """

    idf: Idf
    align_scorer: str
    floors: Mapping[str, float]
    grounding_floors: Mapping[str, float]
    texts: Mapping[str, int]
    fixed_floor: float | None = None
    aligner: Aligner | None = None
    names: NameFinder = entities
    about: Mapping[str, Any] = field(default_factory=dict)

    def features(self, text: str) -> Features:
        """A text as this manifest weighs and reads it."""
        return features(text, self.idf, self.names)

    def floor(self, language: str) -> float:
        if self.fixed_floor is not None:
            return self.fixed_floor
        defaults = self.aligner.floors if self.aligner else DEFAULT_FLOORS[self.align_scorer]
        return self.floors.get(language, defaults.get(language, defaults["en"]))

    def grounding_floor(self, language: str) -> float:
        return self.grounding_floors.get(language, DEFAULT_GROUNDING_FLOOR)

    @property
    def similar_to(self) -> Similarity:
        """Gold texts in, a function out that gives a prediction's similarity to each of them."""
        return self.aligner.similar_to if self.aligner else SIMILARITIES[self.align_scorer]

    def to_json(self) -> dict[str, Any]:
        """What run.json prints of it: everything but the n-gram table, which is there by its hash."""
        return {
            "align_scorer": self.align_scorer,
            "idf": self.idf.digest()[:16],
            "floors": dict(self.floors),
            "grounding_floors": dict(self.grounding_floors),
            "gold_texts": dict(self.texts),
            **self.about,
        }


@dataclass
class ManifestBuilder:
    """Sees every dialogue of a dataset once, before any limit or split, and keeps a bounded sample of its gold."""

    seed: int = 0
    idf: Idf = field(default_factory=Idf)
    _pairs: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def observe(self, dialogue: Dialogue) -> None:
        for item in dialogue.gold.items:
            text = features(item.text, self.idf)  # remembered: its canonical form is needed again
            self.idf.add(text.ngrams, language=text.language)
            evidence = tuple(
                dialogue.messages[index].content for index in item.evidence if index < len(dialogue.messages)
            )
            self._keep(text.language, (item.text, evidence))

    def _keep(self, language: str, pair: tuple[str, tuple[str, ...]]) -> None:
        """Reservoir sampling: every gold text has the same chance, in memory that does not grow."""
        kept, seen = self._pairs.setdefault(language, []), self._seen.get(language, 0) + 1
        self._seen[language] = seen
        if len(kept) < SAMPLE:
            kept.append(pair)
        elif (place := self._random.randrange(seen)) < SAMPLE:
            kept[place] = pair

    def freeze(self, align_scorer: str, floor: float | None = None, aligner: Aligner | None = None) -> Manifest:
        """The manifest; `floor` replaces the measured floors of every language."""
        similarity = aligner.similar_to if aligner else _similarity(align_scorer)
        idf = self.idf.freeze()
        floors, grounding = {}, {}
        for language, pairs in sorted(self._pairs.items()):
            if len(pairs) < FEWEST:
                continue
            texts = list({text.canonical: text for text in (features(text, idf) for text, _ in pairs)}.values())
            floors[language] = _floor(texts, similarity(texts))
            grounding[language] = _grounding_floor(pairs, language, idf)
        if floor is not None:
            floors = dict.fromkeys(floors, floor) | {"en": floor, "zh": floor}
        return Manifest(idf, align_scorer, floors, grounding, dict(sorted(self._seen.items())), floor, aligner)


def default_manifest(
    align_scorer: str = "ngram_idf", floor: float | None = None, aligner: Aligner | None = None
) -> Manifest:
    """The package's own weights and floors, for texts that come without a dataset."""
    floors = {} if floor is None else {"en": floor, "zh": floor}
    return Manifest(background(), align_scorer, floors, {}, {}, floor, aligner)


def measured_floors(similar_to: Similarity, texts: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """The floors of a similarity over different texts of each language, where there is no dataset to read them from.

    Of the pairs of a dozen texts the 95th percentile: their 99th is the largest of them.
    """
    idf = background()
    made = {language: [features(text, idf) for text in dict.fromkeys(some)] for language, some in texts.items()}
    return {language: _floor(some, similar_to(some), share=0.95) for language, some in made.items()}


def _floor(texts: Sequence[Features], similar_to: Callable[[Features], list[float]], *, share: float = 0.99) -> float:
    """99th percentile of the similarity of every two different gold texts; the same text again is no negative."""
    similarities = sorted(value for position, text in enumerate(texts) for value in similar_to(text)[:position])
    return round(max(_percentile(similarities, share), LOWEST_FLOOR), 4)


def _grounding_floor(pairs: Sequence[tuple[str, tuple[str, ...]]], language: str, idf: Idf) -> float:
    """1st percentile of the similarity of a gold text to the nearest of its evidence messages, one language only."""
    best = []
    for text, evidence in pairs:
        messages = [features(content, idf) for content in evidence]
        vectors = [message.vector for message in messages if message.language == language]
        if vectors:
            best.append(max(GoldIndex(vectors).similarities(features(text, idf).vector)))
    return round(_percentile(sorted(best), 0.01), 4) if len(best) >= FEWEST else DEFAULT_GROUNDING_FLOOR


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def _similarity(align_scorer: str) -> Similarity:
    if align_scorer not in SIMILARITIES:
        raise ConfigError(f"matcher.align_scorer={align_scorer!r}: there are {', '.join(SIMILARITIES)}, embedding")
    return SIMILARITIES[align_scorer]


def _ngram_idf(gold: Sequence[Features]) -> Callable[[Features], list[float]]:
    index = GoldIndex([text.vector for text in gold])
    return lambda predicted: index.similarities(predicted.vector)


def _rapidfuzz(name: str) -> Similarity:
    def prepare(gold: Sequence[Features]) -> Callable[[Features], list[float]]:
        from rapidfuzz import fuzz

        scorer = getattr(fuzz, name)
        return lambda predicted: [scorer(text.canonical, predicted.canonical) / 100 for text in gold]

    return prepare


SIMILARITIES: dict[str, Similarity] = {
    "ngram_idf": _ngram_idf,
    **{name: _rapidfuzz(name) for name in ("token_set_ratio", "token_sort_ratio", "ratio", "WRatio")},
}
