"""Puts numbers, metrics, slices and decisions into words, the same ones in every report."""

from __future__ import annotations

from evals.results import Score
from evals.types import Decision, GoldOutcome, PredictedOutcome

DASH = "–"

# A sign beside every colour: neither colour-blind eyes nor a black-and-white print lose a state.
STATE_SIGNS = {
    "forbidden": "⊘",
    "hallucinated": "✗",
    "value_error": "≠",
    "wrong_value": "≠",
    "missed": "○",
    "invalid": "∅",
    "partial": "◐",
    "duplicate": "≡",
    "unjudged": "?",
    "extra_grounded": "+",
    "correct": "✓",
    "found": "✓",
}

_METRIC_TITLES = {
    "f1": "F1",
    "typed_f1": "Typed F1",
    "tag_f1": "Tag F1",
    "macro_f1": "Macro F1",
    "parse_ok_rate": "Parse OK rate",
}
_SLICE_TITLES = {
    "all": "all",
    "kind=fact": "facts",
    "kind=explicit_preference": "explicit preferences",
    "kind=implicit_preference": "implicit preferences",
    "kind=unknown": "unknown type",
}


def metric_title(metric: str) -> str:
    """A metric's name for people: "lenient_f1" is "Lenient F1"."""
    if metric in _METRIC_TITLES:
        return _METRIC_TITLES[metric]
    title = metric.replace("_", " ").replace(" f1", " F1").replace("halumem", "HaluMem")
    return title[:1].upper() + title[1:]


def slice_title(name: str) -> str:
    """A slice's name for people: "kind=fact,language=zh" is "facts · zh"."""
    whole = name.startswith("label=")  # a label may hold a comma itself
    parts = (_SLICE_TITLES.get(part, part.partition("=")[2] or part) for part in ([name] if whole else name.split(",")))
    return " · ".join(parts)


def number(value: float | None, metric: str = "", *, signed: bool = False, digits: int | None = None) -> str:
    """A value with the digits its metric deserves or `digits`, "–" where it is not defined."""
    if value is None:
        return DASH
    if digits is None:
        digits = 2 if metric.endswith(("_per_dialogue", "_count", "_ms")) else 3
    if metric.endswith("_count") and float(value).is_integer():
        digits = 0
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    return text.replace("-", "−")


def count(value: float) -> str:
    """A number of things: whole where it is whole (weights make it fractional)."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def some(value: float, what: str) -> str:
    """A number of things by their name: "1 dialogue", "2 dialogues"."""
    return f"{count(value)} {what}{'' if value == 1 else 's'}"


def interval(score: Score, *, signed: bool = False) -> str:
    """[low, high], empty where there is none."""
    if score.value is None or score.low is None or score.high is None:
        return ""
    low, high = (number(end, score.metric, signed=signed) for end in (score.low, score.high))
    return f"[{low}, {high}]"


def bounds(score: Score) -> str:
    """How far unjudged items could move the value, were all of them wrong or all right; empty where nothing is open."""
    if not has_open_items(score):
        return ""
    return f"{number(score.bound_low, score.metric)} to {number(score.bound_high, score.metric)}"


def has_open_items(score: Score) -> bool:
    """Whether unjudged items could still move the value by as much as the digits shown."""
    if score.bound_low is None or score.bound_high is None:
        return False
    return score.bound_high - score.bound_low >= 0.0005


def why_undefined(score: Score) -> str:
    """The reason a value is not defined."""
    return score.note or ("n = 0" if not score.n else "not defined")


def direction(score: Score) -> str:
    """Which way is better."""
    if score.higher_is_better is None:
        return "informational"
    return "higher" if score.higher_is_better else "lower"


def state_title(state: str) -> str:
    """A state's name for people: "value_error" is "value error"."""
    return state.replace("_", " ")


def why_predicted(item: PredictedOutcome) -> str:
    """In words, what became of a predicted item and on what ground."""
    about = f" “{item.partner}”" if item.partner else ""
    reasons = {
        "correct": f"matches gold{about}",
        "partial": f"right, but not the whole of gold{about}",
        "value_error": f"speaks of gold{about}, but a value in it is wrong",
        "duplicate": f"repeats what another prediction already says{' of gold' if about else ''}{about}",
        "extra_grounded": f"not in the gold, but {_grounds(item)} supports it",
        "hallucinated": "nothing the user said supports it",
        "forbidden": f"must not be stored{f': matches forbidden{about}' if about else ''}",
        "invalid": "holds no usable text",
        "unjudged": _open_question(item, about),
    }
    unwanted = f"; it says “{item.unwanted}”, which is not wanted" if item.unwanted else ""
    return reasons[item.state] + _decided(item.decided_by, item.state) + unwanted


def why_gold(item: GoldOutcome) -> str:
    """In words, what became of a gold item and on what ground."""
    reasons = {
        "found": "found",
        "partial": "found in part",
        "wrong_value": "spoken of, with a wrong value",
        "missed": "optional, so not counted" if item.optional else "no prediction says it",
        "unjudged": "not settled whether a prediction says it",
    }
    language = "; nothing on the other side is in its language" if item.cross_lingual else ""
    return reasons[item.state] + language + _decided(item.decided_by, item.state)


def _grounds(item: PredictedOutcome) -> str:
    return "a message" if item.grounded_in is None else f"message {item.grounded_in}"


def _open_question(item: PredictedOutcome, about: str) -> str:
    if item.cross_lingual:
        return "nothing on the gold side is in its language"
    if item.question == "match":
        return f"not settled whether it says the same as gold{about}"
    return "not in the gold, and not settled whether the dialogue supports it"


def _decided(decision: Decision, state: str) -> str:
    gold, predicted = (f"“{token}”" if token else "" for token in (decision.gold_token, decision.pred_token))
    tokens = " and ".join(part for part in (gold and f"gold {gold}", predicted and f"predicted {predicted}") if part)
    verb = "left open" if state == "unjudged" else "decided"
    if not tokens:
        return "" if decision.by == state else f"; {verb} by {decision.by}"
    return f"; {verb} by {decision.by} on {tokens}"
