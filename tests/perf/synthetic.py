"""Datasets of any size: dialogues, gold and answers made of a few word lists, the same for the same seed.

python -m tests.perf.synthetic 1000000 FOLDER      writes FOLDER/1000000.jsonl and FOLDER/1000000.predictions.jsonl
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EN = (
    ("I live in {city} and work as a {job}.", "The user lives in {city} and works as a {job}."),
    ("My sister {name} turned {number} last week.", "The user's sister {name} turned {number}."),
    ("I ran {number} km along the river in {city}.", "The user ran {number} km in {city}."),
    ("We adopted a {animal} called {name}.", "The user adopted a {animal} called {name}."),
)
ZH = (
    ("我住在{city},是一名{job}。", "用户住在{city},职业是{job}。"),
    ("我上周在{city}跑了{number}公里。", "用户在{city}跑了{number}公里。"),
    ("我家养了{number}只{animal}。", "用户家里养了{number}只{animal}。"),
)
WORDS = {
    "en": {
        "city": ("Hangzhou", "Lisbon", "Oslo", "Quito", "Perth", "Leeds", "Turin", "Osaka"),
        "job": ("welder", "teacher", "botanist", "judge", "pilot", "florist"),
        "name": ("Mina", "Tomas", "Ada", "Ravi", "Noor", "Pia"),
        "animal": ("beagle", "tortoise", "parrot", "ferret"),
    },
    "zh": {
        "city": ("杭州", "成都", "厦门", "兰州", "大理", "沈阳"),
        "job": ("焊工", "教师", "法官", "飞行员", "花艺师"),
        "animal": ("猫", "鹦鹉", "乌龟", "兔子"),
    },
}
LIKES = {
    "en": ("I prefer short answers.", "The user prefers short answers."),
    "zh": ("我喜欢简短的回答。", "用户喜欢简短的回答。"),
}


def records(count: int, *, seed: int = 0) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(record, answer) of so many dialogues: two facts and now and then a preference, of which an answer has most."""
    rng = random.Random(seed)
    for number in range(count):
        language = "zh" if number % 3 == 0 else "en"
        pairs = [_filled(pair, language, rng) for pair in rng.sample(ZH if language == "zh" else EN, 2)]
        said, meant = zip(*pairs, strict=True)
        likes = [LIKES[language]] if number % 4 == 0 else []
        messages = [{"role": "user", "content": text} for text in (*said, *(like for like, _ in likes))]
        messages.insert(1, {"role": "assistant", "content": "好的。" if language == "zh" else "Good to know."})
        record = {
            "id": f"synthetic/{number}",
            "cluster": f"user-{number // 5}",
            "language": language,
            "messages": messages,
            "gold_facts": [{"memory_value": text} for text in meant],
            "gold_explicit_preferences": [{"preference": like} for _, like in likes],
            "gold_implicit_preferences": [],
        }
        facts = [meant[0]] if rng.random() < 0.3 else list(meant)
        if rng.random() < 0.1:
            facts.append(_filled((ZH if language == "zh" else EN)[1], language, rng)[1])
        answer = {
            "id": record["id"],
            "memory_detail_list": [{"memory_value": text, "memory_type": "UserMemory"} for text in facts],
            "preference_detail_list": [
                {"preference": like, "preference_type": "explicit_preference"} for _, like in likes
            ],
        }
        yield record, answer


def write(folder: Path, count: int, *, seed: int = 0) -> tuple[Path, Path]:
    """The dataset and its answers as files, streamed."""
    data, answers = folder / f"{count}.jsonl", folder / f"{count}.predictions.jsonl"
    with data.open("w", encoding="utf-8") as out, answers.open("w", encoding="utf-8") as said:
        for record, answer in records(count, seed=seed):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            said.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return data, answers


def _filled(pair: tuple[str, str], language: str, rng: random.Random) -> tuple[str, str]:
    values = {name: rng.choice(words) for name, words in WORDS[language].items()} | {"number": rng.randint(2, 99)}
    return pair[0].format(**values), pair[1].format(**values)


if __name__ == "__main__":
    print(*write(Path(sys.argv[2]), int(sys.argv[1])))
