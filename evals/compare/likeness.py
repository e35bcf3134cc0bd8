"""May two runs be compared, and on what: the fields of their signatures that differ, and what mends each.

`in` is mended by pairing the dialogues both runs share, gold, matcher, judge and our own version by scoring both sides
again. What was asked of the extractor can be mended by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evals.results import Run

HEALED = ("gold", "match", "judge", "stat", "evals")  # scoring both again makes them alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field in which two runs differ."""

    field: str
    base: str
    candidate: str

    def __str__(self) -> str:
        return f"{self.field}: {self.base} → {self.candidate}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What differs between two runs besides the system measured. `healed` needs scoring again, `unlike` has no cure."""

    healed: tuple[Difference, ...] = ()
    unlike: tuple[Difference, ...] = ()

    @property
    def judged_apart(self) -> bool:
        """Whether another judge, or none, decided what rules left open."""
        return any(difference.field == "judge" for difference in self.healed)


def likeness(base: Run, candidate: Run) -> Likeness:
    """Compares what two runs were made and scored with; the extractor may differ, that is the question."""
    healed = [
        Difference(field=field, base=given[0], candidate=given[1])
        for field in HEALED
        if (given := (base.identity.get(field, "(none)"), candidate.identity.get(field, "(none)")))[0] != given[1]
    ]
    unlike = [
        Difference(field=field, base=given[0], candidate=given[1])
        for field, given in _asked(base, candidate)
        if given[0] != given[1]
    ]
    return Likeness(healed=() if base.load else tuple(healed), unlike=tuple(unlike))


def _asked(base: Run, candidate: Run) -> Iterator[tuple[str, tuple[str, str]]]:
    """What has to be the same from the start: what was asked for, and of a bench the load it was put under."""
    runs = (base, candidate)
    types = [", ".join(sorted(run.config.get("extraction_types") or ())) for run in runs]
    kinds = ["bench" if run.load else "run" for run in runs]
    loads = [run.identity.get("load", "none") for run in runs]
    dialogues = [
        run.identity.get("in", "none") if run.load else "" for run in runs
    ]  # a bench is not paired by dialogue
    for field, given in (("extraction_types", types), ("made by", kinds), ("load", loads), ("in", dialogues)):
        yield field, (given[0], given[1])
