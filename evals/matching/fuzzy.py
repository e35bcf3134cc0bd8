"""The deterministic matcher: align by similarity, verify by guards, then settle what is left over.

Similarity decides which gold item a prediction talks about, never whether it is right. The order of either list
changes nothing: both are sorted by canonical text before anything is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from evals.errors import ConfigError
from evals.matching.align import assign
from evals.matching.forbid import forbidden_by
from evals.matching.ground import Ground
from evals.matching.manifest import Aligner, Manifest, default_manifest, measured_floors
from evals.matching.probe_file import probe_texts
from evals.matching.settle import Ledger
from evals.matching.sides import POOLS, GoldEntry, GoldSide, Nearness, Pool, PredictedEntry, Prepared, predicted_entries
from evals.matching.verify import Verdict, verdict_on
from evals.text.entities import entities
from evals.text.features import NameFinder
from evals.text.residual import missing
from evals.text.tagged_names import tagged_names, tagger_version
from evals.types import Decision, Extraction, Gold, Message, Outcome

if TYPE_CHECKING:
    from evals.matching.embedding import Embedder

if TYPE_CHECKING:
    from evals.matching.embedding import Embedder

EMBEDDING = "embedding"
DESCRIBED = ("embedding", "names")  # keys whose meaning stands in the manifest (`Manifest.about`)
NAME_FINDERS: Mapping[str, NameFinder] = {"rules": entities, "jieba": tagged_names}


class Freeze(Protocol):
    """Makes the manifest of a dataset for a scorer, a floor, and an aligner that is not ours."""

    def __call__(
        self, align_scorer: str, floor: float | None = None, aligner: Aligner | None = None, /
    ) -> Manifest: ...


@dataclass(frozen=True, kw_only=True)
class FuzzyMatcher:
    """Align, verify, ground (scoring.md). `floor=None` reads the floors from the manifest.

    `align_scorer="embedding"` aligns by the vectors of `embedding`, a server or a model (`embedder_of`); `names` says
    who finds the names in a text: our rules, or besides them jieba.
    """

    align_scorer: str = "ngram_idf"
    floor: float | None = None
    names: str = "rules"
    embedding: Mapping[str, Any] | None = None
    frozen: Manifest | None = None
    _embedder: Embedder | None = field(default=None, compare=False, repr=False)
    _golds: Prepared[Gold, GoldSide] = field(default_factory=lambda: Prepared(GoldSide), compare=False, repr=False)
    _grounds: Prepared[Sequence[Message], Ground] = field(
        default_factory=lambda: Prepared(Ground), compare=False, repr=False
    )

    def __post_init__(self) -> None:
        if self.names not in NAME_FINDERS:
            raise ConfigError(f"matcher.names={self.names}: there are {', '.join(NAME_FINDERS)}")
        if self.align_scorer == EMBEDDING and self._embedder is None:
            from evals.matching.embedding import embedder_of  # brings httpx, which most runs do without

            object.__setattr__(self, "_embedder", embedder_of(self.embedding))  # once: a model is slow to load

    @cached_property
    def manifest(self) -> Manifest:
        """Weights and floors in force: those of a dataset, or the package's own."""
        return self.frozen or self._with_what_is_chosen(default_manifest(self.align_scorer, self.floor, self._aligner))

    def calibrated(self, freeze: Freeze) -> FuzzyMatcher:
        """This matcher with the weights and floors of a dataset (`ManifestBuilder.freeze`)."""
        return replace(self, frozen=self._with_what_is_chosen(freeze(self.align_scorer, self.floor, self._aligner)))

    @property
    def _aligner(self) -> Aligner | None:
        if self._embedder is None:
            return None
        similar_to = self._embedder.similar_to
        return Aligner(similar_to, measured_floors(similar_to, probe_texts()))

    def _with_what_is_chosen(self, manifest: Manifest) -> Manifest:
        """The manifest with names and embeddings as configured; nothing is added where nothing is chosen."""
        about = dict(manifest.about)
        if self._embedder is not None:
            about["embedding"] = self._embedder.identity
        if self.names != "rules":
            about["names"] = f"{self.names} {tagger_version()}"
        return replace(manifest, names=NAME_FINDERS[self.names], about=about)

    def match(self, gold: Gold, predicted: Extraction, messages: Sequence[Message]) -> Outcome:
        manifest = self.manifest
        side, entries = self._golds.of(gold, manifest), predicted_entries(predicted, manifest)
        if self._embedder is not None:
            self._embedder.learn([entry.text.text for entry in entries])
        ledger = Ledger(gold, side, entries)
        valid = [entry for entry in entries if not ledger.refuse_invalid(entry)]
        for entry in valid:
            if found := forbidden_by(entry, side, manifest):
                ledger.settle(entry, "forbidden", found.decision, found.fid)
            elif found := forbidden_by(entry, side, manifest, strict=False):
                ledger.note_unwanted(entry, found.fid)
        for pool in POOLS:
            members = [entry for entry in valid if entry.pool == pool]
            self._align_and_verify(ledger, side, pool, members, manifest)
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
        firsts, copies = _firsts_and_copies([entry for entry in members if ledger.is_open(entry)])
        grid = Grid(golds, firsts, [side.near(entry.text).pools[pool] for entry in firsts], manifest)
        aligned = assign(grid.rows, grid.floors)
        pairs = _right_ones_first(grid, aligned)
        for row, column in pairs:
            ledger.pair(golds[row], firsts[column], grid.shown(row, column), grid.verdict(row, column))
        for row, column in aligned:
            _wrong_beside_right(ledger, grid, row, column)
        for row, gold in enumerate(golds):
            for column, entry in enumerate(firsts):
                if grid.meet(row, column):
                    ledger.meet(gold)
                    if grid.verdict(row, column).about_the_same:
                        ledger.link(gold, entry)
        for column, entry in enumerate(firsts):
            if ledger.is_open(entry):
                _further_or_again(ledger, grid, column)
        for entry, first in copies:
            ledger.settle_copy(entry, first)
        ledger.mark_cross_lingual(golds, members)
        if self._embedder is not None:
            ledger.note_candidates(members, self._embedder.nearness)


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
        self._verdicts: dict[tuple[int, int], Verdict] = {}

    def meet(self, row: int, column: int) -> bool:
        return self.rows[row][column] >= self.floors[row]

    def shown(self, row: int, column: int) -> float:
        """The similarity with the digits that are worth storing."""
        return round(self.rows[row][column], 4)

    def verdict(self, row: int, column: int) -> Verdict:
        verdict = self._verdicts.get((row, column))
        if verdict is None:
            gold, near, pred = self.golds[row], self._columns[column][row], self.members[column].text
            verdict = self._verdicts[row, column] = verdict_on(gold, near, pred, floor=self.floors[row])
        return verdict

    def is_right(self, row: int, column: int) -> bool:
        return self.meet(row, column) and self.verdict(row, column).answer == "correct"

    def is_nearest(self, row: int, column: int) -> bool:
        """Whether nothing is nearer to the one or to the other of the two."""
        similarity = self.rows[row][column]
        return similarity == max(self.rows[row]) or similarity == max(cells[column] for cells in self.rows)


