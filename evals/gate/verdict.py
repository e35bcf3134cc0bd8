"""What one rule says of a candidate, and what all of them together decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["PASS", "FAIL", "INCONCLUSIVE"]
EXIT_CODES: dict[State, int] = {"PASS": 0, "FAIL": 1, "INCONCLUSIVE": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's verdict with its reason in words. `decides` is False for a rule that may only warn.

    Numbers are oriented as the metric is; `low` and `high` are the one-sided bounds the rule was read at, `limit` what
    they were held against, `needed` the dialogues that would settle an open question.
    """

    rule: str
    state: State
    decides: bool
    reason: str
    metric: str | None = None
    slice: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    needed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision of a policy. `obstacles` say why it could not be measured; any one of them outweighs the rules.

    `tolerates_doubt` is whether INCONCLUSIVE alone holds nothing up.
    """

    policy: str
    state: State
    exit_code: int
    tolerates_doubt: bool
    findings: tuple[Finding, ...]
    obstacles: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The last line a gate prints."""
        return f"verdict: {self.state} (exit {self.exit_code})"


def decide(
    policy: str, findings: Sequence[Finding], *, inconclusive: Literal["warn", "fail"], obstacles: Iterable[str] = ()
) -> Verdict:
    """FAIL where a deciding rule fails, INCONCLUSIVE where one is open or nothing could be measured, else PASS."""
    said = tuple(obstacles)
    states = {finding.state for finding in findings if finding.decides}
    state: State = "PASS"
    if said:
        state = "INCONCLUSIVE"
    elif "FAIL" in states:
        state = "FAIL"
    elif "INCONCLUSIVE" in states or not findings:
        state = "INCONCLUSIVE"
    tolerates = inconclusive == "warn"
    code = 0 if state == "INCONCLUSIVE" and not said and tolerates else EXIT_CODES[state]
    return Verdict(
        policy=policy,
        state=state,
        exit_code=code,
        tolerates_doubt=tolerates,
        findings=tuple(findings),
        obstacles=said,
    )
