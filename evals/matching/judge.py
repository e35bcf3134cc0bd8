"""The LLM judge: cached verdicts first, then batches to one or several models, swapped orders, and votes."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evals.errors import ConfigError
from evals.http import Sender, checked_base_url, secret_from, settings_from
from evals.inference import MODES
from evals.matching.canaries import ONE_IN
from evals.matching.judge_prompts import LABELS, Way, prompt, prompt_hash, system_prompt
from evals.matching.judge_replies import Answer
from evals.matching.panelist import Heard, Ledger, Panelist, sampling
from evals.matching.verdicts import Verdict, VerdictCache, verdict_key
from evals.protocols import Judgement, Question
from evals.spending import BYTES_A_TOKEN, JudgeCall
from evals.text.canonical import canonical
from evals.text.words import content_words
from evals.throttle import Throttle

BATCH = 8
SWAPPED_ONE_IN = 10  # one in so many is asked in the other order as well
ALONE_ONE_IN = 20  # one in so many is asked by itself as well
_SHARES: Mapping[Way, float] = {  # calls for each there could be; canaries ride along or go by themselves
    "batched": 1 + 1 / SWAPPED_ONE_IN + 1 / (ONE_IN * BATCH),
    "alone": 1 / ALONE_ONE_IN,
}
CACHES = ("readwrite", "readonly", "off")
CacheMode = Literal["readwrite", "readonly", "off"]
_DEFAULT_CACHE = Path(".evals") / "verdicts.sqlite"


@dataclass
class Tally:
    """What became of the questions: how many were asked of whom, and how sure the answers are."""

    questions: int = 0
    cached: int = 0
    refused: int = 0
    unanswered: int = 0
    swapped: int = 0
    flips: int = 0
    alone: int = 0
    alone_differs: int = 0
    split_votes: int = 0
    labels: Counter[str] = field(default_factory=Counter)


class LlmJudge:
    """Asks an OpenAI-compatible server what rules left open (scoring.md, LLM judge).

    `votes` names further models, each a mapping with `model` and, where it differs, `base_url` and `api_key_env`; then
    the label of most holds. Raises ConfigError for a configuration that could never work.
    """

    def __init__(
        self,
        base_url: str | None = None,
        model: str | None = None,
        api_key_env: str | None = None,
        temperature: float | None = 0.0,
        seed: int | None = 0,
        max_tokens: int = 2048,
        structured: str = "auto",
        extra_body: Mapping[str, Any] | None = None,
        batch: int = BATCH,
        concurrency: int = 4,
        qps: float | None = None,
        tokens_per_minute: int | None = None,
        canaries: bool = True,
        reasoning: bool = True,
        votes: Sequence[Mapping[str, Any]] = (),
        max_failed: float = 0.02,
        cache: CacheMode = "readwrite",
        cache_path: str | None = None,
        http: Mapping[str, Any] | None = None,
    ) -> None:
        _checked(cache=cache, structured=structured, batch=batch, max_failed=max_failed)
        if model is None:
            raise ConfigError("judge.model: the pinned id of a model is wanted")
        self.model, self.max_failed, self.cache_mode, self.asks_reasoning = model, max_failed, cache, reasoning
        self._decoding = {"temperature": temperature, "seed": seed, "max_tokens": max_tokens, "extra": extra_body}
        self._batch, self._turns = batch, asyncio.Semaphore(concurrency)
        self._cache = None if cache == "off" else VerdictCache(Path(cache_path) if cache_path else _DEFAULT_CACHE)
        self._settings = settings_from(http or {})
        self._used: set[str] = set()
        self.tally, self.replay, self.on_verdict = Tally(), {}, lambda _: None
        how = sampling(temperature=temperature, seed=seed, max_tokens=max_tokens, extra_body=extra_body)
        throttle = Throttle(qps=qps, tokens_per_minute=tokens_per_minute)
        self._panel: dict[str, Panelist] = {}
        for node in ({"model": model}, *votes):
            node = {"base_url": base_url, "api_key_env": api_key_env, **node}
            self._panel[str(node["model"])] = Panelist(
                self._sender(node), how, node["model"], structured=structured, throttle=throttle, canaries=canaries
            )

    replay: Mapping[str, Verdict]
    on_verdict: Callable[[Verdict], object]

    @property
    def identity(self) -> dict[str, Any]:
        """What a verdict depends on besides the texts: hashed into the signature and into a certificate."""
        return {
            "models": sorted(self._panel),
            "decoding": self._decoding,
            "prompts": {kind: prompt_hash(kind) for kind in LABELS if self.asks_reasoning or kind != "reasoning"},
        }

    @property
    def ledgers(self) -> dict[str, Ledger]:
        """Calls, tokens and failures of each model."""
        return {name: panelist.ledger for name, panelist in self._panel.items()}

    @property
    def answered_as(self) -> dict[str, str | None]:
        """What each model called itself in its answers."""
        return {name: panelist.answered_as for name, panelist in self._panel.items()}

    def spend_from(self, may_ask: Callable[[], bool], on_call: Callable[[JudgeCall], object]) -> None:
        """Have every call asked for and told of: nothing is sent once `may_ask` says no."""
        for panelist in self._panel.values():
            panelist.may_ask, panelist.on_call = may_ask, on_call

    async def judge(self, questions: Sequence[Question]) -> list[Judgement]:
        """One judgement a question, in the order asked. Raises StoppedShort when a model changes its name."""
        self.tally.questions += len(questions)
        heard = [await self._of_model(name, questions) for name in self._panel]
        verdicts = [
            self._majority(column) for question, column in zip(questions, zip(*heard, strict=True), strict=True)
        ]
        for judgement in verdicts:
            self.tally.labels[judgement.label or "unanswered"] += 1
            self.tally.unanswered += judgement.label is None and judgement.failure != "content_free"
        return verdicts

    def sized(self, questions: Sequence[Question]) -> dict[str, int]:
        """How many calls and prompt tokens these questions would take, canaries and second orders included."""
        calls = tokens = cached = 0.0
        for name in self._panel:
            asked = {"model": name, **self._decoding}
            keys = [verdict_key(question, asked=asked, way="batched") for question in questions]
            missing = {key: question for key, question in zip(keys, questions, strict=True) if not self._known(key)}
            cached += len(questions) - len(missing)
            for way, share in _SHARES.items():
                for batch in self._batches(list(missing.items()), way):
                    calls += share
                    tokens += share * _prompt_tokens([question for _, question in batch])
        return {"calls": round(calls), "prompt_tokens": round(tokens), "cached": round(cached)}

    async def close(self) -> None:
        """Closes connections and the cache."""
        for panelist in self._panel.values():
            await panelist.close()
        if self._cache:
            self._cache.close()

    # --- one model -------------------------------------------------------------------------------

    async def _of_model(self, name: str, questions: Sequence[Question]) -> list[Heard]:
        """A model's answers, those it is unsure of and one in ten asked in the other order too."""
        first = await self._answers(name, questions, way="batched")
        await self._ask_some_alone(name, questions, first)
        again = [
            place
            for place, (question, heard) in enumerate(zip(questions, first, strict=True))
            if question.kind == "match"
            and heard.answer
            and (heard.answer.label == "unsure" or _drawn(question, "swapped", one_in=SWAPPED_ONE_IN))
        ]
        second = await self._answers(name, [questions[place] for place in again], way="swapped")
        for place, other in zip(again, second, strict=True):
            first[place] = self._both_orders(first[place], other)
        return first

    async def _ask_some_alone(self, name: str, questions: Sequence[Question], batched: Sequence[Heard]) -> None:
        """Whether the others of a batch change an answer: one in twenty asked by itself too, counted and not used."""
        if self._batch == 1:
            return
        drawn = [
            place
            for place, (question, heard) in enumerate(zip(questions, batched, strict=True))
            if heard.answer and _drawn(question, "alone", one_in=ALONE_ONE_IN)
        ]
        alone = await self._answers(name, [questions[place] for place in drawn], way="alone")
        for place, other in zip(drawn, alone, strict=True):
            heard = batched[place]
            if heard.answer and other.answer:
                self.tally.alone += 1
                self.tally.alone_differs += heard.answer.label != other.answer.label

    def _both_orders(self, heard: Heard, other: Heard) -> Heard:
        """What two orders of one pair come to: the sure one, or nothing where they disagree."""
        assert heard.answer is not None
        self.tally.swapped += 1
        if other.answer is None:
            return heard
        if heard.answer.label == "unsure" or heard.answer.label == other.answer.label:
            return other
        self.tally.flips += 1
        return Heard(failure="flip") if other.answer.label != "unsure" else heard

    async def _answers(self, name: str, questions: Sequence[Question], *, way: Way) -> list[Heard]:
        """Answers from what is known already, and from the model for the rest, each question once."""
        asked = {"model": name, **self._decoding}
        keys = [verdict_key(question, asked=asked, way=way) for question in questions]
        known = {key: verdict for key in dict.fromkeys(keys) if (verdict := self._known(key))}
        self.tally.cached += sum(key in known for key in keys)
        missing = {key: question for key, question in zip(keys, questions, strict=True) if key not in known}
        verdicts, failures = await self._ask(name, missing, way=way)
        known |= verdicts
        for key in dict.fromkeys(keys):
            if key in known and key not in self._used:
                self._used.add(key)
                self.on_verdict(known[key])
        return [_heard(known[key]) if key in known else failures[key] for key in keys]

    def _known(self, key: str) -> Verdict | None:
        return self.replay.get(key) or (self._cache.get(key) if self._cache else None)

    async def _ask(
        self, name: str, missing: Mapping[str, Question], *, way: Way
    ) -> tuple[dict[str, Verdict], dict[str, Heard]]:
        """The verdicts that could be had, and why the others could not."""
        verdicts: dict[str, Verdict] = {}
        failures: dict[str, Heard] = {}
        open_keys = []
        for key, question in missing.items():
            if _content_free(question):
                failures[key] = Heard(failure="content_free")
                self.tally.refused += 1
            elif self.cache_mode == "readonly":
                failures[key] = Heard(failure="not in the cache")
            else:
                open_keys.append(key)
        if open_keys and self._panel[name].may_ask():
            await self._panel[name].prepare()
        batches = list(self._batches([(key, missing[key]) for key in open_keys], way))
        for given, refused in await asyncio.gather(*(self._ask_batch(name, batch, way=way) for batch in batches)):
            verdicts |= given
            failures |= refused
        return verdicts, failures

    async def _ask_batch(
        self, name: str, batch: Sequence[tuple[str, Question]], *, way: Way
    ) -> tuple[dict[str, Verdict], dict[str, Heard]]:
        """The same for one batch, less what another run has asked while this one waited; kept at once."""
        async with self._turns:
            known = {key: verdict for key, _ in batch if (verdict := self._known(key))}
            rest = [(key, question) for key, question in batch if key not in known]
            questions = [question for _, question in rest]
            heard = await self._panel[name].ask(questions[0].kind, questions, way=way) if rest else []
        self.tally.cached += len(known)
        said = {key: one for (key, _), one in zip(rest, heard, strict=True)}
        answered_as = self._panel[name].answered_as
        fresh = {
            key: Verdict(key, one.answer.label, one.answer.evidence, answered_as)
            for key, one in said.items()
            if one.answer
        }
        if self._cache and self.cache_mode == "readwrite":
            self._cache.put(fresh.values())
        return known | fresh, {key: one for key, one in said.items() if not one.answer}

    def _batches(self, items: Sequence[tuple[str, Question]], way: Way) -> Iterator[list[tuple[str, Question]]]:
        """Pairs together in the order of their keys, so that none has a place of its own; notes by conversation."""
        groups: dict[object, list[tuple[str, Question]]] = {}
        for key, question in sorted(items, key=lambda item: item[0]):
            groups.setdefault((question.kind, question.turns), []).append((key, question))
        size = 1 if way == "alone" else self._batch
        for group in groups.values():
            for start in range(0, len(group), size):
                yield group[start : start + size]

    # --- several models --------------------------------------------------------------------------

    def _majority(self, heard: Sequence[Heard]) -> Judgement:
        """The label of most models; where none has more than half the votes there is none."""
        failures = [one.failure for one in heard if one.failure]
        answers = [one.answer for one in heard if one.answer]
        if not answers or 2 * len(answers) <= len(heard):
            return Judgement(failure=failures[0] if failures else "missing")
        label, votes = Counter(answer.label for answer in answers).most_common(1)[0]
        if 2 * votes <= len(heard):
            self.tally.split_votes += 1
            return Judgement(failure="split vote")
        return Judgement(label=label, evidence=next(answer.evidence for answer in answers if answer.label == label))

    def _sender(self, node: Mapping[str, Any]) -> Sender:
        if node["base_url"] is None and self.cache_mode != "readonly":
            raise ConfigError(
                "judge.base_url: http://HOST:PORT/v1 of a server is wanted (judge.cache=readonly needs none)"
            )
        base_url = checked_base_url(node["base_url"] or "http://127.0.0.1:9/v1", wanted_by="judge.base_url")
        variable = node["api_key_env"]
        if variable is None or self.cache_mode == "readonly":
            return Sender(base_url, self._settings)
        key = secret_from(variable, os.environ.get(variable), wanted_by="judge.api_key_env")
        return Sender(base_url, self._settings, {"Authorization": f"Bearer {key.reveal()}"}, (key,))


