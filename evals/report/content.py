"""Assembles what a report says, in reading order, before any format draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from evals.report.cases import Case, case
from evals.report.cost import cost_table
from evals.report.look import shortcomings
from evals.report.tables import (
    HEADLINE,
    KIND_SLICES,
    Scores,
    Table,
    above_floor,
    best_floor,
    confusion_tables,
    control_table,
    decider_table,
    dimension_table,
    headline_metrics,
    kind_table,
    label_table,
    latency_table,
    mapping_table,
    metric_tables,
    skill_table,
    state_table,
)
from evals.report.tally import Tally
from evals.report.wording import bounds, has_open_items, metric_title, number, slice_title, some
from evals.results import Run, Score
from evals.types import Message

LATENCY = "Latency: of answers that did not fail, our own waiting left out; a percentile needs ten answers beyond it. "
COST = (
    "Cost: money in the currency of the configured prices; tokens as the servers counted them, of the tries they "
    "answered. Stored verdicts and answers taken over cost nothing."
)
NO_COST = "Cost: the extractor made no calls that leave a trace, and nobody judged."
Messages = Callable[[str], Sequence[Message] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One number of the headline, the best that knowing nothing reaches, and what a second annotator does."""

    score: Score
    floor_name: str | None
    floor: Score | None
    ceiling: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the report under one heading; `figures` names files of `evals.report.figures`.

    `browses` marks the place of the dialogue browser, in a page that has one.
    """

    title: str
    anchor: str
    about: str = ""
    tables: tuple[Table, ...] = ()
    figures: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    folded: bool = False
    browses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The whole report."""

    run: Run
    banner: str | None
    headline: tuple[Headline, ...]
    partial_gold: bool
    warnings: tuple[str, ...]
    look: tuple[str, ...]
    worst: tuple[Case, ...]
    sections: tuple[Section, ...]


def content(run: Run, tally: Tally, messages: Messages, *, figures: Sequence[str]) -> Content:
    """Everything the report of a run says; `figures` are the names of those that were drawn."""
    scores, worst = Scores(run.scores), tuple(case(outcome, messages) for outcome in tally.worst)
    sections = (
        _slices(scores, figures),
        _controls(run),
        _outcomes(tally, figures),
        _labels(scores, figures),
        _worst(worst),
        _metrics(scores),
        Section(title="Confusion", anchor="confusion", tables=confusion_tables(run)),
        _latency_and_cost(run, figures),
        _judging(run),
        _origin(run),
    )
    return Content(
        run=run,
        banner=banner(run),
        headline=headline(run),
        partial_gold=headline_metrics(scores) != HEADLINE,
        warnings=warnings(run),
        look=shortcomings(run, tally),
        worst=tuple(each for each in worst if each.harm),
        sections=tuple(section for section in map(_without_empty_tables, sections) if _says_anything(section)),
    )


def banner(run: Run) -> str | None:
    """What stands above every number of a run that is not complete."""
    if run.status == "complete":
        return None
    return f"This run is {run.status}: the numbers cover only what was stored, and must not be quoted."


def headline(run: Run) -> tuple[Headline, ...]:
    """The three numbers that stand first, each with the best floor."""
    scores = Scores(run.scores)
    found = []
    for metric in headline_metrics(scores):
        score = scores.get(metric)
        if score is not None:
            name, floor = best_floor(run, metric) or (None, None)
            ceiling = (run.dataset.get("ceiling") or {}).get(metric)
            found.append(Headline(score=score, floor_name=name, floor=floor, ceiling=ceiling))
    return tuple(found)


def warnings(run: Run) -> tuple[str, ...]:
    """What limits the use of the numbers, one sentence each."""
    scores = Scores(run.scores)
    found = (
        _small_samples(run.scores),
        _open_items(scores),
        *_lost_to_floor(run),
        _failures(scores),
        "The version of the system under test is not pinned: the same command may measure another system tomorrow."
        if "unpinned" in run.signature
        else None,
    )
    return tuple(warning for warning in found if warning)


def _small_samples(scores: Sequence[Score]) -> str | None:
    small = [
        s.slice for s in scores if s.metric in HEADLINE and "small sample" in (s.note or "") and _is_shown(s.slice)
    ]
    if not small:
        return None
    names = "" if "all" in small else f" ({', '.join(slice_title(name) for name in dict.fromkeys(small))})"
    return f"Small sample{names}: intervals are rough and must not gate a release."


def _is_shown(slice: str) -> bool:
    return slice in KIND_SLICES or (slice.partition("=")[0] in {"language", "split"} and "," not in slice)


def _open_items(scores: Scores) -> str | None:
    metric = next((name for name in reversed(headline_metrics(scores)) if _is_open(scores.get(name))), None)
    score = scores.get(metric) if metric else None
    if score is None:
        return None
    return (
        f"Some items are unjudged: {metric_title(score.metric)} is {number(score.value, score.metric)} without them, "
        f"and {bounds(score)} whichever way they fall."
    )


def _is_open(score: Score | None) -> bool:
    return score is not None and score.value is not None and has_open_items(score)


