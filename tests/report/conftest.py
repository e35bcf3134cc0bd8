"""A made-up run: eight dialogues in English and Chinese, every state an item can end in, and the scores of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from evals.results import DialogueOutcome, Run, Score
from evals.types import KINDS, Annotated, Decision, GoldOutcome, Message, PredictedOutcome

COMPLETE = Annotated(
    facts="complete", explicit_preferences="complete", implicit_preferences="complete", forbidden="complete"
)
FACT, EXPLICIT, IMPLICIT = KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """A run with its outcomes and messages."""

    run: Run
    outcomes: tuple[DialogueOutcome, ...]
    messages: dict[str, tuple[Message, ...]]


@pytest.fixture(scope="session")
def made_up() -> MadeUp:
    """The made-up run."""
    return make()


@pytest.fixture(scope="session")
def many() -> Callable[[int], MadeUp]:
    """The made-up run with its dialogues repeated under new ids until there are as many as asked for."""
    return make_many


def make() -> MadeUp:
    """The made-up run, as a function for scripts."""
    talks = tuple(_talks())
    outcomes = tuple(outcome for outcome, _ in talks)
    messages = {
        outcome.id: tuple(
            Message(role="user" if place % 2 == 0 else "assistant", content=content)
            for place, content in enumerate(said)
        )
        for outcome, said in talks
    }
    return MadeUp(run=_run(scores_of(outcomes)), outcomes=outcomes, messages=messages)


def make_many(count: int) -> MadeUp:
    """The made-up run at the size of a real one."""
    base = make()
    copies = tuple(
        replace(base.outcomes[place % len(base.outcomes)], id=f"golden/{place:05}", cluster=f"user-{place // 4:05}")
        for place in range(count)
    )
    messages = {
        copy.id: base.messages[base.outcomes[place % len(base.outcomes)].id] for place, copy in enumerate(copies)
    }
    return MadeUp(run=replace(base.run, scores=scores_of(copies)), outcomes=copies, messages=messages)


def gold(gid: str, kind: Any, text: str, state: Any, by: str, **more: Any) -> GoldOutcome:
    """A gold item's outcome; `tokens` are the two it was settled on."""
    return GoldOutcome(gid=gid, kind=kind, text=text, state=state, decided_by=_decision(by, more), **more)


def predicted(index: int, kind: Any, text: str, state: Any, by: str, **more: Any) -> PredictedOutcome:
    """A predicted item's outcome; `tokens` are the two it was settled on."""
    return PredictedOutcome(index=index, kind=kind, text=text, state=state, decided_by=_decision(by, more), **more)


def scores_of(outcomes: Iterable[DialogueOutcome]) -> tuple[Score, ...]:
    """Precision, recall, F1 and some more of the metrics a real run has, simply counted, with a rough interval."""
    known = tuple(outcomes)
    labels = sorted({label for outcome in known for label in outcome.labels})
    slices = ["all", *(f"kind={kind}" for kind in KINDS)]
    slices += [f"language={name}" for name in ("en", "zh")] + ["split=dev", "split=test"]
    slices += [f"label={label}" for label in labels]
    slices += [f"kind={kind},language={name}" for kind in KINDS for name in ("en", "zh")]
    return tuple(score for name in slices for score in _slice_scores(known, name))


def _slice_scores(outcomes: tuple[DialogueOutcome, ...], name: str) -> Iterator[Score]:
    wanted = dict(part.split("=") for part in name.split(",")) if "=" in name else {}
    inside = [outcome for outcome in outcomes if _is_in(outcome, wanted)]
    kind = wanted.get("kind")
    made = [item.state for outcome in inside for item in outcome.predicted if kind in (None, item.kind)]
    due = [item.state for outcome in inside for item in outcome.gold if kind in (None, item.kind) and not item.optional]
    size = {"slice": name, "dialogues": len(inside), "clusters": len({outcome.cluster for outcome in inside})}
    p = _ratio("precision", made, {"correct"}, size)
    r = _ratio("recall", due, {"found"}, size)
    yield p
    yield r
    yield _f1(p, r, size)
    if "label" in wanted or "split" in wanted or len(wanted) > 1:
        return
    yield _ratio("hallucination_rate", made, {"hallucinated"}, size, better=False)
    yield _ratio("unsupported_rate", made, {"hallucinated", "forbidden"}, size, better=False)
    yield _ratio("value_error_rate", made, {"value_error"}, size, better=False)
    yield _ratio("duplicate_rate", made, {"duplicate"}, size, better=False)
    yield _ratio("lenient_precision", made, {"correct", "partial"}, size)
    yield _ratio("lenient_recall", due, {"found", "partial"}, size)
    yield replace(_ratio("memory_type_accuracy", ["right"] * 9 + ["wrong"], {"right"}, size), slice=name)
    yield Score(metric="reasoning_supported_rate", value=None, note="needs a judge", **size)
    yield Score(
        metric="memories_per_dialogue",
        value=len(made) / max(1, len(inside)),
        n=len(inside),
        higher_is_better=None,
        **size,
    )
    if name == "all":
        forbidden = sum(state == "forbidden" for state in made)
        yield Score(
            metric="forbidden_count",
            value=forbidden,
            n=12,
            higher_is_better=False,
            note=f"{forbidden} of 12: at most 33.9 %",
            **size,
        )
        yield _ratio("parse_ok_rate", ["ok"] * (len(inside) - 1) + ["bad"], {"ok"}, size)
        yield _ratio(
            "error_rate", ["bad" if outcome.error else "ok" for outcome in inside], {"bad"}, size, better=False
        )
        yield _ratio("output_language_match_rate", made, {"correct"}, size)


