"""May two runs be compared, and on what: the fields of their signatures that differ, and what mends each.

`in` is mended by pairing the dialogues both runs share, gold, matcher, judge and our own version by scoring both sides
again. What was asked of the extractor can be mended by nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from evals.types import Run

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
    asked = [", ".join(sorted(run.config.get("extraction_types") or ())) for run in (base, candidate)]
    kinds = ["bench" if getattr(run, "load", None) else "run" for run in (base, candidate)]
    unlike = [
        Difference(field=field, base=given[0], candidate=given[1])
        for field, given in (("extraction_types", asked), ("made by", kinds))
        if given[0] != given[1]
    ]
    return Likeness(healed=tuple(healed), unlike=tuple(unlike))