def _checked(*, cache: str, structured: str, batch: int, max_failed: float) -> None:
    if cache not in CACHES:
        raise ConfigError(f"judge.cache={cache}: one of {', '.join(CACHES)}")
    if structured not in ("auto", *MODES):
        raise ConfigError(f"judge.structured={structured}: one of auto, {', '.join(MODES)}")
    if not 1 <= batch <= BATCH:
        raise ConfigError(f"judge.batch={batch}: 1 to {BATCH} pairs a call")
    if not 0 <= max_failed <= 1:
        raise ConfigError(f"judge.max_failed={max_failed}: a share from 0 to 1")


def _heard(verdict: Verdict) -> Heard:
    return Heard(Answer(verdict.label, verdict.evidence))


def _drawn(question: Question, way: Way, *, one_in: int) -> bool:
    """One in so many, by its texts alone."""
    texts = f"{way}\n{question.gold}\n{question.pred}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(texts, digest_size=4).digest(), "big") % one_in == 0


def _prompt_tokens(questions: Sequence[Question]) -> int:
    """Of one call, as far as its bytes tell."""
    items = [(f"q{place}", question) for place, question in enumerate(questions)]
    text = prompt(questions[0].kind, items, swapped=False, secret=b"size") + system_prompt()
    return int(len(text.encode(errors="replace")) / BYTES_A_TOKEN)


def _content_free(question: Question) -> bool:
    """Whether what is judged says nothing: such texts talk some judges into anything (matching-stats.md 4.3)."""
    judged = question.pred if question.reasoning is None else question.reasoning
    return not content_words(canonical(judged, question.language), question.language)
