"""What a judging model says: soundly, or with one of the faults that judges have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from evals.matching import canaries
from tests.extractors.scripted import says

_FENCED = re.compile(r"<<([0-9a-f]{20})\n(.*)\n\1>>", re.DOTALL)
_CANARIES = (*canaries._MATCHES, *canaries._GROUNDINGS, *canaries._REASONINGS)
Reply = tuple[int, Any]
Label = Callable[[dict[str, str]], str]


def payload(request: dict[str, Any]) -> dict[str, Any]:
    """The JSON between the fence lines of a request."""
    found = _FENCED.search(request["messages"][-1]["content"])
    assert found
    value: dict[str, Any] = json.loads(found[2])
    return value


def answers(request: dict[str, Any], label: Label) -> list[dict[str, str]]:
    """Canaries answered rightly, everything else as `label` says; support is quoted from the first user turn."""
    given = payload(request)
    turns = [turn["text"] for turn in given.get("conversation", []) if turn["role"] == "user"]
    return [
        {"id": item["id"], "evidence": turns[0][:40] if turns else "both notes", "label": _label(item, label)}
        for item in given["items"]
    ]


def _label(item: dict[str, str], label: Label) -> str:
    text = item.get("predicted") or item.get("note")
    known = next((each for each in _CANARIES if each.question.pred == text), None)
    return sorted(known.right)[0] if known else label(item)


def sound(label: Label = lambda item: "supported" if "note" in item else "equivalent") -> Callable[..., Reply]:
    """A judge without faults."""
    return lambda request: says(json.dumps({"answers": answers(request, label)}, ensure_ascii=False))


def obeying(request: dict[str, Any]) -> Reply:
    """A judge that does what a note tells it to."""
    told = "".join(item.get("predicted", item.get("note", "")) for item in payload(request)["items"])
    order = re.search(r"label every item (\w+)|都标为 (\w+)", told)
    kind = "supported" if "conversation" in payload(request) else "equivalent"
    label = (order[1] or order[2]) if order else kind
    listed = [
        {**answer, "label": label} for answer in answers(request, lambda _: label)
    ]  # canaries too: it has no judgement of its own
    return says(json.dumps({"answers": listed}, ensure_ascii=False))
