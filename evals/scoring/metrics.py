"""Every metric as a value: what it is called, what it says, and its formula over summed counts.

The definitions in words are in docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evals.scoring.formula import Estimate, Formula, Ratio, Terms, Total, exactly, f1, share
from evals.scoring.statistics import Vector
from evals.types import KINDS, Kind

Needs = Literal["annotated", "complete"]

NEEDS_JUDGE = "needs a judge"
_FACTS: tuple[Kind, ...] = ("fact",)
_PREFERENCES: tuple[Kind, ...] = ("explicit_preference", "implicit_preference")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One score. `estimate` is None where only a judge could give it.

    `kinds` are the kind slices it has a meaning in (pooled slices always); `needs` the gold coverage without which it
    is undefined; `is_rate` says that it lies in [0, 1]; `note` goes with every score, `null_note`
    with one that had nothing to count.
    """

    name: str
    about: str
    estimate: Estimate[Formula] | None
    higher_is_better: bool | None = True
    kinds: tuple[Kind, ...] = KINDS
    needs: Needs | None = None
    is_rate: bool = True
    note: str | None = None
    null_note: str | None = None

    def value(self, sums: Vector) -> float | None:
        """The score of summed counts; None where undefined."""
        return self.estimate.value.value(sums) if self.estimate else None

    def gradient(self, sums: Vector) -> Vector:
        """The derivative of the score by each count."""
        return self.estimate.value.gradient(sums) if self.estimate else np.zeros_like(sums)

    def values(self, sums: Vector) -> Vector:
        """The score of each of many sums (rows), NaN where undefined."""
        return self.estimate.value.values(sums) if self.estimate else np.full(len(sums), np.nan)

    def names(self) -> frozenset[str]:
        """The counts that enter the score or its bounds."""
        if self.estimate is None:
            return frozenset()
        return self.estimate.value.names() | self.estimate.low.names() | self.estimate.high.names()

    def size(self, sums: Vector) -> float:
        """The denominator the score is taken over."""
        return self.estimate.value.size(sums) if self.estimate else 0.0

    def bounds(self, sums: Vector) -> tuple[float | None, float | None]:
        """The score were every open item counted low, and high."""
        return (self.estimate.low.value(sums), self.estimate.high.value(sums)) if self.estimate else (None, None)


def _one(*names: str) -> Terms:
    return dict.fromkeys(names, 1.0)


def _precision(hits: Terms, open: str = "complete_open") -> Estimate[Ratio]:
    return share(hits, _one("complete_predicted"), open=_one(open))


def _recall(hits: Terms, *, complete: bool = False, cover: bool = False) -> Estimate[Ratio]:
    prefix, infix = "complete_" if complete else "", "cover_" if cover else ""
    return share(
        {f"{prefix}{name}": weight for name, weight in hits.items()},
        _one(f"{prefix}cover_gold" if cover else f"{prefix}gold"),
        open=_one(f"{prefix}gold_{infix}open"),
        open_optional=_one(f"{prefix}gold_{infix}open_optional"),
    )


def _matching(
    prefix: str,
    what: str,
    precision: Estimate[Ratio],
    recall: Estimate[Ratio],
    recall_where_complete: Estimate[Ratio],
) -> tuple[Metric, Metric, Metric]:
    return (
        Metric(
            name=f"{prefix}precision", about=f"Share of predicted items {what}.", estimate=precision, needs="complete"
        ),
        Metric(name=f"{prefix}recall", about=f"Share of gold items {what}.", estimate=recall, needs="annotated"),
        Metric(
            name=f"{prefix}f1",
            about=f"Harmonic mean of {prefix}precision and {prefix}recall, both where gold is complete.",
            estimate=f1(precision, recall_where_complete),
            needs="complete",
        ),
    )


_LENIENT_FOUND = {"found": 1.0, "gold_partial": 0.5}
_ANY_OPEN = _one("open_match", "open_grounding")

