"""The one pass over a whole dataset before a run: everything validated, the selection made, counted and hashed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from evals.corpus.hashes import combined, gold_hash, in_hash
from evals.corpus.selection import Sampling, Selection, Sharding, chooser, in_split, shard_of
from evals.corpus.source import Source, dialogues
from evals.errors import ConfigError
from evals.keys import KeyList, key_of
from evals.types import Dialogue

_SHOWN_IDS = 5


class Hashes:
    """Hashes of 16 hex digits, eight bytes each."""

    def __init__(self) -> None:
        self._keys = KeyList()

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, hash: object) -> bool:
        return int(str(hash), 16) in self._keys

    def add(self, hash: str) -> None:
        self._keys.add(int(hash, 16))

    def combined(self) -> str:
        """As `evals.corpus.hashes.combined`."""
        return combined(f"{number:016x}" for number in self._keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a selection of a dataset holds. Counts and hashes are over the selected dialogues.

    `selected` holds the keys (`evals.keys`) of the dialogues, None when nothing was left out. `kinds` counts gold items
    by kind and `forbidden`; the others count dialogues. `in_hash` covers what the extractor is sent, `gold_hash` what
    answers are held against; neither depends on the order of the dataset. `in_hashes` are those of single dialogues.
    """

    total: int
    selected: KeyList | None
    dialogues: int
    clusters: int
    languages: dict[str, int]
    splits: dict[str, int]
    kinds: dict[str, int]
    labels: dict[str, int]
    in_hash: str
    gold_hash: str
    in_hashes: Hashes


def survey(source: Source, selection: Selection, observe: Callable[[Dialogue], None] | None = None) -> Survey:
    """Reads the whole dataset once; `observe` is shown every dialogue, selected or not.

    Raises DataError with every fault of the files; ConfigError for unknown ids, for ids outside the split, and for a
    selection of nothing.
    """
    fits = chooser(selection)
    missing = set(selection.ids or ())
    outside: list[str] = []
    total = 0
    tally = _Tally(selection.shard)
    sampling: Sampling[_Entry] | None = None
    if selection.limit is not None:
        sampling = Sampling(selection.limit, selection.seed)
    for dialogue in dialogues(source):
        total += 1
        if observe:
            observe(dialogue)
        if dialogue.id in missing:
            missing.discard(dialogue.id)
            if not in_split(dialogue, selection.split):
                outside.append(f"{dialogue.id} ({dialogue.split})")
        if not fits(dialogue):
            continue
        if sampling is None:
            tally.add(_Entry.of(dialogue))
        else:
            sampling.offer(dialogue.id, dialogue.language, _Entry.of(dialogue))
    _check_ids(selection, missing, outside)
    for entry in () if sampling is None else sampling.drawn():
        tally.add(entry)
    if not len(tally.chosen):
        raise ConfigError(f"{source.name}: the selection is empty ({_described(selection)}); {total} dialogues in all")
    return tally.surveyed(total)


def selected(source: Source, survey: Survey) -> Iterator[Dialogue]:
    """Streams the surveyed dialogues in dataset order."""
    wanted = survey.selected
    return (dialogue for dialogue in dialogues(source, again=True) if wanted is None or key_of(dialogue.id) in wanted)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is counted of a dialogue."""

    id: str
    cluster: str
    language: str
    split: str
    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    in_hash: str
    gold_hash: str

    @classmethod
    def of(cls, dialogue: Dialogue) -> _Entry:
        kinds = (*(item.kind for item in dialogue.gold.items), *("forbidden" for _ in dialogue.gold.forbidden))
        return cls(
            id=dialogue.id,
            cluster=dialogue.cluster,
            language=dialogue.language,
            split=dialogue.split,
            labels=tuple(dict.fromkeys(dialogue.labels)),
            kinds=kinds,
            in_hash=in_hash(dialogue),
            gold_hash=gold_hash(dialogue),
        )


class _Tally:
    """Running counts over the chosen dialogues, in dataset order: records of a cluster stand together."""

    def __init__(self, shard: str | None) -> None:
        self.chosen = KeyList()
        self._shard, of = shard_of(shard or "1/1")
        self._sharding = Sharding(of)
        self._clusters = 0
        self._cluster: str | None = None
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in ("languages", "splits", "kinds", "labels")}
        self._in, self._gold = Hashes(), Hashes()

    def add(self, entry: _Entry) -> None:
        """Count one entry, unless another shard has it."""
        if self._sharding.number(entry.cluster) != self._shard:
            return
        self.chosen.add(key_of(entry.id))
        self._clusters += entry.cluster != self._cluster
        self._cluster = entry.cluster
        self._counts["languages"][entry.language] += 1
        self._counts["splits"][entry.split] += 1
        self._counts["kinds"].update(entry.kinds)
        self._counts["labels"].update(entry.labels)
        self._in.add(entry.in_hash)
        self._gold.add(entry.gold_hash)

    def surveyed(self, total: int) -> Survey:
        return Survey(
            total=total,
            selected=None if len(self.chosen) == total else self.chosen,
            dialogues=len(self.chosen),
            clusters=self._clusters,
            in_hash=self._in.combined(),
            gold_hash=self._gold.combined(),
            in_hashes=self._in,
            **{name: dict(sorted(counts.items())) for name, counts in self._counts.items()},
        )


def _check_ids(selection: Selection, missing: set[str], outside: list[str]) -> None:
    if missing:
        unknown = [name for name in selection.ids or () if name in missing]
        raise ConfigError(f"dataset.ids: no such dialogues: {_listed(unknown)}")
    if outside:
        raise ConfigError(f"dataset.ids: not in dataset.split={selection.split}: {_listed(outside)}")


def _listed(names: Sequence[str]) -> str:
    more = f" … ({len(names)} in all)" if len(names) > _SHOWN_IDS else ""
    return ", ".join(names[:_SHOWN_IDS]) + more


def _described(selection: Selection) -> str:
    asked = {
        "split": selection.split,
        "ids": selection.ids and _listed(selection.ids),
        "where": selection.where,
        "shard": selection.shard,
    }
    return ", ".join(f"dataset.{name}={value}" for name, value in asked.items() if value)
