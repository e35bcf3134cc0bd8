"""The two sides of a match made ready: items in an order of their own, with the features of every text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from evals.matching.manifest import Manifest
from evals.text.features import Features, features
from evals.text.ngrams import GoldIndex
from evals.types import KINDS, Extraction, Fact, Forbidden, Gold, GoldItem, Kind, Preference

Pool = Literal["fact", "preference"]
POOLS: tuple[Pool, ...] = ("fact", "preference")
_REMEMBERED = 64  # gold of this many dialogues: enough for the controls and repeats that follow on the same one


@dataclass(frozen=True)
class GoldEntry:
    """One gold item with the features of its value, its variants and its slots."""

    item: GoldItem
    texts: tuple[Features, ...]
    slots: dict[str, Features]

    @property
    def pool(self) -> Pool:
        return pool_of(self.item.kind)

    @property
    def main(self) -> Features:
        return self.texts[0]

    @cached_property
    def languages(self) -> frozenset[str]:
        return frozenset().union(*(text.languages | {text.language} for text in self.texts))


@dataclass(frozen=True)
class PredictedEntry:
    """One predicted item; `kind` is None where the type is not one the API knows."""

    index: int
    kind: Kind | None
    item: Fact | Preference
    text: Features

    @property
    def pool(self) -> Pool:
        return "fact" if isinstance(self.item, Fact) else "preference"

    @cached_property
    def languages(self) -> frozenset[str]:
        return self.text.languages | {self.text.language}

    @property
    def fault(self) -> str | None:
        """Why the item can never match, if so."""
        if self.kind is None:
            return "unknown_type"
        return None if any(character.isalnum() for character in self.item.text) else "empty"


class GoldSide:
    """Gold of one dialogue: entries of a pool in canonical order, and one index over all their texts."""

    def __init__(self, gold: Gold, manifest: Manifest) -> None:
        entries = sorted((_entry(item, manifest) for item in gold.items), key=_gold_order)
        self.pools: dict[Pool, tuple[GoldEntry, ...]] = {
            pool: tuple(entry for entry in entries if entry.pool == pool) for pool in POOLS
        }
        self.forbidden: tuple[tuple[Forbidden, Features], ...] = tuple(
            (item, features(item.value, manifest.idf))
            for item in sorted(gold.forbidden, key=lambda item: (item.value, item.fid))
        )
        self._manifest = manifest
        self._indexes: dict[Pool, GoldIndex] = {}

    def similarities(self, pool: Pool, predicted: Features) -> list[float]:
        """Similarity of a prediction to every entry of a pool: that of the entry's nearest wording."""
        entries = self.pools[pool]
        texts = [text for entry in entries for text in entry.texts]
        if self._manifest.align_scorer == "ngram_idf":
            if pool not in self._indexes:
                self._indexes[pool] = GoldIndex([text.vector for text in texts])
            flat = self._indexes[pool].similarities(predicted.vector)
        else:
            flat = self._manifest.similarity(texts, predicted)
        if len(texts) == len(entries):
            return flat
        best, start = [], 0
        for entry in entries:
            best.append(max(flat[start : start + len(entry.texts)]))
            start += len(entry.texts)
        return best


class GoldSides:
    """The gold sides made last, by identity: the same gold is matched again by every control and repeat."""

    def __init__(self) -> None:
        self._sides: OrderedDict[int, tuple[Gold, Manifest, GoldSide]] = OrderedDict()

    def of(self, gold: Gold, manifest: Manifest) -> GoldSide:
        held = self._sides.get(id(gold))
        if held and held[0] is gold and held[1] is manifest:
            return held[2]
        side = GoldSide(gold, manifest)
        self._sides[id(gold)] = (gold, manifest, side)
        if len(self._sides) > _REMEMBERED:
            self._sides.popitem(last=False)
        return side


def predicted_entries(extraction: Extraction, manifest: Manifest) -> list[PredictedEntry]:
    """All predictions, numbered facts first as they came, then put in canonical order."""
    items: Sequence[Fact | Preference] = (*extraction.facts, *extraction.preferences)
    entries = [
        PredictedEntry(index, kind_of(item), item, features(item.text, manifest.idf))
        for index, item in enumerate(items)
    ]
    return sorted(entries, key=_predicted_order)


def kind_of(item: Fact | Preference) -> Kind | None:
    if isinstance(item, Fact):
        return "fact"
    return next((kind for kind in KINDS[1:] if kind == item.preference_type), None)


def pool_of(kind: Kind) -> Pool:
    return "fact" if kind == "fact" else "preference"


def _entry(item: GoldItem, manifest: Manifest) -> GoldEntry:
    texts = tuple(features(text, manifest.idf) for text in (item.text, *item.variants))
    slots = {name: features(value, manifest.idf) for name, value in (item.slots or {}).items()}
    return GoldEntry(item, texts, slots)


def _gold_order(entry: GoldEntry) -> tuple[str, str, str]:
    return (entry.main.canonical, entry.item.text, entry.item.gid)


def _predicted_order(entry: PredictedEntry) -> tuple[str, str, str, int]:
    item = entry.item
    rest = (
        f"{item.memory_key}|{item.memory_type}|{item.tags}"
        if isinstance(item, Fact)
        else f"{item.preference_type}|{item.reasoning}"
    )
    return (entry.text.canonical, item.text, rest, entry.index)
