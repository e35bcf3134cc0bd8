"""Which dialogues of a dataset take part: by split, by id, by condition, and a seeded sample balanced over language."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.errors import ConfigError
from evals.types import Dialogue

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
    """What is asked for. `limit` is a sample drawn from `seed`; `all` never holds the holdout."""

    split: str = "all"
    ids: tuple[str, ...] | None = None
    where: str | None = None
    limit: int | None = None
    seed: int = 0


def chooser(selection: Selection) -> Callable[[Dialogue], bool]:
    """Tells whether a dialogue fits split, ids and where; the sample is drawn afterwards, by `sample`.

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


def in_split(dialogue: Dialogue, split: str) -> bool:
    """Whether a dialogue belongs to a split; `all` is dev and test."""
    return dialogue.split == split if split != "all" else dialogue.split != "holdout"


def sample(languages: Iterable[tuple[str, str]], limit: int, seed: int) -> frozenset[str]:
    """Of (id, language) pairs, `limit` ids taken in turn from every language, each language in a seeded order.

    The order of the dataset plays no part, and a larger limit only adds ids.
    """
    by_language: dict[str, list[str]] = {}
    for name, language in languages:
        by_language.setdefault(language, []).append(name)
    queues = [sorted(names, key=lambda name: _draw(name, seed)) for _, names in sorted(by_language.items())]
    taken: list[str] = []
    for turn in range(max(map(len, queues), default=0)):
        taken += [queue[turn] for queue in queues if turn < len(queue)]
        if len(taken) >= limit:
            break
    return frozenset(taken[:limit])


def _draw(id: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}|{id}".encode()).digest()


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
