"""Validates a whole dataset: every fault, what looks doubtful though it is allowed, and what there is of each kind."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evals.corpus.source import Located, Source, locate
from evals.corpus.validity import Problem
from evals.errors import Fault
from evals.io import FaultList
from evals.types import GoldItem, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a dataset holds. The first 20 faults and the first 200 warnings are kept, all are counted.

    `kinds` counts gold items by kind and `forbidden`; `optional` those of them whose absence is not counted; the
    other counts are of dialogues. All leave faulty records out.
    """

    faults: tuple[Fault, ...]
    fault_total: int
    warnings: tuple[Fault, ...]
    warning_total: int
    dialogues: int
    messages: int
    clusters: int
    optional: int
    kinds: dict[str, int]
    languages: dict[str, int]
    splits: dict[str, int]
    labels: dict[str, int]

    @property
    def sound(self) -> bool:
        """No fault; warnings are for a person to weigh."""
        return self.fault_total == 0


def check(source: Source, observe: Callable[[Located], None] | None = None) -> CheckReport:
    """Reads a dataset once, overlay included; `observe` is shown every dialogue that is not faulty.

    Raises DataError only for a file that cannot be read at all.
    """
    faults, warnings = FaultList(), FaultList(keep=200)
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("sums", "kinds", "languages", "splits", "labels")}
    last_cluster = None
    for located in locate(source, faults=faults):
        if observe:
            observe(located)
        for field, message in _doubts(located):
            warnings.add(Fault(path=located.path, line=located.line, field=field, message=message))
        dialogue = located.dialogue
        counts["sums"].update(
            dialogues=1,
            messages=len(dialogue.messages),
            clusters=int(dialogue.cluster != last_cluster),  # clusters stand together
            optional=sum(item.optional for item in dialogue.gold.items),
        )
        last_cluster = dialogue.cluster
        counts["kinds"].update(item.kind for item in dialogue.gold.items)
        counts["kinds"].update("forbidden" for _ in dialogue.gold.forbidden)
        counts["languages"][dialogue.language] += 1
        counts["splits"][dialogue.split] += 1
        counts["labels"].update(set(dialogue.labels))
    sums = counts.pop("sums")
    return CheckReport(
        faults=tuple(faults.kept),
        fault_total=faults.total,
        warnings=tuple(warnings.kept),
        warning_total=warnings.total,
        dialogues=sums["dialogues"],
        messages=sums["messages"],
        clusters=sums["clusters"],
        optional=sums["optional"],
        **{name: dict(sorted(counter.items())) for name, counter in counts.items()},
    )


def _doubts(located: Located) -> Iterator[Problem]:
    dialogue = located.dialogue
    for item in dialogue.gold.items:
        yield from ((f"{item.gid}.{field}", message) for field, message in _item_doubts(item, dialogue.messages))
        if not item.optional and dialogue.gold.annotated.of(item.kind) == "none":
            yield f"{item.gid}", f"a {item.kind} where annotated says 'none': it counts for nothing"


def _item_doubts(item: GoldItem, messages: tuple[Message, ...]) -> Iterator[Problem]:
    texts = _folded(" ".join((item.text, *item.variants)))
    for name, value in (item.slots or {}).items():
        if _folded(value) not in texts:
            yield f"slots.{name}", f"the value does not occur in the item's text (value {value[:60]!r})"
    for index in item.evidence:
        if messages[index].role != "user" and item.subject == "user":
            yield "evidence", f"message {index} is not the user's but the {messages[index].role}'s"
    if item.evidence_text:
        where = [messages[index] for index in item.evidence] or list(messages)
        if not any(_folded(item.evidence_text) in _folded(message.content) for message in where):
            yield "evidence_text", f"not verbatim in the evidence (value {item.evidence_text[:60]!r})"


def _folded(text: str) -> str:
    """Text without the differences that do not matter here: width, case, spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
