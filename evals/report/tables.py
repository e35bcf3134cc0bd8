"""Turns a run's scores and counts into tables that every format can draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evals.report.tally import GOLD_STATES, PREDICTION_STATES, Tally
from evals.report.untrusted import shortened
from evals.report.wording import DASH, direction, metric_title, number, slice_title, state_title, why_undefined
from evals.results import Run, Score
from evals.scoring.slices import dimension_of
from evals.types import KINDS

Cell = Score | str | int | float | None
CellKind = Literal["text", "code", "score", "brief", "difference", "count"]

HEADLINE = ("precision", "recall", "f1")
PARTIAL_GOLD_HEADLINE = ("recall", "unsupported_rate", "memories_per_dialogue")
KIND_SLICES = ("all", *(f"kind={kind}" for kind in KINDS))
CEILING = "oracle"
ROWS_SHOWN = 30
LABELS_SHOWN = 12
VALUE_SHOWN = 1000  # characters of a configuration value
LANGUAGES_BESIDE = 3  # columns of languages beside the kinds in the table of all metrics

_NOTHING: Mapping[str, int] = {}
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Other ways to count", ("precision", "f1", "lenient_", "many_to_many_", "merge_", "split_", "macro_")),
    (
        "What went wrong",
        ("hallucination_", "unsupported_", "value_error_", "over_extraction_", "duplicate_", "forbidden_", "unwanted_"),
    ),
    (
        "Types, polarity, tags and keys",
        ("memory_type_", "preference_type_", "typed_", "polarity_", "tag_", "key_", "list_leak", "reasoning_"),
    ),
    (
        "Volume, abstention and language",
        ("memories_per_", "gold_per_", "abstention_", "output_language_", "cross_lingual"),
    ),
    ("Answers", ("parse_", "contract_", "error_rate", "unjudged")),
    ("HaluMem's six, for comparison only", ("halumem_",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and how its cells are drawn: "score" with its interval, "brief" the value alone."""

    title: str
    kind: CellKind = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells; the first cell of a row names it. `shaded` colours counts by their share of the row."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    about: str = ""
    shaded: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """The remarks on scores in the table, each once, in reading order; a footnote's number is its place here."""
        found = (note_of(cell) for row in self.rows for cell in row if isinstance(cell, Score))
        return tuple(dict.fromkeys(note for note in found if note))


def note_of(score: Score) -> str | None:
    """What has to be said beside a score: why it is undefined, or what limits its use."""
    return why_undefined(score) if score.value is None else score.note


class Scores:
    """Scores by metric and slice."""

    def __init__(self, scores: Iterable[Score]) -> None:
        self._by_key = {(score.metric, score.slice): score for score in scores}

    def get(self, metric: str, slice: str = "all") -> Score | None:
        return self._by_key.get((metric, slice))

    def metrics(self) -> tuple[str, ...]:
        """The metrics with an overall score, in the order given."""
        return tuple(metric for metric, name in self._by_key if name == "all")

    def slices(self, dimension: str, metrics: Sequence[str]) -> tuple[str, ...]:
        """The slices over one dimension ("language") or over two ("kind,language") that any of the metrics has."""
        found = (name for metric, name in self._by_key if metric in metrics and dimension_of(name) == dimension)
        return tuple(dict.fromkeys(found))


def headline_metrics(scores: Scores) -> tuple[str, ...]:
    """Precision, recall and F1; where gold is partial, recall beside what would betray a system that invents."""
    precision = scores.get("precision")
    return PARTIAL_GOLD_HEADLINE if precision is None or precision.value is None else HEADLINE


def kind_table(scores: Scores) -> Table:
    """Facts, explicit and implicit preferences apart and together."""
    return _slice_table(scores, KIND_SLICES, title="By kind of memory", first="Kind")


def dimension_table(scores: Scores, dimension: str, *, title: str, first: str) -> Table:
    """One row a value of the dimension."""
    return _slice_table(scores, scores.slices(dimension, HEADLINE), title=title, first=first)


def control_table(run: Run) -> Table:
    """The system between the extractors that know nothing and the one that knows everything."""
    metrics = headline_metrics(Scores(run.scores))
    rows: list[tuple[Cell, ...]] = [("this system", "", *(Scores(run.scores).get(metric) for metric in metrics))]
    for name, scores in sorted((run.controls or {}).items(), key=lambda control: is_ceiling(control[0])):
        role = "ceiling" if is_ceiling(name) else "gold repeated" if is_gold(name) else "floor"
        rows.append((control_title(name), role, *(Scores(scores).get(metric) for metric in metrics)))
    if ceiling := run.dataset.get("ceiling"):
        reached = (Score(metric=metric, slice="all", value=ceiling.get(metric)) for metric in metrics)
        rows.append(("second annotator", "ceiling", *reached))
    columns = (Column(title="Extractor"), Column(title="Role"), *_score_columns(metrics))
    return Table(title="Floor and ceiling", columns=columns, rows=tuple(rows))