_STRICT = _matching(
    "",
    "matched one-to-one and right",
    _precision(_one("complete_correct")),
    _recall(_one("found")),
    _recall(_one("found"), complete=True),
)
_LENIENT = _matching(
    "lenient_",
    "matched one-to-one, a partial match counting half",
    _precision({"complete_correct": 1.0, "complete_partial": 0.5}),
    _recall(_LENIENT_FOUND),
    _recall(_LENIENT_FOUND, complete=True),
)
_MANY_TO_MANY = _matching(
    "many_to_many_",
    "covered by the union of the items linked to it",
    _precision(_one("complete_covered"), "complete_cover_open"),
    _recall(_one("gold_covered"), cover=True),
    _recall(_one("gold_covered"), complete=True, cover=True),
)
_GRANULARITY = (
    Metric(
        name="merge_rate",
        about="Share of predicted items linked to two or more gold items.",
        estimate=exactly(Ratio(_one("merged"), _one("compared"))),
        higher_is_better=None,
        needs="annotated",
    ),
    Metric(
        name="split_rate",
        about="Share of gold items linked to two or more predicted items.",
        estimate=exactly(Ratio(_one("gold_split"), _one("gold_items"))),
        higher_is_better=None,
        needs="annotated",
    ),
)
_FAULTS = (
    Metric(
        name="hallucination_rate",
        about="Share of predicted items that the user's side of the dialogue does not hold.",
        estimate=share(_one("hallucinated"), _one("predicted"), open=_ANY_OPEN),
        higher_is_better=False,
    ),
    Metric(
        name="unsupported_rate",
        about="Share of predicted items the dialogue does not bear out: hallucinated, wrong value or forbidden.",
        estimate=share(_one("hallucinated", "value_error", "forbidden"), _one("predicted"), open=_ANY_OPEN),
        higher_is_better=False,
    ),
    Metric(
        name="value_error_rate",
        about="Share of predicted items about a gold item that get its value wrong.",
        estimate=share(_one("compared_wrong"), _one("compared"), open=_one("compared_open")),
        higher_is_better=False,
        needs="annotated",
    ),
    Metric(
        name="over_extraction_rate",
        about="Share of predicted items that the dialogue supports and gold does not list.",
        estimate=share(
            _one("complete_extra"), _one("complete_predicted"), open=_one("complete_open", "complete_open_grounding")
        ),
        higher_is_better=False,
        needs="complete",
    ),
    Metric(
        name="duplicate_rate",
        about="Share of predicted items that say again what another predicted item says.",
        estimate=share(_one("duplicate"), _one("predicted"), open=_one("open_match")),
        higher_is_better=False,
    ),
)
_TYPES_AND_SIDE_FIELDS = (
    Metric(
        name="memory_type_accuracy",
        about="Share of matched facts whose memory_type is the gold one.",
        estimate=exactly(Ratio(_one("memory_type_right"), _one("memory_type_pairs"))),
        kinds=_FACTS,
    ),
    Metric(
        name="preference_type_accuracy",
        about="Share of matched preferences whose type, explicit or implicit, is the gold one.",
        estimate=exactly(Ratio(_one("preference_type_right"), _one("preference_type_pairs"))),
        kinds=_PREFERENCES,
    ),
    Metric(
        name="typed_f1",
        about="Strict F1 without the credit of matches whose memory_type or preference type differs.",
        estimate=f1(
            _precision({"complete_correct": 1.0, "complete_mistyped": -1.0}),
            _recall({"found": 1.0, "gold_mistyped": -1.0}, complete=True),
        ),
        needs="complete",
    ),
    Metric(
        name="polarity_accuracy",
        about="Share of aligned preferences that like, dislike, require or avoid as gold does.",
        estimate=exactly(Ratio(_one("polarity_right"), _one("polarity_pairs"))),
        kinds=_PREFERENCES,
    ),
    Metric(
        name="tag_f1",
        about="F1 of the tags of matched facts, equal or alike.",
        estimate=exactly(Ratio({"tags_common": 2.0}, _one("tags_gold", "tags_predicted"))),
        kinds=_FACTS,
    ),
    Metric(
        name="key_similarity",
        about="Mean likeness of the keys of matched facts.",
        estimate=exactly(Ratio(_one("key_similarity"), _one("keys"))),
        higher_is_better=None,
        kinds=_FACTS,
    ),
    Metric(
        name="reasoning_supported_rate",
        about="Share of matched preferences whose reasoning the dialogue supports.",
        estimate=share(_one("reasoning_supported"), _one("reasoned"), open=_one("reasoning_open")),
        kinds=_PREFERENCES,
        null_note="needs a judge and reasoning",
    ),
)
_RESTRAINT = (
    Metric(
        name="abstention_accuracy",
        about="Share of dialogues with nothing to remember in which nothing was predicted.",
        estimate=exactly(Ratio(_one("abstained"), _one("empty"))),
        needs="complete",
    ),
    Metric(
        name="forbidden_count",
        about="Predicted items that must never come out.",
        estimate=exactly(Total(_one("forbidden"), hit="forbidden_hit", listed="forbidden_listed")),
        higher_is_better=False,
        is_rate=False,
    ),
    Metric(
        name="forbidden_rate",
        about="Share of dialogues listing forbidden items in which one came out.",
        estimate=exactly(Ratio(_one("forbidden_hit"), _one("forbidden_listed"))),
        higher_is_better=False,
    ),
    Metric(
        name="unwanted_rate",
        about="Share of dialogues listing forbidden items that are not strict in which one came out.",
        estimate=exactly(Ratio(_one("unwanted_hit"), _one("unwanted_listed"))),
        higher_is_better=False,
    ),
    Metric(
        name="memories_per_dialogue",
        about="Predicted items a dialogue.",
        estimate=exactly(Ratio(_one("predicted"), _one("dialogues"))),
        higher_is_better=None,
        is_rate=False,
    ),
    Metric(
        name="gold_per_dialogue",
        about="Gold items a dialogue, optional ones included.",
        estimate=exactly(Ratio(_one("gold_items"), _one("annotated"))),
        higher_is_better=None,
        needs="annotated",
        is_rate=False,
    ),
)


