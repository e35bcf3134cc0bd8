"""Which dialogues two runs share, and both sides of each, one after the other in the candidate's order.

A dialogue is shared where both runs have its id with the same messages. Both streams are read once; only what the other
order brings too early is held back, which is nothing where the runs list their dialogues alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TypeVar

from evals.results import DialogueOutcome
from evals.scoring.counted import BLOCK, Counted, Header

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The ids two runs share, and how many dialogues of each were left out, and why."""

    ids: frozenset[str]
    only_base: int = 0
    only_candidate: int = 0
    other_messages: int = 0


def shared(base: Iterable[Header], candidate: Iterable[Header]) -> Shared:
    """The dialogues both runs answered with the same messages (unknown messages count as the same)."""
    hashes = {header.id: header.in_hash for header in base}
    ids, only_candidate, other = set(), 0, 0
    for header in candidate:
        if header.id not in hashes:
            only_candidate += 1
        elif None not in (given := (hashes[header.id], header.in_hash)) and given[0] != given[1]:
            other += 1
        else:
            ids.add(header.id)
    only_base = len(hashes) - len(ids) - other
    return Shared(ids=frozenset(ids), only_base=only_base, only_candidate=only_candidate, other_messages=other)


def paired_blocks(
    base: Iterable[Counted], candidate: Iterable[Counted], ids: frozenset[str]
) -> Iterator[tuple[Counted, Counted]]:
    """(base, candidate) blocks of the same dialogues in the same order.

    Blocks that hold the same dialogues on both sides pass as they are; from the first that does not, one by one.
    """
    theirs, ours = iter(base), iter(candidate)
    for pair in zip(theirs, ours, strict=False):
        if not _alike(*pair, ids):
            yield from _one_by_one(chain(pair[:1], theirs), chain(pair[1:], ours), ids)
            return
        yield pair
    yield from _one_by_one(theirs, ours, ids)


def _alike(base: Counted, candidate: Counted, ids: frozenset[str]) -> bool:
    names = [header.id for header in candidate.headers]
    return names == [header.id for header in base.headers] and ids.issuperset(names)


def _one_by_one(
    base: Iterable[Counted], candidate: Iterable[Counted], ids: frozenset[str]
) -> Iterator[tuple[Counted, Counted]]:
    waiting: list[tuple[Counted, Counted]] = []
    for pair in _in_step(_dialogues(base, ids), _dialogues(candidate, ids), key=lambda one: one.headers[0].id):
        waiting.append(pair)
        if len(waiting) == BLOCK:
            yield _side_by_side(waiting)
            waiting = []
    if waiting:
        yield _side_by_side(waiting)


def paired_outcomes(
    base: Iterable[DialogueOutcome], candidate: Iterable[DialogueOutcome], ids: frozenset[str]
) -> Iterator[tuple[tuple[DialogueOutcome, ...], tuple[DialogueOutcome, ...]]]:
    """(base, candidate) outcomes of the same dialogue, all repeats of it."""
    return _in_step(_repeats(base, ids), _repeats(candidate, ids), key=lambda repeats: repeats[0].id)


def _in_step(base: Iterator[T], candidate: Iterator[T], *, key: Callable[[T], str]) -> Iterator[tuple[T, T]]:
    early: dict[str, T] = {}
    for wanted in candidate:
        name = key(wanted)
        while name not in early:
            given = next(base)
            early[key(given)] = given
        yield early.pop(name), wanted


def _dialogues(blocks: Iterable[Counted], ids: frozenset[str]) -> Iterator[Counted]:
    for block in blocks:
        for position, header in enumerate(block.headers):
            if header.id in ids:
                yield block.at(position)


def _repeats(outcomes: Iterable[DialogueOutcome], ids: frozenset[str]) -> Iterator[tuple[DialogueOutcome, ...]]:
    for name, repeats in groupby(outcomes, key=lambda outcome: outcome.id):
        if name in ids:
            yield tuple(repeats)


def _side_by_side(pairs: list[tuple[Counted, Counted]]) -> tuple[Counted, Counted]:
    return Counted.joined([base for base, _ in pairs]), Counted.joined([candidate for _, candidate in pairs])