def _is_in(outcome: DialogueOutcome, wanted: dict[str, str]) -> bool:
    return (
        wanted.get("language") in (None, outcome.language)
        and wanted.get("split") in (None, outcome.split)
        and ("label" not in wanted or wanted["label"] in outcome.labels)
    )


def _ratio(metric: str, states: list[Any], right: set[str], size: dict[str, Any], *, better: bool = True) -> Score:
    judged = [state for state in states if state != "unjudged"]
    hits, n, still_open = sum(state in right for state in judged), len(judged), len(states) - len(judged)
    if not n:
        return Score(metric=metric, value=None, higher_is_better=better, **size)
    low, high = _wilson(hits / n, n)
    small = "small sample" if size["clusters"] < 20 else None
    return Score(
        metric=metric,
        value=hits / n,
        low=low,
        high=high,
        n=n,
        higher_is_better=better,
        note=small,
        bound_low=hits / len(states),
        bound_high=(hits + still_open) / len(states),
        **size,
    )


def _f1(p: Score, r: Score, size: dict[str, Any]) -> Score:
    if p.value is None and r.value is None:
        return Score(metric="f1", value=None, **size)

    def harmonic(a: float | None, b: float | None) -> float:
        return 2 * a * b / (a + b) if a and b else 0.0

    return Score(
        metric="f1",
        value=harmonic(p.value, r.value),
        low=harmonic(p.low, r.low),
        high=harmonic(p.high, r.high),
        bound_low=harmonic(p.bound_low, r.bound_low),
        bound_high=harmonic(p.bound_high, r.bound_high),
        n=p.n + r.n,
        note=p.note,
        **size,
    )


def _wilson(share: float, n: int) -> tuple[float, float]:
    z = 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _decision(by: str, more: dict[str, Any]) -> Decision:
    gold_token, pred_token = more.pop("tokens", (None, None))
    return Decision(by=by, gold_token=gold_token, pred_token=pred_token)


def _talk(id: str, said: list[str], **more: Any) -> tuple[DialogueOutcome, list[str]]:
    fields: dict[str, Any] = {"cluster": id, "annotated": COMPLETE, "latency_ms": 180.0, "forbidden_listed": 1} | more
    return DialogueOutcome(id=id, **fields), said


