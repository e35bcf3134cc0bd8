"""From opened runs to the text of a comparison: counts read once, outcomes once for the memory diff, then drawn."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.commands.alike import Opened
from evals.commands.present import KeptMessages
from evals.compare.changes import Change, What, changes
from evals.compare.comparison import Comparison, Counts, compare, leaderboard
from evals.compare.pairing import paired_outcomes
from evals.compare.within import counterparts
from evals.counts_file import counted_run
from evals.errors import CannotAnswer, UsageError
from evals.report.change_rows import change_writer, put_changes
from evals.report.compared import Compared, compared_page, compared_text, json_text
from evals.report.comparison import DEFAULT_METRICS, SLICE_METRICS, Sides, leaderboard_metrics, leaderboard_table
from evals.report.rows import Data, RowWriter
from evals.runs import RunFolder
from evals.scoring.components import Components, variance_components
from evals.scoring.metrics import METRICS

DEFAULT_SLICES = ("kind", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be shown: metrics and slices, None for the usual ones, and with how many digits."""

    metrics: tuple[str, ...] | None
    slices: tuple[str, ...] | None
    digits: int | None
    seed: int

    @classmethod
    def of(cls, metrics: str | None, slices: str | None, *, digits: int | None, seed: int) -> Wanted:
        """Reads the words of the command line. Raises UsageError for a metric there is none of."""
        chosen = tuple(METRICS) if metrics == "all" else _names(metrics)
        unknown = [name for name in chosen or () if name not in METRICS]
        if unknown:
            raise UsageError(f"--metrics: no metric {unknown[0]!r}; there are {', '.join(METRICS)}")
        return cls(metrics=chosen, slices=_slices(slices), digits=digits, seed=seed)

    def shown(self, comparison: Comparison) -> dict[str, Any]:
        """The differences of the whole set and those of its slices, without the usual ones that neither run has."""
        overall = self.metrics or DEFAULT_METRICS
        sliced = self.metrics or SLICE_METRICS
        known = [d for d in comparison.deltas if self.metrics or (d.base, d.candidate) != (None, None)]
        return {
            "overall": [d for d in known if d.slice == "all" and d.metric in overall],
            "sliced": [d for d in known if d.slice != "all" and d.metric in sliced],
        }


def two_runs(opened: Sequence[Opened], wanted: Wanted, format: str, *, shown: int, page: Path | None = None) -> str:
    """A candidate against its base, runs or benches; `page` is the file of a page, whose larger parts stand beside it.

    Raises CannotAnswer where they share no dialogue.
    """
    base, candidate = opened
    if candidate.run.load:
        from evals.commands.bench_pairs import two_benches

        return two_benches(opened, format, seed=wanted.seed)
    sides = Sides(base=base.run, candidate=candidate.run, base_label=base.label, candidate_label=candidate.label)
    slices = wanted.slices or DEFAULT_SLICES
    comparison = compare(base.counts, candidate.counts, slices=slices, seed=wanted.seed)
    if not comparison.shared.ids:
        raise CannotAnswer(f"{base.label} and {candidate.label} share no dialogue with the same messages")
    rows = change_writer(page, sides) if page else None
    counted, worst = _memory_diff(base.folder, candidate.folder, comparison.shared.ids, keep=shown, rows=rows)
    compared = Compared(
        sides=sides,
        notes=candidate.notes,
        comparison=comparison,
        **wanted.shown(comparison),
        digits=wanted.digits,
        variance=tuple((each.label, _variance(each, comparison.primary)) for each in opened),
        counted=counted,
        worst=worst,
        messages=KeptMessages(candidate.folder),
    )
    if rows is None:
        return compared_text(compared, format)
    bare = compared_page(compared, Data(json="null"))
    return compared_page(compared, rows.finish(page=len(bare.encode())))


def side_by_side(opened: Sequence[Opened], wanted: Wanted, format: str, **_: Any) -> str:
    """Three or more runs over the dialogues all of them answered, best first."""
    from evals.report.compared import table_text

    slices = [name for name in wanted.slices or ("all",) if "=" in name or name == "all"]
    boards = [leaderboard({each.label: each.counts for each in opened}, slice=name) for name in slices or ["all"]]
    if not boards[0].dialogues:
        raise CannotAnswer("these runs share no dialogue with the same messages")
    if format == "json":
        return json_text(boards)
    tables = [leaderboard_table(board, wanted.metrics or leaderboard_metrics(board)) for board in boards]
    return table_text(tables, format, notes=opened[-1].notes)


def between(path: Path, given: str, wanted: Wanted, format: str) -> str:
    """Two slices of one run, over its pairs of the same content in another form."""
    from evals.commands.where import complete_run
    from evals.report.compared import table_text
    from evals.report.comparison import delta_table

    dimension, _, values = given.partition("=")
    pair = [value.strip() for value in values.split(",")]
    if dimension != "language" or len(pair) != 2 or not all(pair):
        raise UsageError(f"--between {given}: two languages are wanted, as --between language=en,zh")
    folder = RunFolder(path)
    run = complete_run(folder)
    base, candidate = counterparts(counted_run(folder), pair[0], pair[1])
    if not base.headers:
        raise CannotAnswer(f"{path}: no dialogue in {pair[0]} has a counterpart in {pair[1]} (pair_id)")
    slices = wanted.slices or ("kind",)
    comparison = compare(Counts.of(base), Counts.of(candidate), slices=slices, seed=wanted.seed)
    sides = Sides(base=run, candidate=run, base_label=pair[0], candidate_label=pair[1])
    chosen = wanted.metrics or DEFAULT_METRICS
    found = [delta for delta in comparison.deltas if delta.metric in chosen]
    if format == "json":
        return json_text(found)
    title = f"{pair[0]} → {pair[1]} over {len(base.headers)} pairs of the same content"
    return table_text([delta_table(found, sides, title=title, digits=wanted.digits)], format, notes=())


def _memory_diff(
    base: RunFolder, candidate: RunFolder, ids: frozenset[str], *, keep: int, rows: RowWriter | None
) -> tuple[Counter[tuple[What, bool | None]], tuple[Change, ...]]:
    """Every change counted, the most harmful kept, all laid out in `rows`; memory does not grow with the runs."""
    messages = KeptMessages(candidate)
    counted: Counter[tuple[What, bool | None]] = Counter()

    def changed() -> Iterator[Change]:
        for theirs, ours in paired_outcomes(base.outcomes(), candidate.outcomes(), ids):
            found = changes(theirs, ours)
            if rows:
                put_changes(rows, ours[0], found, messages(ours[0].id))
            for change in found:
                counted[change.what, change.better] += 1
                if change.what != "kept":
                    yield change

    worst = heapq.nsmallest(keep, changed(), key=lambda change: change.harm)
    return counted, tuple(worst)


def _variance(each: Opened, metric: str) -> Components | None:
    if int(each.run.config.get("repeats") or 1) < 2:
        return None
    return variance_components(each.counts.blocks(), metric=metric)


def _names(given: str | None) -> tuple[str, ...] | None:
    return tuple(name.strip() for name in given.split(",") if name.strip()) if given else None


def _slices(given: str | None) -> tuple[str, ...] | None:
    """Comma-joined names; a comma also joins two dimensions, so that `kind=fact,language=zh` stays one slice only
    when written with a plus: `kind=fact+language=zh`."""
    names = _names(given)
    return tuple(name.replace("+", ",") for name in names) if names else None
