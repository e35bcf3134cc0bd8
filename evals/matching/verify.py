"""Does an aligned pair say the same? Similarity never answers that; typed values, names and residuals do.

Each guard is tried in turn and the first that fires decides: a conflict of values or names is a wrong value, a
mismatch of polarity, role or modality is a question only a judge can answer, what one side lacks makes it partial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from evals.matching.crossed import (
    changed_direction,
    changed_neighbours,
    changed_places,
    changed_preference,
    changed_sides,
    for_and_against,
)
from evals.matching.one_place import QUESTIONS, other_number, place_of, turned_round
from evals.matching.sides import GoldEntry, Nearness
from evals.text.activities import activity_mismatch
from evals.text.difference import Place
from evals.text.entities import entity_conflict
from evals.text.features import Features
from evals.text.kinds import kind_mismatch
from evals.text.modality import hope_mismatch, modality_mismatch
from evals.text.polarity import polarity_mismatch
from evals.text.residual import coverage, missing, one_sided
from evals.text.roles import role_mismatch, subject_mismatch
from evals.text.values import code_doubt, digit_conflict, value_conflict, value_doubt
from evals.types import Decision

Answer = Literal["correct", "partial", "value_error", "uncertain"]
Direction = Literal["pred_less", "pred_more"]
Guard = Callable[[Features, Features], tuple[str, str] | None]

CONFLICTS: tuple[tuple[str, Guard], ...] = (
    ("digits", lambda gold, pred: digit_conflict(gold.text, pred.text)),
    ("value", lambda gold, pred: value_conflict(gold.values, pred.values)),
)
MISMATCHES: tuple[tuple[str, Guard], ...] = (
    ("values", lambda gold, pred: value_doubt(gold.values, pred.values)),
    ("codes", lambda gold, pred: code_doubt(gold.canonical, pred.canonical)),
    ("polarity", lambda gold, pred: polarity_mismatch(gold.polarity, pred.polarity)),
    ("role", lambda gold, pred: role_mismatch(gold.roles, pred.roles)),
    ("subject", lambda gold, pred: subject_mismatch(gold.canonical, pred.canonical, gold.language)),
    ("order", turned_round),
    ("order", changed_neighbours),
    ("order", changed_preference),
    ("order", changed_sides),
    ("order", changed_places),
    ("direction", changed_direction),
    ("modality", lambda gold, pred: modality_mismatch(gold.modality, pred.modality)),
    ("modality", lambda gold, pred: hope_mismatch(gold.modality, pred.modality)),
    ("attitude", for_and_against),
    ("kind", lambda gold, pred: kind_mismatch(gold.kinds, pred.kinds)),
    ("activity", lambda gold, pred: activity_mismatch(gold.activities, pred.activities)),
)
MUCH_LONGER, HELD = 2.0, 0.5  # times as many content words; share of the shorter one's
FAR_LONGER = 3.0
ALIKE = 0.5  # share of content words
FAR, THIN = 2.0, 0.34  # times the floor; share of content words
FEW = {"en": 0.3, "zh": 0.2}  # share of either side's content words; Chinese ones are pairs of characters


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one pair; `direction` says which side of a partial pair holds less."""

    answer: Answer
    decision: Decision
    direction: Direction | None = None

    @property
    def about_the_same(self) -> bool:
        """Whether no guard spoke against it: the two say the same, in part the same, or too little to tell."""
        return self.answer in ("correct", "partial") or self.decision.by == "overlap"


def verdict_on(gold: GoldEntry, near: Nearness, pred: Features, *, floor: float) -> Verdict:
    """The verdict against the nearest wording alone: another one may leave out the very value that is wrong.

    Slots hold for the main wording.
    """
    slots = gold.slots if near.wording == 0 else None
    return verdict_at(near.similarity, gold.texts[near.wording], pred, slots, floor=floor)


def verdict_at(
    similarity: float, gold: Features, pred: Features, slots: Mapping[str, Features] | None = None, *, floor: float
) -> Verdict:
    """The verdict on two texts this similar: right only if they share enough words for their distance."""
    verdict = verify(gold, pred, slots)
    if verdict.answer == "correct" and too_thin(gold, pred, similarity=similarity, floor=floor):
        return Verdict("uncertain", Decision(by="overlap"))
    return verdict


def verify(gold: Features, pred: Features, slots: Mapping[str, Features] | None = None) -> Verdict:
    """The verdict on a pair that is about the same thing; `slots` are gold's values that must be there."""
    if gold.canonical == pred.canonical:
        return Verdict("correct", Decision(by="equal"))
    place = place_of(gold, pred)
    if against := _conflict(gold, pred, place) or _question(gold, pred, place):
        return against
    if side := lopsided(gold.content_set, pred.content_set):
        return Verdict("partial", _residual(gold, pred), side)
    for slot in (slots or {}).values():
        if absent := _absent(slot, pred):
            return Verdict("partial", Decision(by="slot", gold_token=absent), "pred_less")
    return Verdict("correct", Decision(by="similarity"))


def _conflict(gold: Features, pred: Features, place: Place | None) -> Verdict | None:
    """Values or names that contradict each other."""
    for name, guard in CONFLICTS:
        if tokens := guard(gold, pred):
            return Verdict("value_error", _decided(name, tokens))
    if tokens := name_conflict(gold, pred):
        return Verdict("value_error" if alike_but_for(tokens, gold, pred) else "uncertain", _decided("entity", tokens))
    if place and (tokens := other_number(place, gold, pred)):
        return Verdict("value_error", _decided("value", tokens))
    return None


