"""The pairs bundled with the package: gold and predicted texts in both languages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

PROBES = Path(__file__).with_name("probes.jsonl")


class Probe(NamedTuple):
    """One pair; its name begins with its language."""

    name: str
    gold: str
    predicted: str


@cache
def bundled_probes() -> tuple[Probe, ...]:
    lines = PROBES.read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return tuple(Probe(row["id"], row["gold"], row["predicted"]) for row in rows)


def probe_texts() -> dict[str, list[str]]:
    """The gold texts by language: what floors are read from where there is no dataset."""
    found: dict[str, list[str]] = {}
    for probe in bundled_probes():
        found.setdefault(probe.name.partition("/")[0], []).append(probe.gold)
    return found