def _talks() -> Iterator[tuple[DialogueOutcome, list[str]]]:
    yield _talk(
        "golden/en/flat-hunt",
        [
            "I signed the lease yesterday, we move into the flat on Alder Street on 14 March.",
            "Congratulations! Do you need help planning the move?",
            "Yes, but keep it to bullet points please. My sister Noor will lend us her van.",
        ],
        language="en",
        split="test",
        labels=("plans", "standing_instruction"),
        gold=(
            gold(
                "g1",
                FACT,
                "The user moves into a flat on Alder Street on 14 March.",
                "wrong_value",
                "date",
                partner=0,
                similarity=0.93,
                tokens=("14 March", "24 March"),
                memory_type="LongTermMemory",
                tags=("home", "plans"),
                evidence=(0,),
            ),
            gold(
                "g2",
                FACT,
                "The user's sister Noor lends them a van.",
                "found",
                "exact",
                partner=1,
                similarity=0.97,
                memory_type="LongTermMemory",
                tags=("family",),
                evidence=(2,),
            ),
            gold(
                "g3",
                EXPLICIT,
                "Wants plans as bullet points.",
                "found",
                "exact",
                partner=2,
                similarity=0.81,
                polarity="require",
                evidence=(2,),
            ),
        ),
        predicted=(
            predicted(
                0,
                FACT,
                "The user moves to Alder Street on 24 March.",
                "value_error",
                "date",
                partner="g1",
                similarity=0.93,
                tokens=("14 March", "24 March"),
                memory_type="LongTermMemory",
                tags=("home",),
            ),
            predicted(
                1,
                FACT,
                "The user's sister Noor will lend them her van.",
                "correct",
                "exact",
                partner="g2",
                similarity=0.97,
                memory_type="LongTermMemory",
                tags=("family",),
            ),
            predicted(
                2, EXPLICIT, "Prefers bullet points for plans.", "correct", "exact", partner="g3", similarity=0.81
            ),
            predicted(3, FACT, "The user signed a lease.", "extra_grounded", "grounding", grounded_in=0),
        ),
    )
    yield _talk(
        "golden/en/pin",
        [
            "My card PIN is 4471, don't save that. I bank with Fenwick.",
            "Understood. By the way, I adore Coltrane!",
            "Ha, fine.",
        ],
        language="en",
        split="test",
        labels=("secret", "finance"),
        gold=(gold("g1", FACT, "The user banks with Fenwick.", "missed", "floor", evidence=(0,)),),
        predicted=(
            predicted(0, FACT, "The user's card PIN is 4471.", "forbidden", "forbidden", partner="f1", similarity=0.98),
            predicted(1, IMPLICIT, "Enjoys the music of Coltrane.", "hallucinated", "grounding"),
        ),
    )
    yield _talk(
        "golden/zh/搬家",
        ["我叫林悦，在成都做护士，夜班多。", "辛苦了！平时怎么放松？", "周末爱爬青城山，不喜欢人多的景区。"],
        language="zh",
        split="test",
        labels=("profile", "habits"),
        gold=(
            gold("g1", FACT, "用户叫林悦，在成都当护士", "found", "exact", partner=0, similarity=0.88, evidence=(0,)),
            gold("g2", FACT, "用户经常上夜班", "missed", "floor", evidence=(0,)),
            gold("g3", EXPLICIT, "不喜欢人多的景区", "found", "exact", partner=1, similarity=0.9, evidence=(2,)),
            gold(
                "g4", IMPLICIT, "偏好户外安静的活动", "unjudged", "polarity", partner=2, similarity=0.31, evidence=(2,)
            ),
        ),
        predicted=(
            predicted(0, FACT, "林悦是成都的护士", "correct", "exact", partner="g1", similarity=0.88, language="zh"),
            predicted(
                1, EXPLICIT, "用户不喜欢拥挤的景区", "correct", "exact", partner="g3", similarity=0.9, language="zh"
            ),
            predicted(2, IMPLICIT, "喜欢大自然", "unjudged", "polarity", partner="g4", question="match", language="zh"),
        ),
    )
    yield _talk(
        "golden/zh/过敏",
        ["孩子对花生过敏，点外卖请避开。", "好的，已记住。", "下周三她满六岁。"],
        language="zh",
        split="dev",
        labels=("family", "health"),
        gold=(
            gold("g1", FACT, "用户的孩子对花生过敏", "found", "exact", partner=0, similarity=0.95, evidence=(0,)),
            gold(
                "g2",
                FACT,
                "用户的女儿下周三满六岁",
                "partial",
                "residual",
                partner=1,
                similarity=0.7,
                tokens=("六岁", None),
                evidence=(2,),
            ),
            gold("g3", EXPLICIT, "点外卖要避开花生", "missed", "floor", evidence=(0,)),
        ),
        predicted=(
            predicted(0, FACT, "用户孩子花生过敏", "correct", "exact", partner="g1", similarity=0.95, language="zh"),
            predicted(
                1,
                FACT,
                "用户的女儿下周三过生日",
                "partial",
                "residual",
                partner="g2",
                similarity=0.7,
                tokens=("六岁", None),
            ),
            predicted(2, FACT, "孩子不能吃花生", "duplicate", "duplicate", partner="g1", similarity=0.66),
        ),
    )
    yield _talk(
        "golden/en/timeout",
        ["I work nights at the bakery on Mill Lane."],
        language="en",
        split="dev",
        labels=("work",),
        error="timeout: no answer within 60 s",
        parse_status="failed",
        gold=(gold("g1", FACT, "The user works nights at the bakery on Mill Lane.", "missed", "error", evidence=(0,)),),
    )
    yield _talk(
        "golden/en/small-talk",
        ["Nice weather today.", "It is!"],
        language="en",
        split="dev",
        labels=("empty",),
        predicted=(predicted(0, None, "", "invalid", "empty"),),
    )
    for place, (language, text) in enumerate(
        [("en", "The user plays badminton on Tuesdays."), ("zh", "用户每周二打羽毛球")]
    ):
        yield _talk(
            f"golden/{language}/badminton",
            [text],
            language=language,
            split="dev",
            labels=("habits", "numbers"),
            gold=(
                gold("g1", FACT, text, "found", "exact", partner=0, similarity=1.0, evidence=(0,)),
                gold("g2", IMPLICIT, "Likes racket sports.", "missed", "floor", optional=place == 0),
            ),
            predicted=(predicted(0, FACT, text, "correct", "exact", partner="g1", similarity=1.0),),
        )


