"""What can be wrong with a record of the right shape: names used twice, evidence that is not there, empty text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evals.corpus.record import Record, forbidden_items, gold_items
from evals.types import Forbidden, GoldFact, GoldItem

Problem = tuple[str, str]  # field path, what is wrong


def problems(record: Record) -> Iterator[Problem]:
    """Every problem of one record, each with the path of its field."""
    if not record.id.strip() or not record.id.isprintable():
        yield "id", f"empty or not printable (value {record.id[:60]!r}); a stable name is wanted"
    for name in ("cluster", "language"):
        if getattr(record, name) == "":
            yield name, "empty; leave it out or say what it is"
    for index, message in enumerate(record.messages):
        if not message.content.strip():
            yield f"messages[{index}].content", "empty; a message says something"
    yield from _lists_given_twice(record)
    messages, items, forbidden = len(record.messages), gold_items(record), forbidden_items(record)
    yield from _names([(f"{path}.gid", item.gid) for path, item in items], forbidden)
    for path, item in items:
        yield from ((f"{path}.{field}", what) for field, what in gold_problems(item, messages))
    gids = {item.gid for _, item in items}
    for path, unwanted in forbidden:
        yield from ((f"{path}.{field}", what) for field, what in forbidden_problems(unwanted, messages, gids))
    carried = [(f"updates[{index}]", each.evidence) for index, each in enumerate(record.updates)]
    carried += [(f"probes[{index}]", each.evidence) for index, each in enumerate(record.probes)]
    for path, evidence in carried:
        yield from _evidence(f"{path}.evidence", evidence, messages)


def gold_problems(item: GoldItem, messages: int) -> Iterator[Problem]:
    """What is wrong with one gold item of a dialogue of so many messages; paths are relative to the item."""
    if not item.text.strip():
        yield ("memory_value" if isinstance(item, GoldFact) else "preference"), "empty; say what is to be remembered"
    if not item.gid.strip():
        yield "gid", "empty; leave it out or name the item"
    if not 0 < item.weight < float("inf"):
        yield "weight", f"out of range (value {item.weight:g}); a number above 0 is wanted"
    if item.confidence is not None and not 0 <= item.confidence <= 1:
        yield "confidence", f"out of range (value {item.confidence:g}); 0 to 1 is wanted"
    for index, variant in enumerate(item.variants):
        if not variant.strip():
            yield f"variants[{index}]", "empty; give another wording or leave it out"
    yield from _slots(item.slots)
    yield from _evidence("evidence", item.evidence, messages)


def forbidden_problems(item: Forbidden, messages: int, gids: set[str]) -> Iterator[Problem]:
    """What is wrong with one forbidden memory; paths are relative to it."""
    if not item.value.strip():
        yield "value", "empty; say what must not be remembered"
    if not item.fid.strip():
        yield "fid", "empty; leave it out or name the item"
    if item.match == "attribute" and not item.slots:
        yield "slots", "missing; match 'attribute' forbids the values of slots"
    if item.conflicts_with is not None and item.conflicts_with not in gids:
        known = ", ".join(sorted(gids)) or "none"
        yield "conflicts_with", f"no gold item of that name (value {item.conflicts_with!r}); there is {known}"
    yield from _slots(item.slots)
    yield from _evidence("evidence", item.evidence, messages)


def _lists_given_twice(record: Record) -> Iterator[Problem]:
    if record.gold_facts is not None and record.memory_detail_list is not None:
        yield "memory_detail_list", "given beside gold_facts; give one of the two"
    if record.preference_detail_list is None:
        return
    for name in ("gold_explicit_preferences", "gold_implicit_preferences"):
        if getattr(record, name) is not None:
            yield "preference_detail_list", f"given beside {name}; give one of the two"
    for index, line in enumerate(record.preference_detail_list):
        if line.preference_type not in ("explicit_preference", "implicit_preference"):
            path = f"preference_detail_list[{index}].preference_type"
            yield (
                path,
                f"not a choice (value {line.preference_type!r}); one of explicit_preference, implicit_preference",
            )


def _names(gids: Sequence[tuple[str, str]], forbidden: Sequence[tuple[str, Forbidden]]) -> Iterator[Problem]:
    """gids and fids share one space: a prediction is settled against a name."""
    first: dict[str, str] = {}
    for path, name in (*gids, *((f"{path}.fid", item.fid) for path, item in forbidden)):
        if name in first:
            yield path, f"used twice (value {name!r}); {first[name]} has it already"
        first.setdefault(name, path)


def _slots(slots: dict[str, str] | None) -> Iterator[Problem]:
    for name, value in (slots or {}).items():
        if not value.strip():
            yield f"slots.{name}", "empty; give the value that must be right"


def _evidence(path: str, evidence: Sequence[int], messages: int) -> Iterator[Problem]:
    for index in evidence:
        if not 0 <= index < messages:
            yield path, f"no such message (value {index}); the messages are 0 to {messages - 1}"