def _right_ones_first(grid: Grid, aligned: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs to settle: a right memory is not lost because a wrong one stood nearer to the same gold item.

    What is aligned and right stays. The rest is assigned once more among pairs that verify as right, then keeps its
    partner where both are still free and the prediction does not repeat a gold item that is found already.
    """
    right = [pair for pair in aligned if grid.is_right(*pair)]
    if len(right) < len(aligned):
        rows, columns = {row for row, _ in right}, {column for _, column in right}
        cells = [
            [
                similarity
                if row not in rows
                and column not in columns
                and grid.is_right(row, column)
                and grid.is_nearest(row, column)
                else 0.0
                for column, similarity in enumerate(similarities)
            ]
            for row, similarities in enumerate(grid.rows)
        ]
        right = sorted([*right, *assign(cells, grid.floors)])
    rows, columns = {row for row, _ in right}, {column for _, column in right}
    rest = [(row, column) for row, column in aligned if row not in rows and column not in columns]
    return [*right, *(pair for pair in rest if not _nearer_elsewhere(grid, *pair, rows))]


def _wrong_beside_right(ledger: Ledger, grid: Grid, row: int, column: int) -> None:
    """A prediction aligned with a gold item that another one says rightly: what it says of it stays a wrong value."""
    gold, entry, verdict = grid.golds[row], grid.members[column], grid.verdict(row, column)
    if verdict.answer == "value_error" and ledger.is_open(entry) and ledger.gold_state(gold) == "found":
        ledger.settle(entry, "value_error", verdict.decision, gold.item.gid, grid.shown(row, column))


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
        gold, similarity = grid.golds[row], grid.shown(row, column)
        if not grid.meet(row, column) or not ledger.is_matched(gold):
            continue
        verdict = grid.verdict(row, column)
        if verdict.answer not in ("correct", "partial"):
            continue
        adds = missing(entry.text.content_set & gold.main.content_set, ledger.said_of(gold))
        if adds and ledger.gold_state(gold) != "found":
            decision = Decision(by="further_part", gold_token=adds[0])
            ledger.settle(entry, "partial", decision, gold.item.gid, similarity)
        else:
            ledger.settle_again(entry, gold, similarity, verdict)
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
