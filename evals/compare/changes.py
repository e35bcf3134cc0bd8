"""The memory diff: for one dialogue, what the candidate kept, lost, gained, got wrong or made up against the base."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from evals.results import DialogueOutcome
from evals.scoring.agreement import type_agrees
from evals.types import GoldOutcome, PredictedOutcome

What = Literal[
    "forbidden",
    "contradicted",
    "value_error",
    "polarity",
    "unsupported",
    "lost",
    "unsettled",
    "type",
    "reworded",
    "extra",
    "gained",
    "kept",
]
Status = Literal["contradicted", "value_error", "polarity", "missed", "open", "partial", "found"]

# Most harmful first; what only a judge could tell stands after what is known to be lost.
HARM: tuple[What, ...] = (
    "forbidden",
    "contradicted",
    "value_error",
    "polarity",
    "unsupported",
    "lost",
    "unsettled",
    "type",
    "reworded",
    "extra",
)
_WORSE_FIRST: tuple[Status, ...] = ("contradicted", "value_error", "polarity", "missed", "open", "partial", "found")
_FAULTS: dict[Status, What] = {"contradicted": "contradicted", "value_error": "value_error", "polarity": "polarity"}
_TIED_TO_GOLD = frozenset(("correct", "partial", "value_error"))
_Key = tuple[str, str]
_ALIKE = 85  # rapidfuzz ratio from which two memories that match no gold are one memory put differently


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One memory of one dialogue in two runs. `better` is None where a change is neither good nor bad.

    `gold` is None for a memory that gold does not list; `forbidden` is what a forbidden item says, with its fid as
    `gid`. `base` and `candidate` are the texts either run gave. `stable` says whether every repeat of either run shows
    it, None where there was one repeat of each. `evidence` are indexes of messages.
    """

    dialogue: str
    language: str
    kind: str | None
    what: What
    better: bool | None
    gid: str | None = None
    gold: str | None = None
    forbidden: str | None = None
    base: str | None = None
    candidate: str | None = None
    base_state: str | None = None
    candidate_state: str | None = None
    stable: bool | None = None
    evidence: tuple[int, ...] = ()
    evidence_text: str | None = None

    @property
    def harm(self) -> tuple[int, str, str]:
        """Sort key: harm first, then what got better, then what stayed."""
        rank = HARM.index(self.what) if self.what in HARM else len(HARM)
        side = 2 if self.what == "kept" else 1 if self.better else 0
        return side * len(HARM) * 2 + rank, self.dialogue, self.gid or self.candidate or self.base or ""


def changes(base: Sequence[DialogueOutcome], candidate: Sequence[DialogueOutcome]) -> tuple[Change, ...]:
    """Everything that became of the memories of one dialogue, all repeats of either run given; most harmful first."""
    found = (*_of_gold(base, candidate), *_of_others(base, candidate))
    return tuple(sorted(found, key=lambda change: change.harm))


