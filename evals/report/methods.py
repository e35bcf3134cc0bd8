"""The method section of a paper, written from what runs recorded: data, matcher, judge, statistics, versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evals.report.tables import control_title
from evals.report.untrusted import markdown, markdown_code
from evals.results import Run

_CONTROLS = {
    "empty": "finds nothing",
    "echo": "repeats each user turn as a memory",
    "shuffled": "answers with the gold of another dialogue",
    "duplicated": "answers with gold ten times over",
    "oracle": "answers with gold",
}


def methods(runs: Sequence[Run]) -> str:
    """Markdown; what all runs share is said once, what differs run by run. Ends with a newline."""
    parts = [
        "# Method",
        _systems(runs),
        *_each_once(_data(run) for run in runs),
        *_each_once(_matching(run) for run in runs),
        *_each_once(_judge(run) for run in runs),
        _statistics(),
        *_each_once(_controls(run) for run in runs),
        *_each_once(_versions(run) for run in runs),
        "Every number is pinned by the signature of its run:",
        "\n".join(f"- {markdown(run.name)}: {markdown_code(run.signature)}" for run in runs),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _each_once(paragraphs: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(paragraphs))


def _systems(runs: Sequence[Run]) -> str:
    names = [f"{markdown(run.name)} ({markdown_code(run.identity.get('extractor', 'unknown'))})" for run in runs]
    asked = ", ".join(map(str, runs[0].config.get("extraction_types") or ("memory", "preference")))
    return f"We evaluated the extraction of memories from dialogue ({asked}) by {', '.join(names)}."


def _data(run: Run) -> str:
    about = run.dataset
    languages = ", ".join(f"{markdown(str(name))} {n}" for name, n in (about.get("languages") or {}).items())
    parts = [f"{about.get('dialogues', 'an unknown number of')} dialogues"]
    parts += [f"{about['clusters']} clusters"] if "clusters" in about else []
    parts += [f"languages: {languages}"] if languages else []
    parts += [f"split: {markdown(str(about['split']))}"] if about.get("split") else []
    hashes = " and ".join(f"{markdown_code(str(about[name]))}" for name in ("in_hash", "gold_hash") if about.get(name))
    ceiling = _ceiling(about.get("ceiling") or {})
    name = markdown(str(about.get("name")))
    pinned = f" Messages and gold are pinned by the hashes {hashes}." if hashes else ""
    return f"Data: the set {name} ({'; '.join(parts)}).{pinned}{ceiling}"


def _ceiling(reached: Mapping[str, float]) -> str:
    if not reached:
        return ""
    values = ", ".join(f"{markdown(metric)} {value:.3f}" for metric, value in reached.items())
    return f" A second annotator, scored against the first like a system, reaches {values}."


def _matching(run: Run) -> str:
    matcher = markdown_code(run.identity.get("match", "unknown"))
    scorer = run.matching.get("align_scorer")
    if scorer is None:
        return f"Matching: {matcher}. What it left open is unjudged: left out of the values and reported as bounds."
    floors = _named(run.matching.get("floors") or {})
    above = f" above a floor measured on gold ({floors})" if floors else ""
    return (
        f"Matching ({matcher}): predicted and gold memories of a dialogue were aligned one to one by optimal "
        f"assignment over {markdown_code(str(scorer))} similarity{above}; aligned pairs were then verified by rules "
        "for numbers, dates, names, negation, roles and modality, and predictions left over were held against the "
        "messages. What rules could not tell is unjudged: left out of the values and reported as bounds."
    )


def _judge(run: Run) -> str:
    name = run.identity.get("judge", "none")
    if name == "none":
        return "Judge: none; no language model took part in scoring."
    judging = run.judging or {}
    counted = _named({key: judging[key] for key in ("questions", "unanswered", "failures") if key in judging})
    counts = f" ({counted})" if counted else ""
    return f"Judge: {markdown_code(name)} was asked what rules left open{counts}; a missing verdict is missing data."


def _statistics() -> str:
    return (
        "Statistics: counts are summed over dialogues (micro). Intervals are two-sided 95 % delta-method intervals "
        "with cluster-robust standard errors and t quantiles, Wilson intervals for rates at 0 or 1. A failed "
        "extraction counts as everything missed. A star marks a difference whose interval excludes 0; differences are "
        "paired by dialogue and not corrected for their number."
    )


def _controls(run: Run) -> str:
    known = {control_title(name): _CONTROLS.get(control_title(name)) for name in run.controls or {}}
    if not known:
        return ""
    told = ", ".join(f"{markdown(name)} ({what})" if what else markdown(name) for name, what in known.items())
    return f"Controls, matched by the same rules: {told}."


def _versions(run: Run) -> str:
    names = {name: value for name, value in run.environment.items() if isinstance(value, str)}
    return f"Software: {_named(names)}." if names else ""


def _named(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{markdown(str(name))} {markdown(str(value))}" for name, value in values.items())
