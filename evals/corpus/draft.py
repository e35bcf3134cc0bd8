"""Predictions as gold to correct: a first draft of annotations that a person goes over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from evals.io import plain
from evals.types import Dialogue, Extraction, Fact, Preference

_LISTS = {
    "explicit_preference": ("gold_explicit_preferences", "e"),
    "implicit_preference": ("gold_implicit_preferences", "i"),
}


_MARK = {"annotator": "llm", "source_label": "draft"}  # no person wrote it; a person who corrects it says so


def draft(pairs: Iterable[tuple[Dialogue, Extraction]]) -> Iterator[dict[str, Any]]:
    """Records of `memgold/1` holding what was extracted, marked as an LLM's work and as partial.

    Items without text are left out. A preference of unknown type is listed as explicit, with `type_certain` false.
    """
    for dialogue, extraction in pairs:
        lists: dict[str, list[dict[str, Any]]] = {
            "gold_facts": [_fact(fact) for fact in extraction.facts if fact.text.strip()],
            "gold_explicit_preferences": [],
            "gold_implicit_preferences": [],
        }
        for preference in extraction.preferences:
            if preference.text.strip():
                name, _ = _LISTS.get(preference.preference_type or "", _LISTS["explicit_preference"])
                lists[name].append(_preference(preference))
        _name(lists)
        yield {
            "schema": "memgold/1",
            "id": dialogue.id,
            **{name: value for name in ("dataset", "pair_id") if (value := getattr(dialogue, name))},
            "language": dialogue.language,
            "split": dialogue.split,
            "cluster": dialogue.cluster,
            "labels": list(dialogue.labels),
            "messages": plain(dialogue.messages),
            **lists,
            "annotated": dict.fromkeys(("facts", "explicit_preferences", "implicit_preferences"), "partial"),
        }


def _fact(fact: Fact) -> dict[str, Any]:
    return {**plain(fact), **_MARK}


def _preference(preference: Preference) -> dict[str, Any]:
    drafted: dict[str, Any] = {"preference": preference.text, **_MARK}
    if preference.reasoning:
        drafted["reasoning"] = preference.reasoning
    return drafted if preference.preference_type in _LISTS else {**drafted, "type_certain": False}


def _name(lists: dict[str, list[dict[str, Any]]]) -> None:
    letters = {"gold_facts": "f", **dict(_LISTS.values())}
    for name, items in lists.items():
        for number, item in enumerate(items, start=1):
            items[number - 1] = {"gid": f"{letters[name]}{number}", **item}
