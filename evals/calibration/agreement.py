"""How well answers agree with labels: confusion, sensitivity, specificity, kappa beside prevalence, flips."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.calibration.pairs import LABELS, Answered, Label
from evals.scoring.statistics import Interval, wilson


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of n with Wilson's 95 % interval; None and no interval where n is 0."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What one matcher or judge made of labelled pairs of one slice.

    `sensitivity` is the share of decided matches called match, `specificity` the share of the others not called match;
    `accuracy` and `kappa` are over all three labels. `constant` is what always saying the commonest label would score:
    a high accuracy beside a high constant says little, which kappa shows.
    """

    n: int
    confusion: Mapping[Label, Mapping[str, int]]
    decided: Rate
    prevalence: Rate
    sensitivity: Rate
    specificity: Rate
    accuracy: Rate
    kappa: float | None
    kappa_interval: Interval | None
    constant: float | None


def agreement(answers: Sequence[Answered]) -> Agreement:
    """The figures of one slice."""
    confusion = {label: dict.fromkeys((*LABELS, "open"), 0) for label in LABELS}
    for one in answers:
        confusion[one.pair.label][one.answer] += 1
    table = [[confusion[row][column] for column in LABELS] for row in LABELS]
    decided = sum(map(sum, table))
    matches = sum(table[0])
    agreed = sum(table[place][place] for place in range(len(LABELS)))
    kappa, error = cohen_kappa(table)
    return Agreement(
        n=len(answers),
        confusion=confusion,
        decided=rate(decided, len(answers)),
        prevalence=rate(sum(one.pair.label == "match" for one in answers), len(answers)),
        sensitivity=rate(table[0][0], matches),
        specificity=rate(decided - matches - table[1][0] - table[2][0], decided - matches),
        accuracy=rate(agreed, decided),
        kappa=kappa,
        kappa_interval=None
        if kappa is None or error is None
        else (kappa - 1.96 * error, min(kappa + 1.96 * error, 1.0)),
        constant=max(map(sum, table)) / decided if decided else None,
    )


def rate(hits: int, n: int) -> Rate:
    """A share with its interval."""
    return Rate(hits / n, n, *wilson(hits / n, n)) if n else Rate(None, 0)


def cohen_kappa(table: Sequence[Sequence[int]]) -> tuple[float | None, float | None]:
    """Cohen's kappa of a square table and its large-sample standard error (Fleiss, Cohen and Everitt 1969).

    (None, None) where chance agreement is certain and kappa undefined.
    """
    n = sum(map(sum, table))
    if not n:
        return None, None
    size = range(len(table))
    shares = [[cell / n for cell in row] for row in table]
    rows = [sum(shares[i]) for i in size]
    columns = [sum(shares[i][j] for i in size) for j in size]
    seen, chance = sum(shares[i][i] for i in size), sum(rows[i] * columns[i] for i in size)
    if chance >= 1:
        return None, None
    kappa = (seen - chance) / (1 - chance)
    on = sum(shares[i][i] * (1 - (rows[i] + columns[i]) * (1 - kappa)) ** 2 for i in size)
    off = (1 - kappa) ** 2 * sum(shares[i][j] * (columns[i] + rows[j]) ** 2 for i in size for j in size if i != j)
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, math.sqrt(max(variance, 0.0))


def slices(answers: Iterable[Answered]) -> dict[str, list[Answered]]:
    """All pairs, then each language, each kind and each kind in a language."""
    found: dict[str, list[Answered]] = {"all": []}
    for one in answers:
        pair = one.pair
        for name in ("all", f"lang={pair.lang}", f"kind={pair.kind}", f"kind={pair.kind},lang={pair.lang}"):
            found.setdefault(name, []).append(one)
    return {"all": found.pop("all"), **{name: found[name] for name in sorted(found)}}