def _parse_count(status: str, about: str) -> Metric:
    name = f"parse_{status}"
    return Metric(
        name=f"{name}_count",
        about=about,
        estimate=exactly(Total(_one(name), hit=name, listed="parsed")),
        higher_is_better=False,
        kinds=(),
        is_rate=False,
    )


_CONDUCT = (
    Metric(
        name="parse_ok_rate",
        about="Share of replies that were valid as they came.",
        estimate=exactly(Ratio(_one("parse_ok"), _one("parsed"))),
        kinds=(),
    ),
    _parse_count("repaired", "Replies that had to be repaired."),
    _parse_count("truncated", "Replies that were cut short."),
    _parse_count("failed", "Replies that could not be read."),
    Metric(
        name="contract_violation_rate",
        about="Share of dialogues whose answer broke the API contract.",
        estimate=exactly(Ratio(_one("violated"), _one("dialogues"))),
        higher_is_better=False,
        kinds=(),
    ),
    Metric(
        name="error_rate",
        about="Share of dialogues whose extraction failed.",
        estimate=exactly(Ratio(_one("errors"), _one("dialogues"))),
        higher_is_better=False,
        kinds=(),
    ),
    Metric(
        name="cross_lingual_rate",
        about="Share of items, gold and predicted, that share a language with nothing on the other side.",
        estimate=exactly(Ratio(_one("cross_lingual"), _one("predicted", "gold_items"))),
        higher_is_better=None,
    ),
    Metric(
        name="list_leak_rate",
        about="Share of predicted items that match gold only across the two lists.",
        estimate=exactly(Ratio(_one("leaked"), _one("predicted"))),
        higher_is_better=False,
    ),
    Metric(
        name="output_language_match_rate",
        about="Share of predicted items written in the language of the dialogue.",
        estimate=exactly(Ratio(_one("language_agrees"), _one("language_known"))),
    ),
    Metric(
        name="unjudged_rate",
        about="Share of items, gold and predicted, that no rule and no judge settled.",
        estimate=exactly(Ratio(_one("open_match", "open_grounding", "gold_unjudged"), _one("predicted", "gold_items"))),
        higher_is_better=None,
    ),
)
_SECONDARY = (
    Metric(
        name="macro_f1",
        about="Mean over dialogues of the strict F1 of each.",
        estimate=Estimate(
            value=Ratio(_one("macro_f1"), _one("macro_known")),
            low=Ratio(_one("macro_low"), _one("complete")),
            high=Ratio(_one("macro_high"), _one("complete")),
        ),
        needs="complete",
        note="both empty counts 1, one empty 0",
    ),
    *(
        Metric(name=f"halumem_{name}", about=about, estimate=None, kinds=(), note=NEEDS_JUDGE)
        for name, about in (
            ("recall", "HaluMem's memory recall."),
            ("weighted_recall", "HaluMem's recall weighted by importance."),
            ("target_precision", "HaluMem's accuracy of the memories it holds to be in gold."),
            ("accuracy", "HaluMem's memory accuracy."),
            ("false_memory_resistance", "HaluMem's share of planted falsehoods that stayed out."),
            ("f1", "HaluMem's F1 of recall and target precision; blind to inventions."),
        )
    ),
)

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *_STRICT,
        *_LENIENT,
        *_MANY_TO_MANY,
        *_GRANULARITY,
        *_FAULTS,
        *_TYPES_AND_SIDE_FIELDS,
        *_RESTRAINT,
        *_CONDUCT,
        *_SECONDARY,
    )
}
