"""The two sides of a match made ready: items in an order of their own, with the features of every text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, NamedTuple, TypeVar

from evals.matching.manifest import Manifest
from evals.text.features import Features
from evals.types import KINDS, Extraction, Fact, Forbidden, Gold, GoldItem, Kind, Preference

Pool = Literal["fact", "preference"]
POOLS: tuple[Pool, ...] = ("fact", "preference")
_REMEMBERED = 64  # dialogues; enough for the controls and repeats that follow on the same one
Given = TypeVar("Given")
Made = TypeVar("Made")


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
            (item, manifest.features(item.value))
            for item in sorted(gold.forbidden, key=lambda item: (item.value, item.fid))
        )
        self._texts = [text for pool in POOLS for entry in self.pools[pool] for text in entry.texts]
        self._texts += [text for _, text in self.forbidden]
        self._similar = manifest.similar_to(self._texts)
        self._near: dict[Features, Near] = {}

    def near(self, predicted: Features) -> Near:
        """How near a prediction is to every entry of either pool, and to every forbidden item: one pass over both."""
        found = self._near.get(predicted)
        if found is None:
            found = self._near[predicted] = self._measured(self._similar(predicted))
        return found

    def _measured(self, flat: list[float]) -> Near:
        pools: dict[Pool, list[Nearness]] = {}
        start = 0
        for pool in POOLS:
            pools[pool] = []
            for entry in self.pools[pool]:
                end = start + len(entry.texts)
                similarity = max(flat[start:end])
                pools[pool].append(Nearness(round(similarity, 6), flat.index(similarity, start, end) - start))
                start = end
        return Near(pools, flat[start:])


class Near(NamedTuple):
    """How near one prediction is to the entries of each pool, and to the forbidden items, in their order."""

    pools: dict[Pool, list[Nearness]]
    forbidden: list[float]


class Nearness(NamedTuple):
    """The similarity of a prediction to a gold entry, and which of the entry's wordings it holds for."""

    similarity: float
    wording: int


class Prepared(Generic[Given, Made]):
    """What was made ready last, by identity: the same dialogue is matched again by every control and repeat."""

    def __init__(self, make: Callable[[Given, Manifest], Made]) -> None:
        self._make = make
        self._kept: OrderedDict[int, tuple[Given, Manifest, Made]] = OrderedDict()

    def __reduce__(self) -> tuple[type, tuple[Callable[[Given, Manifest], Made]]]:
        """In another process nothing is ready yet."""
        return type(self), (self._make,)

    def of(self, given: Given, manifest: Manifest) -> Made:
        held = self._kept.get(id(given))
        if held and held[0] is given and held[1] is manifest:
            return held[2]
        made = self._make(given, manifest)
        self._kept[id(given)] = (given, manifest, made)
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        return made


def predicted_entries(extraction: Extraction, manifest: Manifest) -> list[PredictedEntry]:
    """All predictions, numbered facts first as they came, then put in canonical order."""
    items: Sequence[Fact | Preference] = (*extraction.facts, *extraction.preferences)
    entries = [
        PredictedEntry(index, kind_of(item), item, manifest.features(item.text)) for index, item in enumerate(items)
    ]
    return sorted(entries, key=_predicted_order)


def kind_of(item: Fact | Preference) -> Kind | None:
    if isinstance(item, Fact):
        return "fact"
    return next((kind for kind in KINDS[1:] if kind == item.preference_type), None)


def pool_of(kind: Kind) -> Pool:
    return "fact" if kind == "fact" else "preference"


def _entry(item: GoldItem, manifest: Manifest) -> GoldEntry:
    texts = tuple(manifest.features(text) for text in (item.text, *item.variants))
    slots = {name: manifest.features(value) for name, value in (item.slots or {}).items()}
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