def _lost_to_floor(run: Run) -> tuple[str, ...]:
    skill = [s for s in run.skill if s.slice == "all" and s.metric in headline_metrics(Scores(run.scores))]
    return tuple(
        f"{metric_title(score.metric)} is {above_floor(score)}: echo, which knows nothing, may do as well."
        for score in skill
        if above_floor(score).startswith(("not", "below"))
    )


def _failures(scores: Scores) -> str | None:
    score = scores.get("error_rate")
    if score is None or not score.value:
        return None
    return f"{score.value:.1%} of the extractions failed; each counts as everything missed."


def _slices(scores: Scores, figures: Sequence[str]) -> Section:
    two = ("kind,language", "language,kind")
    tables = (
        kind_table(scores),
        dimension_table(scores, "language", title="By language", first="Language"),
        dimension_table(scores, "split", title="By split", first="Split"),
        *(dimension_table(scores, pair, title="By kind and language", first="Slice") for pair in two),
    )
    return Section(
        title="Scores by slice",
        anchor="slices",
        about="[low, high] is the 95 % interval. Precision counts predictions by the type predicted, recall gold by "
        "the type annotated; unjudged items are left out of both.",
        figures=_drawn(figures, "forest", "precision-recall"),
        tables=tables,
    )


def _controls(run: Run) -> Section:
    tables = ((control_table(run),) if run.controls else ()) + ((skill_table(run),) if run.skill else ())
    return Section(
        title="Is it better than knowing nothing?",
        anchor="controls",
        about="Controls answer without understanding the dialogue; echo repeats what the user said. The system is "
        "worth something where the interval of its paired difference from echo lies on the better side of 0.",
        tables=tables,
    )


def _outcomes(tally: Tally, figures: Sequence[str]) -> Section:
    answers = f"{some(tally.answers, 'answer')} to {some(tally.dialogues, 'dialogue')}"
    failed = f", {tally.failed:,} of them failed" if tally.failed else ""
    return Section(
        title="What became of every memory",
        anchor="outcomes",
        about=f"Every predicted and every gold memory ends in exactly one state ({answers}{failed}).",
        figures=_drawn(figures, "outcomes"),
        tables=(state_table(tally, "predicted"), state_table(tally, "gold"), decider_table(tally)),
    )


def _labels(scores: Scores, figures: Sequence[str]) -> Section:
    return Section(
        title="Where it is weakest",
        anchor="labels",
        about="Labels of the dataset, worst first. A dialogue counts under each of its labels.",
        figures=_drawn(figures, "labels"),
        tables=(label_table(scores),),
    )


def _worst(cases: tuple[Case, ...]) -> Section:
    return Section(
        title="Dialogues, worst first",
        anchor="dialogues",
        about="Sorted by harm: forbidden memories first, then hallucinated ones, wrong values and misses.",
        cases=cases,
        browses=True,
    )


def _metrics(scores: Scores) -> Section:
    from evals.scoring.metrics import METRICS  # here, for it brings numpy and a terminal needs none of it

    about = {name: metric.about for name, metric in METRICS.items()}
    return Section(title="All metrics", anchor="metrics", tables=metric_tables(scores, about=about), folded=True)


def _latency_and_cost(run: Run, figures: Sequence[str]) -> Section:
    calls, cost = (run.system or {}).get("calls") or {}, cost_table(run)
    return Section(
        title="Latency and cost",
        anchor="latency",
        about=LATENCY + (COST if cost.rows else NO_COST),
        figures=_drawn(figures, "latency"),
        tables=(latency_table(run), cost, mapping_table(calls, title="What its calls came to")),
    )


def _judging(run: Run) -> Section:
    """Who decided how much, what the judge cost, and how often it is known to have been wrong."""
    judging = run.judging or {}
    about = "Rules decide first; the judge is asked what they left open, and about a sample of what they decided."
    tables = (
        mapping_table(judging.get("decided_by", {}), title="Decided by"),
        mapping_table(
            {name: judging[name] for name in ("questions", "unanswered", "failures") if name in judging},
            title="Questions",
        ),
        mapping_table(judging.get("tally", {}), title="Answers"),
        mapping_table(judging.get("models", {}), title="Calls"),
        mapping_table(judging.get("audit", {}), title="Audit of what rules decided"),
    )
    return Section(title="Judge", anchor="judge", about=about, tables=tables)


def _origin(run: Run) -> Section:
    tables = (
        mapping_table({"created": run.created, "command": run.command, "status": run.status}, title="Run"),
        mapping_table(run.identity, title="Identity"),
        mapping_table(run.dataset, title="Dataset"),
        mapping_table(run.counts, title="Counts"),
        mapping_table(run.matching, title="Matching"),
        mapping_table(run.system or {}, title="System under test"),
        mapping_table(run.environment, title="Environment"),
        mapping_table(run.config, title="Configuration"),
    )
    return Section(title="Origin", anchor="origin", tables=tables, folded=True)


def _drawn(figures: Sequence[str], *names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name in figures)


def _without_empty_tables(section: Section) -> Section:
    return replace(section, tables=tuple(table for table in section.tables if table.rows))


def _says_anything(section: Section) -> bool:
    return bool(section.tables or section.figures or section.cases or section.browses)
