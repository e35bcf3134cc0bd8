"""What rules left open, as questions; and what the answers make of the outcome.

Only aligned pairs no rule could decide, pairs that share no language, the grounding of what matched nothing and the
reasoning of preferences that match are asked. A question without an answer stays open: unjudged on both sides, never a
pass and never a miss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evals.matching.judge_replies import turn_of_quote
from evals.protocols import Judgement, Question
from evals.text.canonical import canonical
from evals.text.values import value_conflict, values
from evals.types import (
    Decision,
    GoldOutcome,
    GoldState,
    Message,
    Outcome,
    PredictedOutcome,
    PredictionState,
    ReasoningState,
)

MOST_CANDIDATES = 8  # gold items one prediction in another language is held against
_MATCHED: Mapping[str, tuple[PredictionState, GoldState]] = {
    "equivalent": ("correct", "found"),
    "pred_less_specific": ("partial", "partial"),
    "pred_more_specific": ("partial", "partial"),
    "overlap": ("partial", "partial"),
    "contradiction": ("value_error", "wrong_value"),
}
_RANK = tuple(_MATCHED)
_UNGROUNDED = ("partly", "unsupported", "contradicted")
_REASONED: Mapping[str, ReasoningState] = {
    "supported": "supported",
    **dict.fromkeys(_UNGROUNDED, "unsupported"),
}


@dataclass(frozen=True, slots=True)
class Open:
    """A question of one dialogue: about prediction `index`, and where it is about a pair, about gold `gid`."""

    index: int
    gid: str | None
    question: Question


Answers = Sequence[tuple[Open, Judgement]]


def open_pairs(outcome: Outcome, language: str) -> list[Open]:
    """The pairs left open, and for predictions in another language every gold item they could mean."""
    gold = {item.gid: item for item in outcome.gold}
    found = []
    for item in outcome.predicted:
        if item.state != "unjudged" or item.question != "match":
            continue
        named = [item.partner] if item.partner in gold else item.candidates
        candidates = [gold[gid] for gid in named] or _foreign(item, outcome.gold)
        for candidate in candidates[:MOST_CANDIDATES]:
            asked = Question(kind="match", gold=candidate.text, pred=item.text, language=item.language or language)
            found.append(Open(item.index, candidate.gid, asked))
    return found


def open_grounding(outcome: Outcome, language: str, messages: Sequence[Message]) -> list[Open]:
    """The predictions that match nothing and whose support no rule could tell."""
    turns = _turns(messages)
    return [
        Open(
            item.index,
            None,
            Question(kind="grounding", pred=item.text, language=item.language or language, turns=turns),
        )
        for item in outcome.predicted
        if item.state == "unjudged" and item.question == "grounding"
    ]


def open_reasoning(outcome: Outcome, language: str, messages: Sequence[Message]) -> list[Open]:
    """The reasoning of the preferences that match gold, whole or in part."""
    turns = _turns(messages)
    return [
        Open(
            item.index,
            None,
            Question(
                kind="reasoning",
                pred=item.text,
                reasoning=item.reasoning,
                language=item.language or language,
                turns=turns,
            ),
        )
        for item in outcome.predicted
        if item.kind != "fact" and item.state in ("correct", "partial") and (item.reasoning or "").strip()
    ]


def plausible(question: Question, said: Judgement) -> Judgement:
    """The judgement, but none where it calls equivalent what the typed values of the two texts rule out."""
    if said.label != "equivalent" or question.gold is None:
        return said
    gold, pred = (values(canonical(text, question.language)) for text in (question.gold, question.pred))
    return Judgement(failure="against the values") if value_conflict(gold, pred) else said


def settle_pairs(outcome: Outcome, answers: Answers) -> Outcome:
    """The outcome with every answered pair decided; what is unrelated becomes a question of grounding."""
    gold = {item.gid: item for item in outcome.gold}
    predicted = {item.index: item for item in outcome.predicted}
    related = [(opened, said) for opened, said in answers if said.label in _MATCHED]
    related.sort(key=lambda pair: (_RANK.index(pair[1].label or ""), pair[0].index, pair[0].gid or ""))
    for opened, said in related:
        item, mine = predicted[opened.index], gold[opened.gid or ""]
        if item.state == "unjudged" and item.question == "match" and mine.state == "unjudged":
            predicted[opened.index], gold[mine.gid] = _paired(item, mine, said)
    for index, labels in _labels_by_prediction(answers).items():
        item = predicted[index]
        if item.state == "unjudged" and item.question == "match" and not {None, "unsure"} & set(labels):
            predicted[index] = replace(item, question="grounding", partner=None, decided_by=Decision(by="judge"))
    _miss_what_nobody_meant(gold, predicted, answers)
    return Outcome(
        gold=tuple(gold[item.gid] for item in outcome.gold),
        predicted=tuple(predicted[item.index] for item in outcome.predicted),
    )


def settle_grounding(outcome: Outcome, answers: Answers, messages: Sequence[Message]) -> Outcome:
    """The outcome with every answered grounding decided. Support is a quote that stands in a turn of the user's."""
    predicted = {item.index: item for item in outcome.predicted}
    for opened, said in answers:
        item = predicted[opened.index]
        if said.label == "supported":
            turn = turn_of_quote(said.evidence or "", messages, role="user")
            if turn is not None:
                decision = Decision(by="judge:supported", pred_token=_short(said.evidence))
                predicted[item.index] = replace(
                    item, state="extra_grounded", decided_by=decision, grounded_in=turn, question=None
                )
        elif said.label in _UNGROUNDED:
            decision = Decision(by=f"judge:{said.label}", pred_token=_short(said.evidence))
            predicted[item.index] = replace(item, state="hallucinated", decided_by=decision, question=None)
    return Outcome(gold=outcome.gold, predicted=tuple(predicted[item.index] for item in outcome.predicted))


