"""The deterministic matcher: align by similarity, verify by guards, then settle what is left over.

Similarity decides which gold item a prediction talks about, never whether it is right. The order of either list
changes nothing: both are sorted by canonical text before anything is compared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from evals.matching.align import assign
from evals.matching.ground import Ground
from evals.matching.manifest import Manifest, default_manifest
from evals.matching.settle import Ledger
from evals.matching.sides import POOLS, GoldEntry, GoldSide, GoldSides, Pool, PredictedEntry, predicted_entries
from evals.matching.verify import Verdict, conflicting, verify
from evals.text.features import Features
from evals.text.residual import missing
from evals.types import Decision, Extraction, Gold, Message, Outcome


@dataclass(frozen=True, kw_only=True)
class FuzzyMatcher:
    """Align, verify, ground (scoring.md). `floor=None` reads the floors from the manifest."""

    align_scorer: str = "ngram_idf"
    floor: float | None = None
    frozen: Manifest | None = None
    _golds: GoldSides = field(default_factory=GoldSides, compare=False, repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        """Weights and floors in force: those of a dataset, or the package's own."""
        return self.frozen or default_manifest(self.align_scorer, self.floor)

    def calibrated(self, freeze: Callable[[str, float | None], Manifest]) -> FuzzyMatcher:
        """This matcher with the weights and floors of a dataset (`ManifestBuilder.freeze`)."""
        return replace(self, frozen=freeze(self.align_scorer, self.floor), _golds=GoldSides())

    def match(self, gold: Gold, predicted: Extraction, messages: Sequence[Message]) -> Outcome:
        manifest = self.manifest
        side, entries = self._golds.of(gold, manifest), predicted_entries(predicted, manifest)
        ledger = Ledger(gold, side, entries)
        valid = [entry for entry in entries if not ledger.refuse_invalid(entry)]
        for pool in POOLS:
            members = [entry for entry in valid if entry.pool == pool]
            self._align_and_verify(ledger, side, pool, members, manifest)
        self._forbid(ledger, side, valid, manifest)
        ledger.mark_list_leaks(side, manifest)
        ground = Ground(messages, manifest)
        for entry in valid:
            if ledger.is_open(entry):
                ledger.grounded(entry, ground.judge(entry.text))
        return ledger.outcome()

    def _align_and_verify(
        self, ledger: Ledger, side: GoldSide, pool: Pool, members: Sequence[PredictedEntry], manifest: Manifest
    ) -> None:
        golds = side.pools[pool]
        if not golds or not members:
            return
        columns = [side.similarities(pool, entry.text) for entry in members]
        floors = [manifest.floor(gold.main.language) for gold in golds]
        rows = list(zip(*columns, strict=True))
        for row, column in assign(rows, floors):
            verdict = nearest_verdict(golds[row], members[column].text, manifest)
            ledger.pair(golds[row], members[column], round(rows[row][column], 4), verdict)
        for row, gold in enumerate(golds):
            for column, entry in enumerate(members):
                if rows[row][column] >= floors[row] and not conflicting(gold.main, entry.text):
                    ledger.link(gold, entry)
        for entry, similarities in zip(members, columns, strict=True):
            if ledger.is_open(entry):
                self._further_or_again(ledger, golds, entry, similarities, floors, manifest)
        ledger.mark_cross_lingual(golds, members)

    def _further_or_again(
        self,
        ledger: Ledger,
        golds: Sequence[GoldEntry],
        entry: PredictedEntry,
        similarities: Sequence[float],
        floors: Sequence[float],
        manifest: Manifest,
    ) -> None:
        """A leftover that says a matched gold item again, or a part of it that its partner left out."""
        order = sorted(range(len(golds)), key=lambda row: (-round(similarities[row], 6), row))
        for row in order:
            if similarities[row] < floors[row] or not ledger.is_matched(golds[row]):
                continue
            verdict = nearest_verdict(golds[row], entry.text, manifest)
            if verdict.answer not in ("correct", "partial"):
                continue
            adds = missing(entry.text.content_set & golds[row].main.content_set, ledger.said_of(golds[row]))
            if adds and ledger.gold_state(golds[row]) == "partial":
                decision = Decision(by="further_part", gold_token=adds[0])
                return ledger.settle(entry, "partial", decision, golds[row].item.gid, round(similarities[row], 4))
            decision = replace(verdict.decision, by=f"duplicate:{verdict.decision.by}")
            return ledger.settle(entry, "duplicate", decision, golds[row].item.gid, round(similarities[row], 4))
        return None

    def _forbid(self, ledger: Ledger, side: GoldSide, entries: Sequence[PredictedEntry], manifest: Manifest) -> None:
        """What verifies against a forbidden item and not against gold, and any forbidden value in any wording."""
        for entry in entries:
            if ledger.is_correct(entry):
                continue
            for item, text in side.forbidden:
                scoped = item.scope == "any" or item.scope == ("memory" if entry.pool == "fact" else "preference")
                if not scoped:
                    continue
                if item.match == "attribute":
                    said = _bare(entry.text.text)
                    tokens = [value for value in (item.slots or {}).values() if _bare(value) and _bare(value) in said]
                    if tokens:
                        ledger.settle(entry, "forbidden", Decision(by="attribute", pred_token=tokens[0]), item.fid)
                        break
                elif self._says(text, entry.text, manifest):
                    ledger.settle(entry, "forbidden", Decision(by="semantic"), item.fid)
                    break

    @staticmethod
    def _says(forbidden: Features, predicted: Features, manifest: Manifest) -> bool:
        if manifest.similarity([forbidden], predicted)[0] < manifest.floor(forbidden.language):
            return False
        verdict = verify(forbidden, predicted)
        return verdict.answer == "correct" or verdict.direction == "pred_more"


def nearest_verdict(gold: GoldEntry, predicted: Features, manifest: Manifest) -> Verdict:
    """The verdict against the wording of the gold item that is nearest to the prediction.

    Only that one: another wording may leave out the very value that is wrong. Slots hold for the main wording.
    """
    if len(gold.texts) == 1:
        return verify(gold.main, predicted, gold.slots)
    similarities = manifest.similarity(gold.texts, predicted)
    nearest = max(range(len(gold.texts)), key=lambda position: (round(similarities[position], 6), -position))
    return verify(gold.texts[nearest], predicted, gold.slots if nearest == 0 else None)


def describe(matcher: Any) -> dict[str, Any]:
    """What run.json says of a matcher's frozen state; empty for one that has none."""
    manifest = getattr(matcher, "manifest", None)
    return manifest.to_json() if isinstance(manifest, Manifest) else {}


def _bare(text: str) -> str:
    """A text without spaces and hyphens: a number planted in groups is the same number."""
    return _SEPARATORS.sub("", text).casefold()


_SEPARATORS = re.compile(r"[\s\-‐-―_.·]+")
