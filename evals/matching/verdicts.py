"""Verdicts that were given already: an SQLite cache that many runs share, and the lines a run keeps of its own.

The key holds everything that could change an answer and nothing else: model and parameters, wording, rubric, schema,
language, the order of the sides and the raw texts; not the batch, the nonce or the time (matching-stats.md 4.4).
Failures are never stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.io import read_jsonl
from evals.matching.judge_prompts import Way, prompt_hash
from evals.matching.shelf import Shelf
from evals.protocols import Question


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label and its evidence, under the key of what was asked; `model` is what the server said it was."""

    key: str
    label: str
    evidence: str
    model: str | None = None
    fingerprint: str | None = None


def verdict_key(question: Question, *, asked: Mapping[str, Any], way: Way) -> str:
    """sha256 of a question as it is asked; `asked` is the model with its decoding parameters."""
    turns = [(turn.role, turn.content) for turn in question.turns]
    whole = {
        "asked": dict(asked),
        "prompt": prompt_hash(question.kind),
        "kind": question.kind,
        "language": question.language,
        "swapped": way == "swapped",
        "gold": question.gold,
        "pred": question.pred,
        "dialogue": hashlib.sha256(json.dumps(turns).encode()).hexdigest() if turns else None,
        **({"alone": True} if way == "alone" else {}),
        **({} if question.reasoning is None else {"reasoning": question.reasoning}),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


class VerdictCache:
    """Verdicts by key on a shelf that many runs share."""

    def __init__(self, path: Path) -> None:
        columns = "label text not null, evidence text not null, model text, fingerprint text"
        self._shelf = Shelf(path, table="verdicts", columns=columns, named_by="judge.cache_path")

    def get(self, key: str) -> Verdict | None:
        row = self._shelf.get(key)
        return Verdict(*row) if row else None

    def put(self, verdicts: Iterable[Verdict]) -> None:
        """Stores verdicts at once; the first of two for one key stays."""
        self._shelf.put((each.key, each.label, each.evidence, each.model, each.fingerprint) for each in verdicts)

    def close(self) -> None:
        self._shelf.close()


def read_verdicts(path: Path) -> dict[str, Verdict]:
    """The verdicts of a run's verdicts.jsonl by key. Raises DataError naming every line that is none."""
    return {verdict.key: verdict for _, verdict in read_jsonl(path, Verdict)}


def verdict_line(verdict: Verdict) -> dict[str, Any]:
    """What verdicts.jsonl holds of one."""
    return asdict(verdict)
