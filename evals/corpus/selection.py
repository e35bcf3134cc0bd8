"""Which dialogues of a dataset take part: by split, by id, by condition, and a seeded sample balanced over language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from typing import Generic, TypeVar

from evals.errors import ConfigError
from evals.types import Dialogue

T = TypeVar("T")
SPLITS = ("dev", "test", "holdout", "all")

FIELDS: Mapping[str, Callable[[Dialogue], Sequence[str]]] = {
    "language": lambda dialogue: (dialogue.language,),
    "split": lambda dialogue: (dialogue.split,),
    "label": lambda dialogue: dialogue.labels,
    "cluster": lambda dialogue: (dialogue.cluster,),
    "dataset": lambda dialogue: (dialogue.dataset,) if dialogue.dataset else (),
    "pair_id": lambda dialogue: (dialogue.pair_id,) if dialogue.pair_id else (),
    "kind": lambda dialogue: tuple({item.kind for item in dialogue.gold.items}),
    "id": lambda dialogue: (dialogue.id,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for. `limit` is a sample drawn from `seed`; `all` never holds the holdout.

    `shard`, as `3/16`, is taken of what all else leaves, so that the shards together are the selection without one.
    """

    split: str = "all"
    ids: tuple[str, ...] | None = None
    where: str | None = None
    limit: int | None = None
    seed: int = 0
    shard: str | None = None


def chooser(selection: Selection) -> Callable[[Dialogue], bool]:
    """Tells whether a dialogue fits split, ids and where; the sample is drawn by `Sampling`.

    Raises ConfigError for an unknown split or field, a term that is none, or a limit below 1.
    """
    if selection.split not in SPLITS:
        raise ConfigError(f"dataset.split: no such split (value {selection.split!r}); one of {', '.join(SPLITS)}")
    if selection.limit is not None and selection.limit < 1:
        raise ConfigError(f"dataset.limit: out of range (value {selection.limit}); 1 or more, or null for all")
    ids = None if selection.ids is None else frozenset(selection.ids)
    terms = [_term(text.strip()) for text in (selection.where or "").split(",") if selection.where]

    def fits(dialogue: Dialogue) -> bool:
        return (
            in_split(dialogue, selection.split)
            and (ids is None or dialogue.id in ids)
            and all(term(dialogue) for term in terms)
        )

    return fits


class Sharding:
    """Deals the clusters of a selection out in turn, as they come in dataset order: whole clusters, equal shards."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._dealt = 0
        self._cluster: str | None = None

    def number(self, cluster: str) -> int:
        """The shard, from 1, of the next dialogue."""
        if cluster != self._cluster:
            self._cluster = cluster
            self._dealt += 1
        return (self._dealt - 1) % self._of + 1


def shard_of(text: str) -> tuple[int, int]:
    """(number, of) in `3/16`. Raises ConfigError where it is none."""
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise ConfigError(f"dataset.shard={text}: NUMBER/OF is wanted, such as 3/16, from 1/16 to 16/16")
    return int(number), int(of)


def in_split(dialogue: Dialogue, split: str) -> bool:
    """Whether a dialogue belongs to a split; `all` is dev and test."""
    return dialogue.split == split if split != "all" else dialogue.split != "holdout"


class Sampling(Generic[T]):
    """A sample of `limit`, taken in turn from every language, each language in a seeded order.

    The order of the dataset plays no part, and a larger limit only adds ids. No more than `limit` a language are held.
    """

    def __init__(self, limit: int, seed: int) -> None:
        self._limit, self._seed = limit, seed
        self._offered = 0
        self._held: dict[str, list[tuple[int, int, T]]] = {}  # (how late it is drawn, negated; place; what was offered)

    def offer(self, id: str, language: str, what: T) -> None:
        """One dialogue of the dataset, in dataset order."""
        held = self._held.setdefault(language, [])
        entry = (-_draw(id, self._seed), self._offered, what)
        self._offered += 1
        if len(held) < self._limit:
            heappush(held, entry)
        else:
            heappushpop(held, entry)

    def drawn(self) -> list[T]:
        """What was drawn, in dataset order."""
        queues = [sorted(held, key=lambda entry: -entry[0]) for _, held in sorted(self._held.items())]
        taken: list[tuple[int, int, T]] = []
        for turn in range(max(map(len, queues), default=0)):
            taken += [queue[turn] for queue in queues if turn < len(queue)]
            if len(taken) >= self._limit:
                break
        return [what for _, _, what in sorted(taken[: self._limit], key=lambda entry: entry[1])]


def _draw(id: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}|{id}".encode()).digest(), "big")


def _term(text: str) -> Callable[[Dialogue], bool]:
    """`field=value`, `field!=value`; values may be alternatives with `|` and hold `*` for anything."""
    matched = re.fullmatch(r"([^=!]*?)\s*(!?=)\s*(.+)", text)
    if not matched:
        raise ConfigError(f"dataset.where: not a condition (value {text!r}); write field=value or field!=value")
    field, operator, values = matched.groups()
    if field not in FIELDS:
        raise ConfigError(f"dataset.where: no such field (value {field!r}); one of {', '.join(FIELDS)}")
    patterns = [
        re.compile(".*".join(map(re.escape, value.strip().split("*"))), re.DOTALL) for value in values.split("|")
    ]
    wanted = operator == "="

    def holds(dialogue: Dialogue) -> bool:
        found = any(pattern.fullmatch(value) for value in FIELDS[field](dialogue) for pattern in patterns)
        return found == wanted

    return holds