def skill_table(run: Run) -> Table:
    """Paired differences between the system and the echo control, and what they show; slices of one dimension."""
    columns = (
        Column(title="Metric"),
        Column(title="Slice"),
        Column(title="Difference", kind="difference"),
        Column(title="Shows"),
    )
    shown = (score for score in run.skill if "," not in score.slice)
    rows = tuple((metric_title(s.metric), slice_title(s.slice), s, above_floor(s)) for s in shown)
    return Table(title="System − echo, paired by dialogue", columns=columns, rows=rows)


def above_floor(score: Score) -> str:
    """What a paired difference system − echo shows, in words."""
    if score.value is None or score.low is None or score.high is None:
        return DASH
    if score.low == score.high:  # no variance was seen: nothing is shown
        return DASH
    better, worse = (score.low, score.high) if score.higher_is_better is not False else (-score.high, -score.low)
    if better > 0:
        return "above the floor"
    return "below the floor" if worse < 0 else "not shown to be above the floor"


def metric_tables(scores: Scores, *, about: Mapping[str, str]) -> tuple[Table, ...]:
    """Every other metric, grouped: overall with its interval, and the value for each kind and language."""
    left = [metric for metric in scores.metrics() if metric not in headline_metrics(scores)]
    tables = []
    for title, prefixes in _GROUPS:
        members = [metric for metric in left if metric.startswith(prefixes)]
        left = [metric for metric in left if metric not in members]
        tables.append(_metric_table(scores, members, title=title, about=about))
    tables.append(_metric_table(scores, left, title="Other metrics", about=about))
    return tuple(table for table in tables if table.rows)


def state_table(tally: Tally, side: str) -> Table:
    """How many items of each kind ended in each state."""
    order = PREDICTION_STATES if side == "predicted" else GOLD_STATES
    by_kind = {kind: tally.states[side].get(kind, _NOTHING) for kind in tally.kinds()}
    states = [state for state in order if any(counts.get(state) for counts in by_kind.values())]
    rows: list[tuple[Cell, ...]] = [
        (slice_title(f"kind={kind}"), *(counts.get(state, 0) for state in states), sum(counts.values()))
        for kind, counts in by_kind.items()
        if any(counts.values())
    ]
    if len(rows) > 1:
        columns_of_counts = zip(*(row[1:] for row in rows), strict=True)
        rows.append(("all", *(sum(cell for cell in column if isinstance(cell, int)) for column in columns_of_counts)))
    titles = [*(state_title(state) for state in states), "sum"]
    title = "Predicted memories" if side == "predicted" else "Gold memories"
    columns = (Column(title="Kind"), *(Column(title=name, kind="count") for name in titles))
    return Table(title=title, columns=columns, rows=tuple(rows))


def decider_table(tally: Tally) -> Table:
    """Which rule, guard or judge settled how many items, and as what."""
    names = {name for side in tally.deciders.values() for name in side}
    counted = [
        (name, tally.deciders["predicted"].get(name, _NOTHING), tally.deciders["gold"].get(name, _NOTHING))
        for name in names
    ]
    counted.sort(key=lambda entry: (-sum(entry[1].values()) - sum(entry[2].values()), entry[0]))
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, sum(predicted.values()), _states_in_words(predicted), sum(gold.values()), _states_in_words(gold))
        for name, predicted, gold in counted[:ROWS_SHOWN]
    )
    columns = (
        Column(title="Decided by", kind="code"),
        Column(title="Predictions", kind="count"),
        Column(title="as"),
        Column(title="Gold", kind="count"),
        Column(title="as"),
    )
    return Table(title="Who decided", columns=columns, rows=rows)


def confusion_tables(run: Run) -> tuple[Table, ...]:
    """One table a matrix: a row for each gold value, a column for each predicted one."""
    tables = []
    for name, matrix in (run.confusion or {}).items():
        predicted = sorted({value for row in matrix.values() for value in row}, key=_no_value_last)
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (gold, *(matrix[gold].get(value, 0) for value in predicted)) for gold in sorted(matrix, key=_no_value_last)
        )
        columns = (Column(title="gold \\ predicted"), *(Column(title=value, kind="count") for value in predicted))
        tables.append(Table(title=metric_title(name), columns=columns, rows=rows, shaded=True))
    return tuple(tables)


