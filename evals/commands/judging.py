"""The judge in the middle of a run: open questions of a few dialogues at a time, answered, settled and counted."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, replace
from functools import partial
from types import TracebackType
from typing import Any, Self, cast

from evals.commands.audit import Audit, audited, widened
from evals.commands.money import cost_of_call, plain_price
from evals.config import build
from evals.errors import CannotAnswer, ConfigError, ExtractorError, StoppedShort
from evals.io import writing_jsonl
from evals.matching.cascade import (
    Open,
    open_grounding,
    open_pairs,
    open_reasoning,
    plausible,
    settle_grounding,
    settle_pairs,
    settle_reasoning,
)
from evals.matching.panelist import NO_MONEY
from evals.protocols import Judge, Judgement
from evals.results import DialogueOutcome, Score
from evals.runs import RunFolder
from evals.scoring.costs import cost_of
from evals.spending import JudgeCall, Purse
from evals.types import Dialogue, Outcome

AT_ONCE = 32  # dialogues whose questions are put together
CAP = 0.02  # share of questions that may stay without an answer (scoring.md)
WRONG_CANARIES = 0.1  # share of canaries above which nothing a judge says is believed
_CASCADE = "cascade"
Batch = Sequence[tuple[Dialogue, DialogueOutcome]]


def build_judge(node: Mapping[str, Any], matcher: Mapping[str, Any]) -> Judge | None:
    """The judge of a configuration, None for judge=none. Raises ConfigError where the matcher asks none."""
    if node["name"] == "none":
        return None
    if matcher["name"] != _CASCADE:
        raise ConfigError(f"judge={node['name']}: matcher={matcher['name']} asks no judge; matcher={_CASCADE} does")
    return cast(Judge, build("judge", node, Judge))


def judge_identity(node: Mapping[str, Any], judge: Judge | None) -> str:
    """`none`, or `name#hash(model)`: over what a verdict depends on, not over where it was asked for."""
    from evals.io import sha256_of

    if judge is None:
        return "none"
    own = getattr(judge, "identity", None) or {key: value for key, value in node.items() if key != "http"}
    return f"{node['name']}#{sha256_of(own)[:8]}({getattr(judge, 'model', 'custom')})"


class Judging:
    """Settles outcomes with a judge; a context that keeps the verdicts used beside the run."""

    def __init__(self, judge: Judge, folder: RunFolder, *, prices: Mapping[str, Any], purse: Purse) -> None:
        self._judge, self._folder = judge, folder
        self._prices, self._purse = prices, purse
        self._audit = Audit()
        self._decided: Counter[str] = Counter()
        self._asked = self._failed = 0
        self._failures: Counter[str] = Counter()
        self._found: dict[str, Any] = {}
        self._stack = ExitStack()
        self._loop: asyncio.Runner

    def __enter__(self) -> Self:
        self._loop = self._stack.enter_context(asyncio.Runner())
        if hasattr(self._judge, "on_verdict"):
            writing: AbstractContextManager[Callable[[object], object]] = writing_jsonl(self._folder.verdicts_path)
            self._judge.on_verdict = self._stack.enter_context(writing)
        if hasattr(self._judge, "spend_from"):
            keep = self._stack.enter_context(self._folder.appending_judge_calls())
            self._judge.spend_from(lambda: not self._purse.is_empty, partial(self._pay, keep))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if hasattr(self._judge, "close"):
            self._loop.run(self._judge.close())
        self._stack.__exit__(kind, error, trace)

    def settle(self, batch: Batch) -> list[DialogueOutcome]:
        """The outcomes with everything decided that the judge could decide."""
        outcomes = [Outcome(gold=outcome.gold, predicted=outcome.predicted) for _, outcome in batch]
        for _, outcome in batch:
            self._count(outcome)
            if outcome.error is None:
                self._audit.see(outcome)
        pairs = [open_pairs(each, dialogue.language) for each, (dialogue, _) in zip(outcomes, batch, strict=True)]
        answers = [[(each, self._plausible(each, said)) for each, said in group] for group in self._answers(pairs)]
        outcomes = [settle_pairs(each, said) for each, said in zip(outcomes, answers, strict=True)]
        notes = [
            open_grounding(each, dialogue.language, dialogue.messages)
            for each, (dialogue, _) in zip(outcomes, batch, strict=True)
        ]
        answers = self._answers(notes)
        outcomes = [
            settle_grounding(each, said, dialogue.messages)
            for each, said, (dialogue, _) in zip(outcomes, answers, batch, strict=True)
        ]
        if getattr(self._judge, "asks_reasoning", False):
            outcomes = self._with_reasoning(outcomes, batch)
        return [
            replace(outcome, gold=settled.gold, predicted=settled.predicted)
            for (_, outcome), settled in zip(batch, outcomes, strict=True)
        ]

    def finish(self, scores: Sequence[Score]) -> tuple[Score, ...]:
        """Audits what rules decided, and widens the bounds of the scores by the error found."""
        asked = self._audit.questions()
        said = self._ask([question for _, question in asked])
        self._found = audited(asked, said)
        return widened(scores, self._found)

    def summary(self) -> dict[str, Any]:
        """What run.json says of the judging."""
        known: dict[str, Any] = {
            "decided_by": dict(sorted(self._decided.items())),
            "questions": self._asked,
            "unanswered": self._failed,
            "failures": dict(sorted(self._failures.items())),
            "audit": self._found,
        }
        if ledgers := getattr(self._judge, "ledgers", None):
            paid = self._paid()
            known["models"] = {
                name: {
                    **asdict(ledger),
                    "failures": dict(ledger.failures),
                    "answered_as": self._judge.answered_as.get(name),  # type: ignore[attr-defined]
                    "paid": dict(paid[name]),
                    "cost": cost_of(
                        paid[name]["prompt_tokens"],
                        paid[name]["completion_tokens"],
                        plain_price(self._prices.get(name)),
                    ),
                }
                for name, ledger in ledgers.items()
            }
            tally = self._judge.tally  # type: ignore[attr-defined]
            known["tally"] = {**asdict(tally), "labels": dict(sorted(tally.labels.items()))}
        return known

    def too_many_failures(self) -> str | None:
        """Why the run may not count as complete, if so."""
        cap = getattr(self._judge, "max_failed", CAP)
        for name, ledger in getattr(self._judge, "ledgers", {}).items():
            if ledger.canary_failures > WRONG_CANARIES * ledger.canaries:
                return f"{name} got {ledger.canary_failures} of {ledger.canaries} questions with known answers wrong"
        if not self._asked or self._failed <= cap * self._asked:
            return None
        why = ", ".join(f"{name} {count}" for name, count in self._failures.most_common(3))
        return f"{self._failed} of {self._asked} questions have no answer ({why}); at most {cap:.0%} may"

    def _paid(self) -> Mapping[str, Counter[str]]:
        """What every model was paid for by all commands that judged this run, this one among them."""
        paid: dict[str, Counter[str]] = defaultdict(Counter)
        for call in self._folder.judge_calls():
            told = {"prompt_tokens": call.prompt_tokens, "completion_tokens": call.completion_tokens}
            paid[call.model].update({"calls": 1, **told})
        return paid

    def _with_reasoning(self, outcomes: Sequence[Outcome], batch: Batch) -> list[Outcome]:
        opened = [
            open_reasoning(each, dialogue.language, dialogue.messages)
            for each, (dialogue, _) in zip(outcomes, batch, strict=True)
        ]
        return [settle_reasoning(each, said) for each, said in zip(outcomes, self._answers(opened), strict=True)]

    def _plausible(self, opened: Open, said: Judgement) -> Judgement:
        checked = plausible(opened.question, said)
        if checked is not said:
            self._failed += 1
            self._failures[checked.failure or ""] += 1
        return checked

    def _count(self, outcome: DialogueOutcome) -> None:
        for item in outcome.predicted:
            self._decided["judge" if item.state == "unjudged" else item.decided_by.by.split(":")[0]] += 1

    def _answers(self, opened: Sequence[Sequence[Open]]) -> list[list[tuple[Open, Judgement]]]:
        said = iter(self._ask([each.question for group in opened for each in group]))
        return [[(each, next(said)) for each in group] for group in opened]

    def _ask(self, questions: Sequence[Any]) -> Sequence[Judgement]:
        if not questions:
            return []
        try:
            said = self._loop.run(self._judge.judge(questions))
        except ExtractorError as error:
            raise StoppedShort(f"the judge cannot be asked: {error}") from None
        if len(said) != len(questions):
            raise CannotAnswer(f"the judge gave {len(said)} answers to {len(questions)} questions")
        for judgement in said:
            self._asked += 1
            if judgement.label is None and judgement.failure != "content_free":
                self._failed += 1
                self._failures[judgement.failure or "missing"] += 1
        if any(ledger.failures[NO_MONEY] for ledger in getattr(self._judge, "ledgers", {}).values()):
            raise StoppedShort(f"{self._purse}; what was answered is stored and the same command continues from there")
        return said

    def _pay(self, keep: Callable[[JudgeCall], object], call: JudgeCall) -> None:
        keep(call)
        self._purse.pay(cost_of_call(call, self._prices))


def judging_of(
    judge: Judge | None, folder: RunFolder, *, prices: Mapping[str, Any], purse: Purse
) -> AbstractContextManager[Judging | None]:
    """The judging of a run in `folder`; nothing for one without a judge."""
    return nullcontext() if judge is None else Judging(judge, folder, prices=prices, purse=purse)
