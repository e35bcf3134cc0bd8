"""Names the three things to look at after a run: the worst slice, the commonest failure, the worst dialogues."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator

from evals.report.cases import harm_in_words
from evals.report.tables import HEADLINE, Scores, headline_metrics
from evals.report.tally import Tally
from evals.report.untrusted import visible
from evals.report.wording import STATE_SIGNS, interval, metric_title, number, slice_title, state_title
from evals.results import Run, Score

DIALOGUES_NAMED = 3
_FEWEST = 10  # dialogues: a slice of fewer is noise
_FAILURES = {
    "predicted": ("forbidden", "hallucinated", "value_error", "invalid", "duplicate"),
    "gold": ("missed", "wrong_value"),
}


def look_next(run: Run, tally: Tally, *, explain: str) -> tuple[str, ...]:
    """What to look at, a line each; `explain` is the command that says in words what became of a dialogue."""
    return (*shortcomings(run, tally), *_dialogues(tally, explain))


def shortcomings(run: Run, tally: Tally) -> tuple[str, ...]:
    """The worst slice and the commonest failure, a sentence each, as far as there are such."""
    return tuple(line for line in (_worst_slice(run), _commonest(tally)) if line)


def _worst_slice(run: Run) -> str | None:
    """The kind, language or label that is lowest even at the upper end of its interval."""
    scores = Scores(run.scores)
    metric = "f1" if headline_metrics(scores) == HEADLINE else "recall"
    overall = scores.get(metric)
    found = [(score.high, score.slice, score) for score in _candidates(run, metric) if score.high is not None]
    if not found or overall is None or overall.value is None:
        return None
    _, name, score = min(found, key=lambda entry: entry[:2])
    value = f"{number(score.value, metric)} {interval(score)}"
    return (
        f"weakest: {slice_title(name)}, {metric_title(metric)} {value} against {number(overall.value, metric)} overall"
    )


def _candidates(run: Run, metric: str) -> Iterator[Score]:
    for score in run.scores:
        dimension = score.slice.partition("=")[0]
        is_single = dimension == "label" or (dimension in ("kind", "language") and "," not in score.slice)
        if score.metric == metric and is_single and score.value is not None and score.dialogues >= _FEWEST:
            yield score


def _commonest(tally: Tally) -> str | None:
    counts = {
        (side, state): Counter({kind: states.get(state, 0) for kind, states in tally.states[side].items()})
        for side, states_of in _FAILURES.items()
        for state in states_of
    }
    side, state = max(counts, key=lambda key: counts[key].total())
    count, kinds = counts[side, state].total(), counts[side, state]
    if not count:
        return None
    total = sum(states.total() for states in tally.states[side].values())
    kind, most = kinds.most_common(1)[0]
    mostly = f", {most:,} of them {slice_title(f'kind={kind}')}" if most < count else ""
    return (
        f"commonest failure: {STATE_SIGNS[state]} {state_title(state)}, {count:,} of {total:,} {side} memories{mostly}"
    )


def _dialogues(tally: Tally, explain: str) -> Iterator[str]:
    for outcome in tally.worst[:DIALOGUES_NAMED]:
        yield f"{explain} {shlex.quote(visible(outcome.id))}  ({harm_in_words(outcome)})"
