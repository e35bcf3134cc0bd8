"""The deterministic matcher: align by similarity, verify by guards, then settle what is left over.

Similarity decides which gold item a prediction talks about, never whether it is right. The order of either list
changes nothing: both are sorted by canonical text before anything is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from evals.matching.align import assign
from evals.matching.forbid import forbidden_by
from evals.matching.ground import Ground
from evals.matching.manifest import Manifest, default_manifest
from evals.matching.settle import Ledger
from evals.matching.sides import POOLS, GoldEntry, GoldSide, Nearness, Pool, PredictedEntry, Prepared, predicted_entries
from evals.matching.verify import Verdict, conflicting, too_thin, verify
from evals.text.residual import missing
from evals.types import Decision, Extraction, Gold, Message, Outcome


@dataclass(frozen=True, kw_only=True)
class FuzzyMatcher:
    """Align, verify, ground (scoring.md). `floor=None` reads the floors from the manifest."""

    align_scorer: str = "ngram_idf"
    floor: float | None = None
    frozen: Manifest | None = None
    _golds: Prepared[Gold, GoldSide] = field(default_factory=lambda: Prepared(GoldSide), compare=False, repr=False)
    _grounds: Prepared[Sequence[Message], Ground] = field(
        default_factory=lambda: Prepared(Ground), compare=False, repr=False
    )

    @cached_property
    def manifest(self) -> Manifest:
        """Weights and floors in force: those of a dataset, or the package's own."""
        return self.frozen or default_manifest(self.align_scorer, self.floor)

    def calibrated(self, freeze: Callable[[str, float | None], Manifest]) -> FuzzyMatcher:
        """This matcher with the weights and floors of a dataset (`ManifestBuilder.freeze`)."""
        return FuzzyMatcher(
            align_scorer=self.align_scorer, floor=self.floor, frozen=freeze(self.align_scorer, self.floor)
        )

    def match(self, gold: Gold, predicted: Extraction, messages: Sequence[Message]) -> Outcome:
        manifest = self.manifest
        side, entries = self._golds.of(gold, manifest), predicted_entries(predicted, manifest)
        ledger = Ledger(gold, side, entries)
        valid = [entry for entry in entries if not ledger.refuse_invalid(entry)]
        for pool in POOLS:
            members = [entry for entry in valid if entry.pool == pool]
            self._align_and_verify(ledger, side, pool, members, manifest)
        for entry in valid:
            if not ledger.is_correct(entry) and (found := forbidden_by(entry, side, manifest)):
                ledger.settle(entry, "forbidden", found.decision, found.fid)
        ledger.mark_list_leaks(side, manifest)
        ground = self._grounds.of(messages, manifest)
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
        firsts, copies = _firsts_and_copies(members)
        grid = Grid(golds, firsts, [side.near(entry.text).pools[pool] for entry in firsts], manifest)
        pairs = [(row, column, grid.verdict(row, column)) for row, column in assign(grid.rows, grid.floors)]
        right = {row for row, _, verdict in pairs if verdict.answer == "correct"}
        for row, column, verdict in pairs:
            if verdict.answer == "correct" or not _nearer_elsewhere(grid, row, column, right):
                ledger.pair(golds[row], firsts[column], round(grid.rows[row][column], 4), verdict)
        for row, gold in enumerate(golds):
            for column, entry in enumerate(firsts):
                if grid.meet(row, column) and not conflicting(gold.main, entry.text):
                    ledger.link(gold, entry)
        for column, entry in enumerate(firsts):
            if ledger.is_open(entry):
                _further_or_again(ledger, grid, column)
        for entry, first in copies:
            ledger.settle_copy(entry, first)
        ledger.mark_cross_lingual(golds, members)


class Grid:
    """The gold items (rows) and predictions (columns) of one pool: how near they are, and what a pair is worth."""

    def __init__(
        self,
        golds: Sequence[GoldEntry],
        members: Sequence[PredictedEntry],
        columns: Sequence[Sequence[Nearness]],
        manifest: Manifest,
    ) -> None:
        self.golds, self.members = golds, members
        self.rows = [[column[row].similarity for column in columns] for row in range(len(golds))]
        self.floors = [manifest.floor(gold.main.language) for gold in golds]
        self._columns = columns

    def meet(self, row: int, column: int) -> bool:
        return self.rows[row][column] >= self.floors[row]

    def verdict(self, row: int, column: int) -> Verdict:
        """The verdict against the nearest wording alone: another one may leave out the very value that is wrong.

        Slots hold for the main wording.
        """
        gold, near, pred = self.golds[row], self._columns[column][row], self.members[column].text
        wording = gold.texts[near.wording]
        verdict = verify(wording, pred, gold.slots if near.wording == 0 else None)
        if verdict.answer == "correct" and too_thin(wording, pred, similarity=near.similarity, floor=self.floors[row]):
            return Verdict("uncertain", Decision(by="overlap"))
        return verdict


def _nearer_elsewhere(grid: Grid, row: int, column: int, right: set[int]) -> bool:
    """Whether a prediction only got this gold item because another one took the item it repeats."""
    return any(
        grid.rows[other][column] > grid.rows[row][column]
        and grid.verdict(other, column).answer in ("correct", "partial")
        for other in right
    )


def _further_or_again(ledger: Ledger, grid: Grid, column: int) -> None:
    """A leftover that says a matched gold item again, or a part of it that its partner left out."""
    entry = grid.members[column]
    for row in sorted(range(len(grid.golds)), key=lambda row: (-grid.rows[row][column], row)):
        gold, similarity = grid.golds[row], round(grid.rows[row][column], 4)
        if not grid.meet(row, column) or not ledger.is_matched(gold):
            continue
        verdict = grid.verdict(row, column)
        if verdict.answer not in ("correct", "partial"):
            continue
        adds = missing(entry.text.content_set & gold.main.content_set, ledger.said_of(gold))
        if adds and ledger.gold_state(gold) == "partial":
            decision = Decision(by="further_part", gold_token=adds[0])
            ledger.settle(entry, "partial", decision, gold.item.gid, similarity)
        else:
            decision = replace(verdict.decision, by=f"duplicate:{verdict.decision.by}")
            ledger.settle(entry, "duplicate", decision, gold.item.gid, similarity)
        return


def _firsts_and_copies(
    members: Sequence[PredictedEntry],
) -> tuple[list[PredictedEntry], list[tuple[PredictedEntry, PredictedEntry]]]:
    """One prediction of each canonical text, and every further one beside the first: only one may be aligned."""
    firsts: dict[str, PredictedEntry] = {}
    copies = []
    for entry in members:
        first = firsts.setdefault(entry.text.canonical, entry)
        if first is not entry:
            copies.append((entry, first))
    return list(firsts.values()), copies


def describe(matcher: Any) -> dict[str, Any]:
    """What run.json says of a matcher's frozen state; empty for one that has none."""
    manifest = getattr(matcher, "manifest", None)
    return manifest.to_json() if isinstance(manifest, Manifest) else {}