def harmful(change: Change) -> bool:
    """Whether a change makes the candidate worse."""
    return change.better is False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What a run made of one gold item over its repeats: the commonest status, worse first among equals."""

    status: Status
    item: GoldOutcome
    prediction: PredictedOutcome | None
    unanimous: bool

    @property
    def text(self) -> str | None:
        return self.prediction.text if self.prediction else None


def _of_gold(base: Sequence[DialogueOutcome], candidate: Sequence[DialogueOutcome]) -> Iterator[Change]:
    sides = [{gid: _side(gid, run) for gid in (item.gid for item in run[0].gold)} for run in (base, candidate)]
    several = max(len(base), len(candidate)) > 1
    for gid in sides[1]:
        if gid in sides[0]:
            before, after = sides[0][gid], sides[1][gid]
            what, better = _what(before, after)
            gold = after.item
            yield Change(
                dialogue=candidate[0].id,
                language=candidate[0].language,
                kind=gold.kind,
                what=what,
                better=better,
                gid=gid,
                gold=gold.text,
                base=before.text,
                candidate=after.text,
                base_state=before.item.state,
                candidate_state=after.item.state,
                stable=before.unanimous and after.unanimous if several else None,
                evidence=gold.evidence,
                evidence_text=gold.evidence_text,
            )


def _side(gid: str, repeats: Sequence[DialogueOutcome]) -> _Side:
    seen = [_status(gid, outcome) for outcome in repeats]
    counted = Counter(status for status, _, _ in seen)
    most = max(counted.values())
    status = min((name for name in counted if counted[name] == most), key=_WORSE_FIRST.index)
    _, item, prediction = next(each for each in seen if each[0] == status)
    return _Side(status=status, item=item, prediction=prediction, unanimous=len(counted) == 1)


def _status(gid: str, outcome: DialogueOutcome) -> tuple[Status, GoldOutcome, PredictedOutcome | None]:
    item = next(each for each in outcome.gold if each.gid == gid)
    partner = next((each for each in outcome.predicted if each.index == item.partner), None)
    if item.state == "wrong_value":
        judged = item.decided_by.by.startswith("judge:contradiction")
        return ("contradicted" if judged else "value_error"), item, partner
    if partner is not None and partner.polarity_agrees is False:
        return "polarity", item, partner
    names: dict[str, Status] = {"found": "found", "partial": "partial", "unjudged": "open"}
    return names.get(item.state, "missed"), item, partner


def _what(before: _Side, after: _Side) -> tuple[What, bool | None]:
    if before.status == after.status:
        return _same_status(before, after)
    if "open" in (before.status, after.status):
        return "unsettled", None
    worse = _WORSE_FIRST.index(after.status) < _WORSE_FIRST.index(before.status)
    if worse:
        return _FAULTS.get(after.status, "lost"), False
    return _FAULTS.get(before.status, "gained"), True


def _same_status(before: _Side, after: _Side) -> tuple[What, bool | None]:
    if before.prediction is None or after.prediction is None:
        return "kept", None
    agreed = [type_agrees(side.item, side.prediction) for side in (before, after) if side.prediction]
    if agreed[0] != agreed[1] and None not in agreed:
        return "type", agreed[1]
    same = _folded(before.prediction.text) == _folded(after.prediction.text)
    return ("kept" if same else "reworded"), None


# --- memories that gold does not list ------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """A predicted memory that stands for no gold item, and in how many repeats of a run it came out."""

    item: PredictedOutcome
    what: What
    everywhere: bool


def _of_others(base: Sequence[DialogueOutcome], candidate: Sequence[DialogueOutcome]) -> Iterator[Change]:
    before, after = _others(base), _others(candidate)
    several = max(len(base), len(candidate)) > 1
    pairs = [(key, key) for key in after if key in before]
    new = [key for key in after if key not in before]
    gone = [key for key in before if key not in after]
    for key in list(new):
        near = max(gone, key=lambda other: _likeness(before[other], after[key]), default=None)
        if near is not None and _likeness(before[near], after[key]) >= _ALIKE:
            pairs.append((near, key))
            gone.remove(near)
            new.remove(key)
    for old, key in pairs:
        yield _other(candidate[0], before[old], after[key], several=several)
    for key in new:
        yield _other(candidate[0], None, after[key], several=several)
    for key in gone:
        yield _other(candidate[0], before[key], None, several=several)


def _likeness(before: _Other, after: _Other) -> float:
    """How alike two memories read, from 0 to 100; memories of different sorts and forbidden items are not alike."""
    if before.what != after.what or after.what == "forbidden":
        return 0.0
    return fuzz.ratio(_folded(before.item.text), _folded(after.item.text))


def _others(repeats: Sequence[DialogueOutcome]) -> dict[_Key, _Other]:
    """What came out in more than half of the repeats and stands for no gold item, by what makes it one memory."""
    seen: dict[_Key, list[PredictedOutcome]] = {}
    for outcome in repeats:
        here = {_key(item): item for item in reversed(outcome.predicted) if _stands_alone(item)}
        for key, item in here.items():
            seen.setdefault(key, []).append(item)
    return {
        key: _Other(item=items[0], what=_other_what(items[0]), everywhere=len(items) == len(repeats))
        for key, items in seen.items()
        if 2 * len(items) > len(repeats)
    }


def _key(item: PredictedOutcome) -> _Key:
    """A forbidden item is one memory in whatever words it comes out; others are what they say."""
    if item.state == "forbidden" and item.partner is not None:
        return "forbidden", item.partner
    return "text", _folded(item.text)


def _stands_alone(item: PredictedOutcome) -> bool:
    return item.state not in _TIED_TO_GOLD and not (item.state == "unjudged" and item.question == "match")


def _other_what(item: PredictedOutcome) -> What:
    if item.state == "forbidden":
        return "forbidden"
    if item.state == "hallucinated":
        return "contradicted" if item.decided_by.by == "judge:contradicted" else "unsupported"
    return "extra"


def _other(outcome: DialogueOutcome, before: _Other | None, after: _Other | None, *, several: bool) -> Change:
    what, better = _other_change(before, after)
    shown = after or before
    assert shown is not None
    sides = [side for side in (before, after) if side]
    return Change(
        dialogue=outcome.id,
        language=outcome.language,
        kind=shown.item.kind,
        what=what,
        better=better,
        gid=shown.item.partner if shown.item.state == "forbidden" else None,
        forbidden=shown.item.forbidden_text if shown.item.state == "forbidden" else None,
        base=before.item.text if before else None,
        candidate=after.item.text if after else None,
        base_state=before.item.state if before else None,
        candidate_state=after.item.state if after else None,
        stable=all(side.everywhere for side in sides) if several else None,
        evidence=() if shown.item.grounded_in is None else (shown.item.grounded_in,),
    )


def _other_change(before: _Other | None, after: _Other | None) -> tuple[What, bool | None]:
    if before is None and after is not None:
        return after.what, False
    if after is None and before is not None:
        return before.what, True
    assert before is not None
    assert after is not None
    if before.what != after.what:
        worse = HARM.index(after.what) < HARM.index(before.what)
        return (after.what, False) if worse else (before.what, True)
    same = _folded(before.item.text) == _folded(after.item.text)
    return ("kept" if same else "reworded"), None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tallied(found: Iterable[Change]) -> Counter[tuple[What, bool | None]]:
    """How many changes of each sort."""
    return Counter((change.what, change.better) for change in found)
