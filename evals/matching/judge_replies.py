"""A judge's reply to labels by id, and a quote to its turn; what cannot be read is a failure, not a label."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.matching.judge_prompts import LABELS
from evals.text.fold import fold
from evals.types import Message

_JSON = re.compile(r"\{.*\}", re.DOTALL)
_THINK = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_SPACE = re.compile(r"[\s\"'“”‘’「」『』.,;:!?，。；：！？…]+")
SHORTEST_QUOTE = 2  # characters without spaces and punctuation


@dataclass(frozen=True, slots=True)
class Answer:
    """One label and the evidence given for it."""

    label: str
    evidence: str


class UnreadableAnswer(ValueError):  # noqa: N818 - its text becomes a failure
    """A reply in which no answers can be found."""


def read_answers(text: str, kind: str, ids: Sequence[str]) -> dict[str, Answer]:
    """The answers to the ids asked for; one that is missing, double or has no known label is left out.

    Raises UnreadableAnswer where the reply holds no list of answers, or ids that nobody asked for.
    """
    listed = _listed(text)
    found: dict[str, Answer] = {}
    double: set[str] = set()
    for each in listed:
        if not isinstance(each, Mapping):
            raise UnreadableAnswer("an answer is no object")
        name, label = each.get("id"), each.get("label")
        if name not in ids:
            raise UnreadableAnswer(f"it answers {str(name)[:40]!r}, which was not asked")
        if name in found:
            double.add(str(name))
        if label in LABELS[kind]:
            found[str(name)] = Answer(str(label), str(each.get("evidence") or ""))
    return {name: answer for name, answer in found.items() if name not in double}


def turn_of_quote(quote: str, turns: Sequence[Message], *, role: str) -> int | None:
    """The first turn of a role in which a quote stands, spaces, quotation marks and punctuation aside."""
    wanted = _bare(quote)
    if len(wanted) < SHORTEST_QUOTE:
        return None
    return next(
        (place for place, turn in enumerate(turns) if turn.role == role and wanted in _bare(turn.content)), None
    )


def _bare(text: str) -> str:
    return _SPACE.sub("", fold(text))


def _listed(text: str) -> Sequence[Any]:
    match = _JSON.search(_THINK.sub("", text))
    try:
        value = json.loads(match[0]) if match else None
    except (ValueError, RecursionError):
        value = None
    listed = value.get("answers") if isinstance(value, Mapping) else None
    if not isinstance(listed, list):
        raise UnreadableAnswer("no JSON object with a list of answers")
    return listed
