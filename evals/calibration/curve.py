"""What a similarity threshold would do by itself: the share of pairs on either side of it, and the frozen floor.

It shows why similarity only aligns: no threshold parts twins with one changed value from honest rewordings.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.calibration.pairs import Pair
from evals.matching.manifest import Manifest

THRESHOLDS = tuple(step / 20 for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class Point:
    """Shares (None without pairs) at one threshold: rewordings and variants below it, twins and strangers at or above.

    Strangers are two gold items of one dialogue.
    """

    threshold: float
    lost: float | None
    twins_kept: float | None
    strangers_kept: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of one align scorer in one language; `at_floor` is the point at the floor a run freezes."""

    scorer: str
    lang: str
    floor: float
    points: tuple[Point, ...]
    at_floor: Point


def curve(pairs: Sequence[Pair], strangers: Iterable[tuple[str, str]], manifest: Manifest, lang: str) -> Curve:
    """The curve over the pairs of a language; `strangers` are texts of two different gold items."""
    same = _similarities(((pair.a, pair.b) for pair in pairs if pair.lang == lang and pair.label == "match"), manifest)
    twins = _similarities(((pair.a, pair.b) for pair in pairs if pair.lang == lang and pair.label == "no"), manifest)
    apart = _similarities(strangers, manifest)

    def point(threshold: float) -> Point:
        kept = [1 - below if (below := _below(values, threshold)) is not None else None for values in (twins, apart)]
        return Point(threshold, _below(same, threshold), *kept)

    floor = manifest.floor(lang)
    return Curve(manifest.align_scorer, lang, floor, tuple(map(point, THRESHOLDS)), point(floor))


def _similarities(texts: Iterable[tuple[str, str]], manifest: Manifest) -> list[float]:
    scored = (manifest.similar_to([manifest.features(a)])(manifest.features(b))[0] for a, b in texts)
    return sorted(scored)


def _below(ordered: Sequence[float], threshold: float) -> float | None:
    return bisect_left(ordered, threshold) / len(ordered) if ordered else None