def _run(scores: tuple[Score, ...]) -> Run:
    return Run(
        format=1,
        name="golden-cloud-3fa92c11",
        status="complete",
        signature="in:golden@9f3c|gold:11aa|extractor:cloud#1b7e(unpinned)|match:fuzzy#77d0|judge:none|stat:cluster-t|evals:0.1.0",
        created="2025-03-02T09:15:00Z",
        command="evals run extractor=cloud dataset=golden",
        config={
            "extractor": {"name": "cloud", "api_key_env": "MEMOS_API_KEY"},
            "repeats": 1,
            "seed": 0,
            "prices": {"cloud": {"input": 2.0, "output": 8.0}},
        },
        environment={"python": "3.11.9", "platform": "Linux", "packages": {"numpy": "2.1.0", "scipy": "1.14.1"}},
        dataset={
            "name": "golden",
            "dialogues": 8,
            "in_hash": "9f3c52aa",
            "gold_hash": "11aa70be",
            "languages": {"en": 5, "zh": 3},
        },
        counts={"dialogues": 8, "predictions": 8, "failed": 1},
        identity={"in": "9f3c52aa", "gold": "11aa70be", "extractor": "cloud#1b7e"},
        matching={"matcher": "fuzzy", "floor": {"en": 0.116, "zh": 0.115}, "judge": None},
        system={"calls": {"calls": 8, "attempts": 9, "usage": {"prompt_tokens": 2400, "completion_tokens": 300}}},
        judging={
            "decided_by": {"residual": 7, "judge": 2},
            "models": {
                "small": {"calls": 3, "retries": 0, "prompt_tokens": 900, "completion_tokens": 30, "cost": None}
            },
        },
        latency={"n": 8, "p50_ms": 182.4, "p90_ms": 240.0, "p99_ms": None, "mean_ms": 190.25},
        scores=scores,
        confusion=_confusion(),
        controls=_controls(),
        skill=_skill(),
    )


def _confusion() -> dict[str, dict[str, dict[str, int]]]:
    return {
        "memory_type": {
            "UserMemory": {"UserMemory": 31, "LongTermMemory": 6, "none": 1},
            "LongTermMemory": {"UserMemory": 4, "LongTermMemory": 52, "none": 0},
        },
        "preference_type": {
            "explicit_preference": {"explicit_preference": 22, "implicit_preference": 3},
            "implicit_preference": {"explicit_preference": 5, "implicit_preference": 9},
        },
    }


def _controls() -> dict[str, tuple[Score, ...]]:
    known = {
        "control_empty": (None, 0.0, None),
        "control_echo": (0.19, 0.41, 0.26),
        "control_shuffled": (0.02, 0.02, 0.02),
        "control_oracle": (1.0, 1.0, 1.0),
    }
    metrics = ("precision", "recall", "f1")
    slices = {"all": 1.0, "kind=fact": 0.9, "kind=explicit_preference": 0.8, "language=en": 1.0}
    return {
        name: tuple(
            Score(metric=metric, slice=part, value=_times(value, share if "oracle" not in name else 1.0), n=14)
            for part, share in slices.items()
            for metric, value in zip(metrics, values, strict=True)
        )
        for name, values in known.items()
    }


def _times(value: float | None, share: float) -> float | None:
    return None if value is None else value * share


def _skill() -> tuple[Score, ...]:
    rows = (("precision", 0.41, 0.22, 0.60), ("recall", 0.10, -0.07, 0.27), ("f1", 0.29, 0.11, 0.47))
    return tuple(
        Score(metric=metric, slice="all", value=value, low=low, high=high, n=8, dialogues=8, clusters=8)
        for metric, value, low, high in rows
    )
