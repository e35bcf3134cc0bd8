"""The one pass over a whole dataset before a run: everything validated, the selection made, counted and hashed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.corpus.hashes import combined, gold_hash, in_hash
from evals.corpus.selection import Selection, chooser, in_split, sample
from evals.corpus.source import Source, dialogues
from evals.errors import ConfigError
from evals.types import Dialogue

_SHOWN_IDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a selection of a dataset holds. Counts and hashes are over the selected dialogues.

    `selected` is None when nothing was left out. `kinds` counts gold items by kind and `forbidden`; the others count
    dialogues. `in_hash` covers what the extractor is sent, `gold_hash` what answers are held against; neither depends
    on the order of the dataset.
    """

    total: int
    selected: tuple[str, ...] | None
    dialogues: int
    clusters: int
    languages: dict[str, int]
    splits: dict[str, int]
    kinds: dict[str, int]
    labels: dict[str, int]
    in_hash: str
    gold_hash: str
    in_hashes: dict[str, str]


def survey(source: Source, selection: Selection, observe: Callable[[Dialogue], None] | None = None) -> Survey:
    """Reads the whole dataset once; `observe` is shown every dialogue, selected or not.

    Raises DataError with every fault of the files; ConfigError for unknown ids, for ids outside the split, and for a
    selection of nothing.
    """
    fits = chooser(selection)
    missing = set(selection.ids or ())
    outside: list[str] = []
    total = 0
    fitting: list[_Entry] = []
    for dialogue in dialogues(source):
        total += 1
        if observe:
            observe(dialogue)
        if dialogue.id in missing:
            missing.discard(dialogue.id)
            if not in_split(dialogue, selection.split):
                outside.append(f"{dialogue.id} ({dialogue.split})")
        if fits(dialogue):
            fitting.append(_Entry.of(dialogue))
    _check_ids(selection, missing, outside)
    chosen = _sampled(fitting, selection)
    if not chosen:
        raise ConfigError(f"{source.name}: the selection is empty ({_described(selection)}); {total} dialogues in all")
    return _surveyed(chosen, total)


def selected(source: Source, survey: Survey) -> Iterator[Dialogue]:
    """Streams the surveyed dialogues in dataset order."""
    wanted = None if survey.selected is None else frozenset(survey.selected)
    return (dialogue for dialogue in dialogues(source) if wanted is None or dialogue.id in wanted)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is kept of a dialogue until the selection is known."""

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


def _sampled(fitting: list[_Entry], selection: Selection) -> list[_Entry]:
    if selection.limit is None or selection.limit >= len(fitting):
        return fitting
    kept = sample(((entry.id, entry.language) for entry in fitting), selection.limit, selection.seed)
    return [entry for entry in fitting if entry.id in kept]


def _surveyed(chosen: Sequence[_Entry], total: int) -> Survey:
    return Survey(
        total=total,
        selected=None if len(chosen) == total else tuple(entry.id for entry in chosen),
        dialogues=len(chosen),
        clusters=len({entry.cluster for entry in chosen}),
        languages=_counted(entry.language for entry in chosen),
        splits=_counted(entry.split for entry in chosen),
        kinds=_counted(kind for entry in chosen for kind in entry.kinds),
        labels=_counted(label for entry in chosen for label in entry.labels),
        in_hash=combined(entry.in_hash for entry in chosen),
        gold_hash=combined(entry.gold_hash for entry in chosen),
        in_hashes={entry.id: entry.in_hash for entry in chosen},
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


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
    asked = {"split": selection.split, "ids": selection.ids and _listed(selection.ids), "where": selection.where}
    return ", ".join(f"dataset.{name}={value}" for name, value in asked.items() if value)
