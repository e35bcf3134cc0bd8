"""Sixty small dialogues and recorded answers of a given quality, for commands that compare runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

N = 60
PLACES = ("Lyon", "Oslo", "Porto", "Turin", "Ghent", "Cork")
PETS = ("cat", "dog", "parrot", "rabbit", "tortoise")
JOBS = ("baker", "nurse", "welder", "teacher", "tailor", "pilot", "florist")
Answer = dict[str, Any]


def facts(number: int) -> list[str]:
    """What dialogue `number` says of its user; no two dialogues say the same three."""
    place, pet, job = PLACES[number % 6], PETS[number % 5], JOBS[number % 7]
    return [f"The user lives in {place}.", f"The user has a {pet}.", f"The user works as a {job}."]


def dialogues(path: Path, *, secret: str = "The user's locker code is 4711.") -> Path:
    """A dataset with exhaustive gold and one forbidden item in every tenth dialogue."""
    lines = []
    for number in range(N):
        said = " ".join(
            fact.replace("The user lives", "I live").replace("The user has", "I have") for fact in facts(number)
        )
        forbidden = [
            {"fid": "x1", "value": secret, "kind": "do_not_store", "slots": {"code": "4711"}, "match": "attribute"}
        ]
        lines.append(
            {
                "id": f"d{number:02}",
                "messages": [{"role": "user", "content": said.replace("The user works", "I work")}],
                "language": "en",
                "cluster": f"u{number // 2:02}",
                "labels": ["even" if number % 2 == 0 else "odd"],
                "gold_facts": [
                    {"gid": f"g{place}", "memory_value": fact, "evidence": [0]}
                    for place, fact in enumerate(facts(number))
                ],
                "gold_explicit_preferences": [],
                "gold_implicit_preferences": [],
                "forbidden": forbidden if number % 10 == 0 else [],
            }
        )
    return written(path, lines)


def answers(path: Path, change: Callable[[int, list[str]], list[str] | str] | None = None, *, repeats: int = 1) -> Path:
    """Recorded answers: all facts as they are, or what `change` makes of them; a string is an error."""
    lines: list[Answer] = []
    for number in range(N):
        for repeat in range(repeats):
            said = change(number, facts(number)) if change else facts(number)
            line: Answer = {"id": f"d{number:02}", "repeat": repeat, "latency_ms": 10 + number + repeat}
            if isinstance(said, str):
                line["error"] = {"type": said, "message": "as planned"}
            else:
                line["memory_detail_list"] = [{"memory_value": text} for text in said]
                line["preference_detail_list"] = []
            lines.append(line)
    return written(path, lines)


def written(path: Path, lines: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path
