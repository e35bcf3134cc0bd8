"""One judging model: asks batches of questions, checks what comes back, and keeps count of what it cost."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.errors import ExtractorError, StoppedShort
from evals.http import Sender
from evals.inference import Sampling, Served, complete, look_at
from evals.matching.canaries import Canary, canary_for
from evals.matching.judge_prompts import Way, answer_schema, prompt, system_prompt
from evals.matching.judge_replies import Answer, UnreadableAnswer, read_answers, turn_of_quote
from evals.protocols import Question, QuestionKind
from evals.spending import BYTES_A_TOKEN, JudgeCall, Tokens, charged
from evals.throttle import Throttle

NO_MONEY = "budget"  # the failure of what was not asked because the budget is used up


@dataclass
class Ledger:
    """What judging came to, so far: calls, the tokens they are charged, and everything that went wrong."""

    calls: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    canaries: int = 0
    canary_failures: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, tokens: Tokens, tries: int) -> None:
        self.calls += 1
        self.retries += max(tries - 1, 0)
        self.prompt_tokens += tokens.prompt
        self.completion_tokens += tokens.completion


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer, or why there is none."""

    answer: Answer | None = None
    failure: str | None = None


class Panelist:
    """A model behind an OpenAI-compatible server. Every question ends answered or with the name of its failure."""

    def __init__(
        self,
        sender: Sender,
        sampling: Sampling,
        model: str | None,
        *,
        structured: str,
        throttle: Throttle,
        canaries: bool,
    ) -> None:
        self._sender, self._sampling, self._model = sender, sampling, model
        self._structured, self._throttle, self._canaries = structured, throttle, canaries
        self._secret = secrets.token_bytes(32)
        self.served: Served | None = None
        self.answered_as: str | None = None
        self.ledger = Ledger()
        self.on_call: Callable[[JudgeCall], object] = lambda _: None
        self.may_ask: Callable[[], bool] = lambda: True

    async def prepare(self) -> None:
        """Finds out what the server is. Raises ConfigError or the ExtractorError it came to."""
        if self.served is None:
            self.served = await look_at(self._sender, self._sampling, self._model, self._structured)

    async def close(self) -> None:
        await self._sender.aclose()

    async def ask(self, kind: QuestionKind, batch: Sequence[Question], *, way: Way) -> list[Heard]:
        """The answers to one batch, in its order; what was missing or unreadable is asked once more, by itself."""
        heard = await self._ask_once(kind, batch, way=way)
        again = [place for place, one in enumerate(heard) if one.failure in ("missing", "unreadable", "no quote")]
        for place in again:
            heard[place] = (await self._ask_once(kind, [batch[place]], way=way))[0]
        for one in heard:
            if one.failure:
                self.ledger.failures[one.failure] += 1
        return heard

    async def _ask_once(self, kind: QuestionKind, batch: Sequence[Question], *, way: Way) -> list[Heard]:
        watched = self._canaries and way == "batched"
        canary = canary_for(kind, [question.pred for question in batch]) if watched else None
        if canary and kind != "match" and (failure := await self._unsound(kind, canary)):
            return [Heard(failure=failure)] * len(batch)
        questions = [*batch, canary.question] if canary and kind == "match" else list(batch)
        names = [f"q{place}" for place in range(1, len(questions) + 1)]
        answers, failure = await self._call(kind, list(zip(names, questions, strict=True)), swapped=way == "swapped")
        if failure:
            return [Heard(failure=failure)] * len(batch)
        if canary and kind == "match" and not self._passes(canary, answers.get(names[-1])):
            return [Heard(failure="canary")] * len(batch)
        return [_checked(question, answers.get(name)) for name, question in zip(names, batch, strict=False)]

    async def _unsound(self, kind: QuestionKind, canary: Canary) -> str | None:
        """Why nothing is asked after a canary that went by itself, if so."""
        answers, failure = await self._call(kind, [("q1", canary.question)], swapped=False)
        if failure is None and self._passes(canary, answers.get("q1")):
            return None
        return failure if failure == NO_MONEY else "canary"

    def _passes(self, canary: Canary, answer: Answer | None) -> bool:
        self.ledger.canaries += 1
        passed = answer is not None and answer.label in canary.right
        self.ledger.canary_failures += not passed
        return passed

    async def _call(
        self, kind: QuestionKind, items: Sequence[tuple[str, Question]], *, swapped: bool
    ) -> tuple[Mapping[str, Answer], str | None]:
        """One call; a failure of transport or of reading is a value, another model's name stops the run."""
        if not self.may_ask():
            return {}, NO_MONEY
        body = self._body(kind, items, swapped=swapped)
        size = int(len(str(body).encode()) / BYTES_A_TOKEN)
        try:
            await self._throttle.admit(size)
            sent = await complete(self._sender, self._sampling, body)
        except ExtractorError as error:
            self._charge(charged(None, error.attempts), len(error.attempts))  # type: ignore[arg-type]
            return {}, type(error).__name__
        self._charge(charged(sent.value.usage, sent.attempts), len(sent.attempts))
        self.note_model(sent.value.model)
        if "the model refused" in sent.value.notes:
            return {}, "refused"
        try:
            return read_answers(sent.value.text, kind, [name for name, _ in items]), None
        except UnreadableAnswer:
            return {}, "truncated" if sent.value.finish_reason == "length" else "unreadable"

    def _charge(self, tokens: Tokens, tries: int) -> None:
        self.ledger.add(tokens, tries)
        self.on_call(JudgeCall(str(self._model), tokens.prompt, tokens.completion))

    def note_model(self, name: str | None) -> None:
        """Raises StoppedShort when answers come from another model than before."""
        if name is None:
            return
        if self.answered_as is not None and name != self.answered_as:
            raise StoppedShort(f"the judge answered as {name!r} after {self.answered_as!r}: give a pinned judge.model")
        self.answered_as = name

    def _body(self, kind: QuestionKind, items: Sequence[tuple[str, Question]], *, swapped: bool) -> dict[str, Any]:
        assert self.served is not None
        text = prompt(kind, items, swapped=swapped, secret=self._secret)
        return self._sampling.body(self.served.model, text, answer_schema(kind), self.served.structured)


def sampling(
    *, temperature: float | None, seed: int | None, max_tokens: int, extra_body: Mapping[str, Any] | None
) -> Sampling:
    """How a judge is asked: as configured, under the judge's own system message."""
    return Sampling(
        temperature=temperature,
        seed=seed,
        max_tokens=max_tokens,
        system_prompt=system_prompt(),
        extra_body=extra_body,
    )


def _checked(question: Question, answer: Answer | None) -> Heard:
    """An answer whose quote stands where it must; support that only the assistant gave is none."""
    if answer is None:
        return Heard(failure="missing")
    if question.kind == "match" or answer.label != "supported":
        return Heard(answer)
    if turn_of_quote(answer.evidence, question.turns, role="user") is not None:
        return Heard(answer)
    if turn_of_quote(answer.evidence, question.turns, role="assistant") is not None:
        return Heard(Answer("unsupported", answer.evidence))
    return Heard(failure="no quote")
