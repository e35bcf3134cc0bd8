"""Scores as functions of summed counts: ratios, harmonic means and totals, each with its value and its gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from evals.scoring.counts import INDEX
from evals.scoring.statistics import Vector

Terms = Mapping[str, float]  # a linear combination of named counts


@dataclass(frozen=True, slots=True)
class Ratio:
    """One linear combination of counts over another; undefined where the denominator is 0."""

    numerator: Terms
    denominator: Terms
    _top: Vector = field(init=False, repr=False, compare=False)
    _bottom: Vector = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_top", weights(self.numerator))
        object.__setattr__(self, "_bottom", weights(self.denominator))

    def size(self, sums: Vector) -> float:
        """The denominator."""
        return float(self._bottom @ sums)

    def value(self, sums: Vector) -> float | None:
        size = self.size(sums)
        return float(self._top @ sums) / size if size > 0 else None

    def values(self, sums: Vector) -> Vector:
        """The value of each of many sums (rows), NaN where undefined."""
        size = sums @ self._bottom
        value: Vector = np.divide(sums @ self._top, size, out=np.full(len(sums), np.nan), where=size > 0)
        return value

    def names(self) -> frozenset[str]:
        """The counts that enter."""
        return frozenset((*self.numerator, *self.denominator))

    def gradient(self, sums: Vector) -> Vector:
        """d(a/b) = (da − (a/b)·db)/b; 0 where the ratio is undefined."""
        value = self.value(sums)
        return np.zeros_like(sums) if value is None else (self._top - value * self._bottom) / self.size(sums)


@dataclass(frozen=True, slots=True)
class Harmonic:
    """The harmonic mean of two ratios: F1 of precision and recall.

    Undefined only where both are (nothing predicted and nothing to find). Where one is undefined or either is 0 it is
    0, as 2·tp/(pred + gold) is: a system that predicts nothing has F1 0, not none.
    """

    precision: Ratio
    recall: Ratio

    def size(self, sums: Vector) -> float:
        """Predicted plus gold items."""
        return self.precision.size(sums) + self.recall.size(sums)

    def value(self, sums: Vector) -> float | None:
        p, r = self.precision.value(sums), self.recall.value(sums)
        if p is None and r is None:
            return None
        return 2 * p * r / (p + r) if p and r else 0.0

    def values(self, sums: Vector) -> Vector:
        """The value of each of many sums (rows), NaN where undefined."""
        p, r = self.precision.values(sums), self.recall.values(sums)
        both = np.nan_to_num(p) * np.nan_to_num(r)
        mean = np.divide(2 * both, p + r, out=np.zeros(len(sums)), where=both > 0)
        return np.where(np.isnan(p) & np.isnan(r), np.nan, mean)

    def names(self) -> frozenset[str]:
        """The counts that enter."""
        return self.precision.names() | self.recall.names()

    def gradient(self, sums: Vector) -> Vector:
        """dF = 2·(r²·dp + p²·dr)/(p + r)²."""
        p, r = self.precision.value(sums), self.recall.value(sums)
        if not p or not r:
            return np.zeros_like(sums)
        change: Vector = r**2 * self.precision.gradient(sums) + p**2 * self.recall.gradient(sums)
        return 2 * change / (p + r) ** 2


@dataclass(frozen=True, slots=True)
class Total:
    """A plain sum of counts, and the share of dialogues it touches: `hit` of the `listed` dialogues."""

    terms: Terms
    hit: str
    listed: str

    def size(self, sums: Vector) -> float:
        """The dialogues in which it could have happened."""
        return float(sums[INDEX[self.listed]])

    def value(self, sums: Vector) -> float | None:
        return float(weights(self.terms) @ sums) if self.size(sums) > 0 else None

    def values(self, sums: Vector) -> Vector:
        """The value of each of many sums (rows), NaN where undefined."""
        return np.where(sums[:, INDEX[self.listed]] > 0, sums @ weights(self.terms), np.nan)

    def names(self) -> frozenset[str]:
        """The counts that enter."""
        return frozenset((*self.terms, self.hit, self.listed))

    def gradient(self, sums: Vector) -> Vector:
        return weights(self.terms) if self.size(sums) > 0 else np.zeros_like(sums)

    def share(self, sums: Vector) -> float:
        """The share of dialogues in which it happened."""
        return float(sums[INDEX[self.hit]]) / self.size(sums)


Formula = Ratio | Harmonic | Total
F_co = TypeVar("F_co", bound=Formula, covariant=True)


@dataclass(frozen=True, slots=True)
class Estimate(Generic[F_co]):
    """A formula with open items left out, and what it would be with all of them counted low or high."""

    value: F_co
    low: F_co
    high: F_co


def share(hits: Terms, of: Terms, *, open: Terms, open_optional: Terms | None = None) -> Estimate[Ratio]:
    """The share of items that are hits; `of` includes the open ones, which `value` leaves out.

    An open optional item joins hits and items when it turns out to be a hit, and neither when it does not.
    """
    optional = open_optional or {}
    return Estimate(
        value=Ratio(hits, _sum(of, {name: -weight for name, weight in open.items()})),
        low=Ratio(hits, of),
        high=Ratio(_sum(hits, open, optional), _sum(of, optional)),
    )


def f1(precision: Estimate[Ratio], recall: Estimate[Ratio]) -> Estimate[Harmonic]:
    """The F1 of two shares; being monotone in both, it is bounded by the F1 of their bounds."""
    return Estimate(
        value=Harmonic(precision.value, recall.value),
        low=Harmonic(precision.low, recall.low),
        high=Harmonic(precision.high, recall.high),
    )


def exactly(formula: Formula) -> Estimate[Formula]:
    """A formula that no open item enters."""
    return Estimate(value=formula, low=formula, high=formula)


def weights(terms: Terms) -> Vector:
    """The linear combination as a vector over `counts.NAMES`."""
    vector = np.zeros(len(INDEX))
    for name, weight in terms.items():
        vector[INDEX[name]] += weight
    return vector


def _sum(*parts: Terms) -> Terms:
    total: dict[str, float] = {}
    for part in parts:
        for name, weight in part.items():
            total[name] = total.get(name, 0) + weight
    return total
