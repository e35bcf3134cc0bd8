"""What must not happen once: forbidden memories that came out, counted over outcomes as they stream by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evals.gate.policy import NeverRule
from evals.gate.verdict import Finding
from evals.results import DialogueOutcome
from evals.types import PredictedOutcome

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One occurrence: in which dialogue, which forbidden item, what was said of it."""

    dialogue: str
    fid: str
    kind: str | None
    text: str
    forbidden: str | None


@dataclass(slots=True)
class _Seen:
    count: int = 0
    first: list[Event] = field(default_factory=list)


class NeverWatch:
    """The occurrences of every never-rule; the first twenty of each are kept."""

    def __init__(self, rules: Mapping[str, NeverRule]) -> None:
        self._rules = rules
        self._seen = {name: _Seen() for name in rules}
        self._dialogues = 0

    def add(self, candidate: Sequence[DialogueOutcome], base: Sequence[DialogueOutcome] = ()) -> None:
        """Add all repeats of one dialogue; `base` is what the baseline made of it, empty where it did not answer it."""
        self._dialogues += 1
        known = {item.partner for outcome in base for item in _forbidden((outcome,))}
        for name, rule in self._rules.items():
            found = {item.partner or "": item for item in _forbidden(candidate) if _counts(item, rule)}
            for fid, item in found.items():
                if not (rule.new_only and fid in known):
                    self._note(name, candidate[0].id, fid, item)

    def findings(self) -> dict[str, Finding]:
        """FAIL on one occurrence; PASS says of how many dialogues none is known."""
        return {name: self._finding(name, rule) for name, rule in self._rules.items()}

    def events(self, name: str) -> tuple[Event, ...]:
        """The first occurrences of a rule."""
        return tuple(self._seen[name].first)

    def _finding(self, name: str, rule: NeverRule) -> Finding:
        seen = self._seen[name]
        what = f"forbidden memories ({', '.join(rule.kinds)})" if rule.kinds else "forbidden memories"
        new = "new " if rule.new_only else ""
        if not self._dialogues:
            return Finding(rule=name, state="INCONCLUSIVE", decides=not rule.warn, reason="no dialogue was read")
        if not seen.count:
            reason = f"no {new}{what} in {self._dialogues:,} dialogues"
            return Finding(rule=name, state="PASS", decides=not rule.warn, reason=reason, value=0)
        where = ", ".join(f"{event.dialogue} {event.fid}" for event in seen.first[:3])
        more = f" and {seen.count - 3} more" if seen.count > 3 else ""
        reason = f"{seen.count} {new}{what}: {where}{more}"
        return Finding(rule=name, state="FAIL", decides=not rule.warn, reason=reason, value=seen.count)

    def _note(self, name: str, dialogue: str, fid: str, item: PredictedOutcome) -> None:
        seen = self._seen[name]
        seen.count += 1
        if len(seen.first) < SHOWN:
            seen.first.append(
                Event(
                    dialogue=dialogue,
                    fid=fid,
                    kind=item.forbidden_kind,
                    text=item.text,
                    forbidden=item.forbidden_text,
                )
            )


def _forbidden(repeats: Iterable[DialogueOutcome]) -> Iterator[PredictedOutcome]:
    return (item for outcome in repeats for item in outcome.predicted if item.state == "forbidden")


def _counts(item: PredictedOutcome, rule: NeverRule) -> bool:
    """A kind that is not known (a run of an older version) counts: better asked than let through."""
    return rule.kinds is None or item.forbidden_kind is None or item.forbidden_kind in rule.kinds