def settle_reasoning(outcome: Outcome, answers: Answers) -> Outcome:
    """The outcome with every reasoning that was asked about marked; one that is partly borne out is unsupported."""
    predicted = {item.index: item for item in outcome.predicted}
    for opened, said in answers:
        state = _REASONED.get(said.label or "", "unjudged")
        predicted[opened.index] = replace(predicted[opened.index], reasoning_state=state)
    return Outcome(gold=outcome.gold, predicted=tuple(predicted[item.index] for item in outcome.predicted))


def _paired(item: PredictedOutcome, gold: GoldOutcome, said: Judgement) -> tuple[PredictedOutcome, GoldOutcome]:
    state, gold_state = _MATCHED[said.label or ""]
    decision = Decision(by=f"judge:{said.label}", pred_token=_short(said.evidence))
    covered = state == "correct"
    return (
        replace(
            item, state=state, decided_by=decision, partner=gold.gid, question=None, covered=item.covered or covered
        ),
        replace(gold, state=gold_state, decided_by=decision, partner=item.index, covered=gold.covered or covered),
    )


def _turns(messages: Sequence[Message]) -> tuple[Message, ...]:
    """A conversation as a judge sees it: who said what, and nothing else that is known of it."""
    return tuple(Message(role=message.role, content=message.content) for message in messages)


def _foreign(item: PredictedOutcome, gold: Sequence[GoldOutcome]) -> list[GoldOutcome]:
    """Gold items of the same list that share a language with no prediction."""
    return [
        each
        for each in gold
        if each.cross_lingual and each.state == "unjudged" and (each.kind == "fact") == (item.kind == "fact")
    ]


def _labels_by_prediction(answers: Answers) -> dict[int, list[str | None]]:
    labels: dict[int, list[str | None]] = {}
    for opened, said in answers:
        labels.setdefault(opened.index, []).append(said.label)
    return labels


def _miss_what_nobody_meant(
    gold: dict[str, GoldOutcome], predicted: Mapping[int, PredictedOutcome], answers: Answers
) -> None:
    """A gold item is missed once every pair it stood in was answered and none of them was about it."""
    for gid in {opened.gid for opened, _ in answers if opened.gid is not None}:
        item = gold[gid]
        labels = [said.label for opened, said in answers if opened.gid == gid]
        taken = all(predicted[opened.index].question != "match" for opened, _ in answers if opened.gid == gid)
        if item.state == "unjudged" and None not in labels and "unsure" not in labels and taken:
            gold[gid] = replace(item, state="missed", decided_by=Decision(by="judge"), partner=None)


def _short(evidence: str | None) -> str | None:
    return evidence[:120] if evidence else None
