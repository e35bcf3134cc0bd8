"""Two runs to one comparison, and many to a leaderboard: a single pass over the counts of the dialogues they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from evals.compare.delta import ALPHA, Delta, deltas
from evals.compare.latency import LatencyDelta, PairedLatencies
from evals.compare.pairing import Shared, paired_blocks, shared
from evals.results import Score
from evals.scoring.board import ScoreBoard
from evals.scoring.counted import Counted, Header
from evals.scoring.multiplicity import holm
from evals.scoring.paired import PairedBoard
from evals.scoring.permutation import SWAPS, SwapTest
from evals.scoring.quantiles import Bracketed
from evals.scoring.slices import slice_filter

PRIMARY = ("f1", "recall")  # recall where gold is partial and F1 is not defined
HONEST_RECALL = "unsupported_rate"  # recall alone never ranks systems (scoring.md, Legality)


@dataclass(frozen=True, slots=True)
class Counts:
    """Doors to the counts of a stored run, opened as often as needed."""

    headers: Callable[[], Iterator[Header]]
    blocks: Callable[[], Iterator[Counted]]

    @classmethod
    def of(cls, block: Counted) -> Counts:
        """Doors to dialogues that are in memory."""
        return cls(headers=lambda: iter(block.headers), blocks=lambda: iter((block,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate against a base over the dialogues they share. `primary` is the metric the label swaps checked."""

    shared: Shared
    primary: str
    deltas: tuple[Delta, ...]
    latency: tuple[LatencyDelta, ...]
    latency_shift_ms: Bracketed

    def get(self, metric: str, slice: str = "all") -> Delta | None:
        return next((each for each in self.deltas if (each.metric, each.slice) == (metric, slice)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One run of a leaderboard: its scores over the shared dialogues, and the runs it is shown to be better than."""

    name: str
    scores: tuple[Score, ...]
    better_than: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaderboard:
    """Several runs over the dialogues all of them share, best first.

    A run is better than another where the primary metric is, after Holm over all pairs; where gold is partial it must
    not invent significantly more besides.
    """

    dialogues: int
    primary: str
    slice: str
    standings: tuple[Standing, ...]


def compare(
    base: Counts,
    candidate: Counts,
    *,
    metrics: Sequence[str] | None = None,
    slices: Sequence[str] | None = None,
    seed: int = 0,
    swaps: int = SWAPS,
) -> Comparison:
    """The differences candidate − base. `slices` are names or dimensions ("language"); None takes all but labels."""
    common = shared(base.headers(), candidate.headers())
    asked = None if metrics is None else tuple(dict.fromkeys((*PRIMARY, *metrics)))
    board = PairedBoard(asked, wanted=slice_filter(slices))
    tests = {name: SwapTest(name) for name in PRIMARY}
    latencies = PairedLatencies()
    for theirs, ours in paired_blocks(base.blocks(), candidate.blocks(), common.ids):
        board.add_block(ours, theirs)
        latencies.add(theirs, ours)
        for test in tests.values():
            test.add(ours, theirs)
    paired = board.paired()
    primary = _primary({each.metric: each.difference for each in paired if each.slice == "all"})
    swapped = (primary, "all", tests[primary].p_value(seed=seed, swaps=swaps))
    kept = [each for each in paired if metrics is None or each.metric in metrics]
    return Comparison(
        shared=common,
        primary=primary,
        deltas=deltas(kept, swapped=swapped),
        latency=latencies.deltas(seed=seed),
        latency_shift_ms=latencies.shift_ms(),
    )


def leaderboard(runs: Mapping[str, Counts], *, slice: str = "all") -> Leaderboard:
    """Several runs over what all of them answered; `slice` is where they are ranked."""
    names = list(runs)
    ids = frozenset(header.id for header in runs[names[0]].headers())
    for name in names[1:]:
        ids &= shared(runs[names[0]].headers(), runs[name].headers()).ids
    scores = {name: _scores(runs, names[0], name, ids, slice) for name in names}
    primary = _primary({score.metric: score.value for score in scores[names[0]]})
    pairs = list(combinations(names, 2))
    board = {pair: _pair(runs, pair, ids, slice, primary) for pair in pairs}
    known = {pair: found[primary].p for pair, found in board.items()}
    tested = {pair: p for pair, p in known.items() if p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    better: dict[str, list[str]] = {name: [] for name in names}
    for pair, p in adjusted.items():
        winner = _winner(pair, board[pair], primary) if p <= ALPHA else None
        if winner:
            better[winner].append(pair[0] if winner == pair[1] else pair[1])
    standings = [Standing(name=name, scores=scores[name], better_than=tuple(better[name])) for name in names]
    standings.sort(key=lambda standing: -len(standing.better_than))  # stable: equals stay as given
    return Leaderboard(dialogues=len(ids), primary=primary, slice=slice, standings=tuple(standings))


def _primary(values: Mapping[str, float | None]) -> str:
    return next((name for name in PRIMARY if values.get(name) is not None), PRIMARY[0])


def _scores(
    runs: Mapping[str, Counts], reference: str, name: str, ids: frozenset[str], slice: str
) -> tuple[Score, ...]:
    """The scores of one run over the shared dialogues, in the order of the reference run."""
    board = ScoreBoard(wanted=slice_filter([slice]))
    for ours, _ in paired_blocks(runs[name].blocks(), runs[reference].blocks(), ids):
        board.add_block(ours)
    return tuple(score for score in board.scores() if score.slice == slice)


def _pair(
    runs: Mapping[str, Counts], pair: tuple[str, str], ids: frozenset[str], slice: str, primary: str
) -> dict[str, Delta]:
    board = PairedBoard((primary, HONEST_RECALL), wanted=slice_filter([slice]))
    for theirs, ours in paired_blocks(runs[pair[0]].blocks(), runs[pair[1]].blocks(), ids):
        board.add_block(ours, theirs)
    return {delta.metric: delta for delta in deltas(board.paired(slices=[slice]))}


def _winner(pair: tuple[str, str], found: Mapping[str, Delta], primary: str) -> str | None:
    """The run that is ahead; none where it only says more and invents more."""
    gap, invented = found[primary].difference or 0.0, found.get(HONEST_RECALL)
    winner, sign = (pair[1], 1) if gap > 0 else (pair[0], -1)
    if primary == "recall" and invented and invented.p is not None and invented.p <= ALPHA:
        more = (invented.difference or 0.0) * sign > 0
        return None if more else winner
    return winner
