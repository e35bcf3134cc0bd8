"""True rates from the rates a fallible judge reports, with intervals that hold its error (matching-stats.md 4.5)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from scipy.special import stdtrit

_Z = float(stdtrit(math.inf, 0.975))
CorrectedRate = tuple[float, float, float]


def rogan_gladen(
    rate: float, n: float, *, sensitivity: float, of_matches: int, specificity: float, of_others: int
) -> CorrectedRate | None:
    """(rate, low, high) after Rogan and Gladen (1978): (p + spec − 1) / (sens + spec − 1).

    The interval is that of Lang and Reiczigel (2014): one success and one failure are added to each of the two
    calibration samples and z²/2 of each to the rate, then the variances of all three go through the delta method.
    None where sensitivity and specificity together tell nothing.
    """
    youden = sensitivity + specificity - 1
    if youden <= 0 or not n or not of_matches or not of_others:
        return None
    value = min(max((rate + specificity - 1) / youden, 0.0), 1.0)
    rate_, n_ = (rate * n + _Z**2 / 2) / (n + _Z**2), n + _Z**2
    sens_, matches_ = (sensitivity * of_matches + 1) / (of_matches + 2), of_matches + 2
    spec_, others_ = (specificity * of_others + 1) / (of_others + 2), of_others + 2
    youden_ = sens_ + spec_ - 1
    if youden_ <= 0:
        return None
    centre = (rate_ + spec_ - 1) / youden_
    spread = (
        rate_ * (1 - rate_) / n_
        + centre**2 * sens_ * (1 - sens_) / matches_
        + (1 - centre) ** 2 * spec_ * (1 - spec_) / others_
    )
    shift = 2 * _Z**2 * (centre * sens_ * (1 - sens_) / matches_ - (1 - centre) * spec_ * (1 - spec_) / others_)
    reach = _Z * math.sqrt(spread) / youden_
    low, high = centre + shift - reach, centre + shift + reach
    return value, min(max(low, 0.0), value), max(min(high, 1.0), value)


def post_stratified(answers: Mapping[str, int], labelled: Mapping[str, Sequence[bool]]) -> CorrectedRate | None:
    """(rate, low, high) when the labelled pairs are a random sample of the run's own, stratum by answer.

    `answers` counts the run's answers, `labelled` holds for each answer whether its sampled pairs are true matches.
    None where an answer that occurs has no labelled pair.
    """
    total = sum(answers.values())
    if not total or any(count and not labelled.get(answer) for answer, count in answers.items()):
        return None
    strata = [(count / total, labelled[answer]) for answer, count in answers.items() if count]
    value = sum(weight * sum(sample) / len(sample) for weight, sample in strata)
    variance = 0.0
    for weight, sample in strata:
        smoothed = (sum(sample) + 1) / (len(sample) + 2)  # a stratum without an error is not known without error
        variance += weight**2 * smoothed * (1 - smoothed) / len(sample)  # of the labelled sample
        variance += weight * (sum(sample) / len(sample) - value) ** 2 / total  # of the run as a sample of its kind
    reach = _Z * math.sqrt(variance)
    return value, max(value - reach, 0.0), min(value + reach, 1.0)
