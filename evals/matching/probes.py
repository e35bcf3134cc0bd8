"""Pairs bundled with the package whose outcomes go into the signature, so that a silent change of behaviour shows."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from evals.matching.probe_file import bundled_probes
from evals.protocols import Matcher
from evals.types import Extraction, Fact, Gold, GoldFact


def probe_digest(matcher: Matcher) -> str:
    """sha256 over the states of every probe pair, 16 hex digits."""
    return sha256("|".join(f"{probe}:{state}" for probe, state in probe_states(matcher)).encode()).hexdigest()[:16]


def probe_states(matcher: Matcher) -> Iterator[tuple[str, str]]:
    """(probe id, state the matcher gives its prediction) of every bundled pair."""
    for probe, gold, predicted in bundled_probes():
        outcome = matcher.match(
            Gold(items=(GoldFact(gid="f1", memory_value=gold),)),
            Extraction(facts=(Fact(memory_value=predicted),)),
            (),
        )
        item = outcome.predicted[0]
        yield probe, f"{item.state}/{item.decided_by.by}"
