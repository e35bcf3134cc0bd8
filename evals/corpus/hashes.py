"""What a dataset is, in two hashes: what the extractor is sent, and what its answers are held against."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path

from evals.io import sha256_of
from evals.types import Dialogue


def in_hash(dialogue: Dialogue) -> str:
    """16 hex digits over the id and the (role, content) of every message."""
    return sha256_of([dialogue.id, [[message.role, message.content] for message in dialogue.messages]])[:16]


def gold_hash(dialogue: Dialogue) -> str:
    """16 hex digits over all else that scores depend on: gold, cluster, language, split and labels."""
    seen = (dialogue.id, dialogue.cluster, dialogue.language, dialogue.split, dialogue.pair_id, dialogue.labels)
    return sha256_of([*seen, dialogue.gold])[:16]


def files_hash(paths: Iterable[Path]) -> str:
    """16 hex digits over the bytes of files, in their order: the same files need not be validated twice."""
    whole = sha256()
    for path in paths:
        with path.open("rb") as handle:
            whole.update(file_digest(handle, "sha256").digest())
    return whole.hexdigest()[:16]


def combined(hashes: Iterable[str]) -> str:
    """16 hex digits over several hashes, which come in order."""
    whole, between = sha256(), b""
    for each in hashes:
        whole.update(between + each.encode())
        between = b"\n"
    return whole.hexdigest()[:16]