def _question(gold: Features, pred: Features, place: Place | None) -> Verdict | None:
    """A mismatch that only a judge can call a contradiction."""
    for name, guard in MISMATCHES:
        if tokens := guard(gold, pred):
            return Verdict("uncertain", _decided(name, tokens))
    for name, question in QUESTIONS:
        if place and (tokens := question(place, gold, pred)):
            return Verdict("uncertain", _decided(name, tokens))
    return None


def name_conflict(gold: Features, pred: Features) -> tuple[str, str] | None:
    """A name of each side that the other neither names nor holds anywhere in its text."""
    if not gold.entities or not pred.entities:
        return None
    return entity_conflict(
        frozenset(name for name in gold.entities if name not in pred.canonical),
        frozenset(name for name in pred.entities if name not in gold.canonical),
    )


def alike_but_for(names: tuple[str, str], gold: Features, pred: Features) -> bool:
    """Whether two texts say the same of two different names: then one name is wrong, else they may speak of two things.

    Of 14 name conflicts between real systems' memories and gold, read by eye, 2 were wrong names; 11 of the other 12
    had little else in common.
    """
    parts = {part for name in names for part in name.split()}
    left = {word for word in gold.content_set if not any(word in part or part in word for part in parts)}
    right = {word for word in pred.content_set if not any(word in part or part in word for part in parts)}
    if not left or not right:
        return left == right
    return min(coverage(left, right), coverage(right, left)) >= ALIKE


def lopsided(gold: frozenset[str], pred: frozenset[str]) -> Direction | None:
    """Which side holds what the other says and much besides; None where neither does.

    Besides the plain one-sided residual: twice as many words and at least half of the shorter one's among them, or
    three times as many and any of them. A reworded word or two must not turn a long text that holds a short one into
    its equal. On the variants of the golden set, which all say the same, the first fires on 8 of 220 pairs that came
    out right without it, the second on at most one.
    """
    if side := one_sided(gold, pred):
        return side
    shorter, longer = sorted((gold, pred), key=len)
    held = coverage(shorter, longer)
    times = len(longer) / len(shorter) if shorter else 0.0
    if (times >= MUCH_LONGER and held >= HELD) or (times >= FAR_LONGER and held):
        return "pred_less" if longer is gold else "pred_more"
    return None


def too_thin(gold: Features, pred: Features, *, similarity: float, floor: float) -> bool:
    """Whether a pair shares no word, or not far above the floor so few that nobody can say it means the same.

    Among different gold facts that got above the default floor this holds of 45 in 53 taken for the same, among
    variants of one fact of 5 in 150 (golden set, both languages). They become questions. So do pairs of which one side
    holds too few of the other's words: of 96 pairs of different gold items of one dialogue that were taken for the same
    this stops 64, and of 1,773 variants of one item 70. And so do pairs that share a single word of several, where one
    states a value that the other does not: "The wedding is the 29th" and "The user's dad flies to the wedding"; of 234
    pairs of different items that were still taken for the same this stops 17, of 1,697 wordings of one item 6.
    """
    if gold.canonical == pred.canonical:
        return False
    if _share_one_of_several(gold, pred) and _stated(gold) != _stated(pred):
        return True
    shared = coverage(gold.content_set, pred.content_set), coverage(pred.content_set, gold.content_set)
    few = FEW.get(gold.language, FEW["en"])
    return min(shared) < few or (similarity < FAR * floor and max(shared) <= THIN)


def _share_one_of_several(gold: Features, pred: Features) -> bool:
    fewest = min(len(gold.content_set), len(pred.content_set))
    return fewest > 1 and len(gold.content_set & pred.content_set) == 1


def _stated(text: Features) -> frozenset[str]:
    return frozenset(value.value for value in text.values)


def conflicting(gold: Features, pred: Features) -> bool:
    """Whether a value or a name of one contradicts the other."""
    return any(guard(gold, pred) for _, guard in CONFLICTS) or name_conflict(gold, pred) is not None


def _absent(slot: Features, pred: Features) -> str | None:
    """The part of a required value that the prediction does not hold in any form."""
    if _holds_word(pred.canonical, slot.canonical):
        return None
    gone = missing(slot.content_set, pred.content_set)
    return gone[0] if gone else None


def _holds_word(text: str, words: str) -> bool:
    """Whether words stand in a text as words: not `li` in `likes`, nor `5` in `15`; Chinese has no such borders."""
    start = text.find(words)
    while words and start >= 0:
        before, after = text[:start][-1:], text[start + len(words) :][:1]
        if not (_joins(before, words[0]) or _joins(words[-1], after)):
            return True
        start = text.find(words, start + 1)
    return False


def _joins(left: str, right: str) -> bool:
    """Whether the border between two characters lies within a word or a number."""
    return (left + right).isascii() and ((left.isalpha() and right.isalpha()) or (left.isdigit() and right.isdigit()))


def _residual(gold: Features, pred: Features) -> Decision:
    lost, added = missing(gold.content_set, pred.content_set), missing(pred.content_set, gold.content_set)
    return Decision(by="residual", gold_token=" ".join(lost[:3]) or None, pred_token=" ".join(added[:3]) or None)


def _decided(name: str, tokens: tuple[str, str]) -> Decision:
    return Decision(by=name, gold_token=tokens[0], pred_token=tokens[1])