def label_table(scores: Scores) -> Table:
    """The labels that went worst, by F1, or by recall where gold is partial."""
    worst = worst_labels(scores)
    metric = worst[0].metric if worst else "f1"
    columns = (
        Column(title="Label"),
        Column(title=metric_title(metric), kind="score"),
        Column(title="n", kind="count"),
        Column(title="Dialogues", kind="count"),
    )
    rows = tuple((slice_title(s.slice), s, s.n, s.dialogues) for s in worst)
    return Table(title="Weakest labels", columns=columns, rows=rows)


def worst_labels(scores: Scores) -> tuple[Score, ...]:
    """The scores of the weakest labels, worst first."""
    metric = "f1" if headline_metrics(scores) == HEADLINE else "recall"
    found = (scores.get(metric, name) for name in scores.slices("label", (metric,)))
    defined = [(score.value, score.slice, score) for score in found if score is not None and score.value is not None]
    return tuple(score for _, _, score in sorted(defined, key=lambda entry: entry[:2])[:LABELS_SHOWN])


def latency_table(run: Run) -> Table:
    """Latency as measured on the calls this run made."""
    rows = tuple(
        (name.removesuffix("_ms"), number(value, name) if name.endswith("_ms") else value)
        for name, value in run.latency.items()
        if value is not None
    )
    return Table(
        title="Latency per dialogue", columns=(Column(title="Statistic"), Column(title="ms", kind="count")), rows=rows
    )


def mapping_table(values: Mapping[str, Any], *, title: str) -> Table:
    """A nested mapping as dotted keys and values."""
    rows = tuple(_flattened(values))
    return Table(title=title, columns=(Column(title="Key", kind="code"), Column(title="Value", kind="code")), rows=rows)


def is_ceiling(control: str) -> bool:
    """Whether a control knows everything rather than nothing."""
    return control_title(control) == CEILING


def is_gold(control: str) -> bool:
    """Whether a control says gold over and over: neither floor nor ceiling."""
    return control_title(control) == "duplicated"


def control_title(name: str) -> str:
    """A control's name without the prefix of its config file."""
    return name.removeprefix("control_")


def best_floor(run: Run, metric: str, slice: str = "all") -> tuple[str, Score] | None:
    """The control that does best on a metric without knowing anything, and its score."""
    floors = []
    for name, scores in (run.controls or {}).items():
        score = Scores(scores).get(metric, slice)
        if not is_ceiling(name) and not is_gold(name) and score is not None and score.value is not None:
            sign = -1.0 if score.higher_is_better is False else 1.0
            floors.append((sign * score.value, control_title(name), score))
    if not floors:
        return None
    _, name, score = max(floors, key=lambda floor: floor[:2])
    return name, score


def _slice_table(scores: Scores, slices: Sequence[str], *, title: str, first: str) -> Table:
    metrics = headline_metrics(scores)
    sizes = (("Predicted", "precision"), ("Gold", "recall")) if metrics == HEADLINE else (("Gold", "recall"),)
    rows: list[tuple[Cell, ...]] = []
    for name in slices[:ROWS_SHOWN]:
        found = [scores.get(metric, name) for metric in metrics]
        if any(found):
            counted = (_size(scores.get(metric, name)) for _, metric in sizes)
            rows.append((slice_title(name), *found, *counted, max(score.dialogues for score in found if score)))
    counts = (Column(title=name, kind="count") for name in (*(size for size, _ in sizes), "Dialogues"))
    return Table(title=title, columns=(Column(title=first), *_score_columns(metrics), *counts), rows=tuple(rows))


def _metric_table(scores: Scores, metrics: Sequence[str], *, title: str, about: Mapping[str, str]) -> Table:
    languages = scores.slices("language", scores.metrics())[:LANGUAGES_BESIDE]
    parts = (*KIND_SLICES[1:], *languages)
    rows: list[tuple[Cell, ...]] = []
    for metric in metrics:
        overall = scores.get(metric)
        if overall is not None:
            values = (scores.get(metric, name) for name in parts)
            rows.append((metric_title(metric), overall, overall.n, *values, direction(overall), about.get(metric, "")))
    columns = (
        Column(title="Metric"),
        Column(title="All", kind="score"),
        Column(title="n", kind="count"),
        *(Column(title=slice_title(name).partition(" ")[0], kind="brief") for name in parts),
        Column(title="Better"),
        Column(title="What it is"),
    )
    return Table(title=title, columns=columns, rows=tuple(rows))


def _score_columns(metrics: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(title=metric_title(metric), kind="score") for metric in metrics)


def _size(score: Score | None) -> Cell:
    return score.n if score is not None and score.n else None


def _states_in_words(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{state_title(state)} {n}" for state, n in ordered)


def _no_value_last(value: str) -> tuple[bool, str]:
    return value in {"", "none", "null", "None"}, value


def _flattened(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[Cell, ...]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", shortened(_plain(value), VALUE_SHOWN)


def _plain(value: Any) -> str:
    if value is None:
        return DASH
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
