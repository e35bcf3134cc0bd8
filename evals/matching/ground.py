"""Is a memory that gold does not hold borne out by the dialogue? Without a judge only the clear cases are answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evals.matching.manifest import Manifest
from evals.matching.verify import MISMATCHES, conflicting
from evals.text.features import Features
from evals.text.ngrams import GoldIndex
from evals.text.residual import coverage, missing
from evals.types import Decision, Message

STRAY = 0.34  # at most this share of a memory's words may occur in user turns if its support is "solely" elsewhere


@dataclass(frozen=True, slots=True)
class Grounding:
    """`extra_grounded`, `hallucinated` or None (open), with the message that decided it."""

    state: Literal["extra_grounded", "hallucinated"] | None
    decision: Decision
    message: int | None = None


class Ground:
    """The messages of one dialogue, ready to be asked about memories."""

    def __init__(self, messages: Sequence[Message], manifest: Manifest) -> None:
        self._manifest = manifest
        self._turns = [(message.role, manifest.features(message.content)) for message in messages]
        self._said = frozenset().union(*(text.content_set for role, text in self._turns if role == "user"))
        self._indexes: dict[str, GoldIndex] = {}

    def judge(self, memory: Features) -> Grounding:
        """Where a memory stands: borne out by one user turn, by nobody the user speaks for, or open."""
        words = memory.content_set
        if not words:
            return Grounding(None, Decision(by="grounding"))
        for position, (role, turn) in enumerate(self._turns):
            if role == "user" and _holds(turn, memory):
                return Grounding("extra_grounded", Decision(by="user_turn"), position)
        if coverage(words, self._said) <= STRAY:
            for position, (role, turn) in enumerate(self._turns):
                if role != "user" and _holds(turn, memory):
                    token = next(iter(missing(words, self._said)), None)
                    return Grounding("hallucinated", Decision(by="assistant_only", pred_token=token), position)
        if self._foreign(memory):
            return Grounding("hallucinated", Decision(by="nothing_alike"))
        return Grounding(None, Decision(by="grounding"))

    def _foreign(self, memory: Features) -> bool:
        """Nothing of its language in the dialogue resembles it, and no name or value of it occurs anywhere."""
        language = memory.language
        same = [turn for _, turn in self._turns if turn.language == language]
        if not same:
            return False
        if language not in self._indexes:
            self._indexes[language] = GoldIndex([turn.vector for turn in same])
        if max(self._indexes[language].similarities(memory.vector)) > self._manifest.grounding_floor(language):
            return False
        values = {value.value for value in memory.values}
        return not any(
            memory.entities & turn.entities or values & {value.value for value in turn.values}
            for _, turn in self._turns
        )


def _holds(turn: Features, memory: Features) -> bool:
    """Every content word and typed value of the memory stands in the turn, without conflict."""
    return (
        memory.content_set <= turn.content_set
        and {value.value for value in memory.values} <= {value.value for value in turn.values}
        and not conflicting(turn, memory)
        and not any(guard(turn, memory) for _, guard in MISMATCHES)
    )
