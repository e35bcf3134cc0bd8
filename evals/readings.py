"""A score to assert on: compared at the end of its interval that speaks against the assertion.

`reading >= 0.5` says that the score is at least 0.5 whatever the sample and the unjudged items leave open: the low end
of the 95 % interval, moved down by what every unjudged item would cost were it wrong, is at least 0.5. `reading <= 0.1`
reads the high end in the same way. Neither of two opposite assertions need hold, and luck passes neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from evals.results import Score
from evals.scoring.ends import ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One score of a run and the run's signature.

    It compares with numbers alone, as the gate's `min` and `max` do; a score that is not defined fulfils nothing.
    """

    score: Score
    signature: str

    @property
    def low(self) -> float | None:
        """The least that the score may be."""
        return None if self.score.value is None else ends(self.score)[0]

    @property
    def high(self) -> float | None:
        """The most that the score may be."""
        return None if self.score.value is None else ends(self.score)[1]

    def __ge__(self, bound: float) -> bool:
        return self.low is not None and self.low >= bound

    def __gt__(self, bound: float) -> bool:
        return self.low is not None and self.low > bound

    def __le__(self, bound: float) -> bool:
        return self.high is not None and self.high <= bound

    def __lt__(self, bound: float) -> bool:
        return self.high is not None and self.high < bound

    def explain(self, operator: str, bound: object) -> list[str]:
        """Why `reading operator bound` does not hold, in lines: value, interval, n, signature."""
        score = self.score
        asked = f"{score.metric} of {score.slice} {operator} {bound}"
        if score.value is None or self.low is None or self.high is None:
            lines = [f"{asked}: it is not defined ({score.note or 'n = 0'})"]
        else:
            lines = [
                f"{asked}: {score.value:.3f} {_interval(score.low, score.high)}",
                f"with what is unjudged {_interval(self.low, self.high)}; {_which_end(operator, self.low, self.high)}",
            ]
        size = f"n {score.n:,.0f} in {score.dialogues:,} dialogues, {score.clusters:,} clusters"
        note = [score.note] if score.note and score.value is not None else []
        return [*lines, "; ".join((size, *note)), self.signature]


def _which_end(operator: str, low: float, high: float) -> str:
    if operator in (">", ">="):
        return f"its low end, {low:.3f}, is what counts"
    if operator in ("<", "<="):
        return f"its high end, {high:.3f}, is what counts"
    return "an interval is compared by >=, >, <= and < alone"


def _interval(low: float | None, high: float | None) -> str:
    shown = ("–" if each is None else f"{each:.3f}" for each in (low, high))
    return f"[{', '.join(shown)}]"
