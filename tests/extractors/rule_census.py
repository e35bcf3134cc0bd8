"""How often each rule of the baseline fires in the public sets and in the golden set's dev half; run by hand.

    python tests/extractors/rule_census.py DATA [--golden datasets/golden] [--show SET [N]] [--rule NAME]

DATA is a folder with one subfolder a public set, in upstream's shape. A rule that fires in the golden half alone is
made for it and has to go. `--show` prints what comes out of N dialogues of a set, `--rule` only where that rule fired.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.extractors.baseline import BaselineExtractor
from evals.extractors.rules.merging import merged
from evals.extractors.rules.reading import read
from evals.types import Message

Turns = list[tuple[str, str]]


def text_of(path: Path) -> str:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as handle:
        return handle.read()


def files(folder: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(folder.glob(pattern))


def alpsbench(folder: Path) -> Iterator[Turns]:
    for line in text_of(folder / "task1_extraction.jsonl.gz").splitlines():
        yield [(turn["role"], turn["text"]) for turn in json.loads(line)["dialogue"]]


def prefeval(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "explicit_preference/*.json"):
        for item in json.loads(text_of(path)):
            yield [("user", item["preference"]), ("user", item["question"])]
    for path in files(folder, "implicit_preference/persona-driven/*.json"):
        for item in json.loads(text_of(path)):
            yield [(role, text) for turn in item["conversation"].values() for role, text in turn.items()]


def locomo(folder: Path) -> Iterator[Turns]:
    for sample in json.loads(text_of(folder / "locomo10.json.gz")):
        talk = sample["conversation"]
        for key in [key for key in talk if re.fullmatch(r"session_\d+", key)]:
            for user in (talk["speaker_a"], talk["speaker_b"]):
                yield [("user" if turn["speaker"] == user else "assistant", turn["text"]) for turn in talk[key]]


def kvpi(folder: Path) -> Iterator[Turns]:
    for line in text_of(folder / "KvPI_test.txt.gz").splitlines():
        yield [("user", line.split("\t")[0].partition("<SEP>")[2].strip())]


def realmem(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "*_256k.json.gz"):
        for dialogue in json.loads(text_of(path))["dialogues"]:
            yield [(turn["speaker"].lower(), turn["content"]) for turn in dialogue["dialogue_turns"]]


def memorybank(folder: Path, language: str) -> Iterator[Turns]:
    for person in json.loads(text_of(folder / language / f"memory_bank_{language}.json")).values():
        for day in person["history"].values():
            yield [pair for turn in day for pair in (("user", turn["query"]), ("assistant", turn["response"]))]


def dulemon(folder: Path) -> Iterator[Turns]:
    for line in text_of(folder / "samples.json").splitlines():
        turns = [turn.partition("\t")[0].replace(" ", "").partition(":") for turn in json.loads(line)["conversation"]]
        yield [("user" if who == "Usr" else "assistant", said) for who, _, said in turns]


def personabench(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "*/private_data/*/user_ai_interaction_data_all.json*"):
        for person in json.loads(text_of(path)):
            for session in person["Data"]:
                yield [(turn["role"], turn["content"]) for turn in session["user_ai_interaction"]]
    for path in files(folder, "*/private_data/*/conversation_data_all.json*"):
        for person in json.loads(text_of(path)):
            for other in person["Data"]:
                for session in other["Conversations"]:
                    name = person["Name"]
                    yield [
                        ("user" if turn["role"] == name else "assistant", turn["content"])
                        for turn in session["conversation"]
                    ]


def qmemory_zh(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "*.json"):
        data = json.loads(text_of(path))
        for session in data["sessions"] if isinstance(data, dict) and "sessions" in data else ():
            yield [(turn["role"], turn["content"]) for turn in session["messages"]]


def beam(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "chats/100K/*/chat*.json.gz"):
        for batch in json.loads(text_of(path)):
            for turns in batch["turns"]:
                yield [(turn["role"], turn["content"]) for turn in turns]


def kdconv(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "*/dev.json*"):
        for dialogue in json.loads(text_of(path)):
            said = [turn["message"] for turn in dialogue["messages"]]
            yield [("user" if place % 2 == 0 else "assistant", text) for place, text in enumerate(said)]


def halumem(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "pilot_slices/*.jsonl.gz"):
        for line in text_of(path).splitlines():
            for session in json.loads(line)["sessions"]:
                yield [(turn["role"], turn["content"]) for turn in session["dialogue"]]


SETS: dict[str, Any] = {
    "prefeval": prefeval,
    "alpsbench": alpsbench,
    "locomo": locomo,
    "realmem": realmem,
    "personabench": personabench,
    "beam": beam,
    "halumem": halumem,
    "memorybank_en": lambda folder: memorybank(folder, "en"),
    "memorybank_cn": lambda folder: memorybank(folder, "cn"),
    "kvpi": kvpi,
    "dulemon": dulemon,
    "qmemory_zh": qmemory_zh,
    "kdconv": kdconv,
}


def golden_dev(folder: Path) -> Iterator[Turns]:
    for path in files(folder, "*.jsonl"):
        for line in text_of(path).splitlines():
            record = json.loads(line)
            if record.get("split") == "dev":
                yield [(message["role"], message["content"]) for message in record["messages"]]


def messages_of(turns: Turns) -> list[Message]:
    roles = {"user", "assistant", "system"}
    return [Message(role=role, content=text) for role, text in turns if role in roles and isinstance(text, str)]  # type: ignore[arg-type]


def dialogues_of(name: str, data: Path, golden: Path | None) -> Iterator[list[Message]]:
    if name == "golden dev":
        assert golden is not None
        source: Iterator[Turns] = golden_dev(golden)
    else:
        source = SETS[name](data / name.partition("_")[0] if name.startswith("memorybank") else data / name)
    for turns in source:
        messages = messages_of(turns)
        if messages:
            yield messages


def census(data: Path, golden: Path | None) -> None:
    names = [*SETS, *(["golden dev"] if golden else [])]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for name in names:
        for messages in dialogues_of(name, data, golden):
            totals[name] += 1
            for item in merged(read(messages)):
                counts[item.first.language + " " + item.rules[0]][name] += 1
                for rule in item.rules[1:]:
                    counts[item.first.language + " " + rule][name] += 1
    print("rule".ljust(32), *(name[:9].rjust(9) for name in names))
    print("dialogues".ljust(32), *(str(totals[name]).rjust(9) for name in names))
    for rule in sorted(counts):
        alone = " GOLDEN ONLY" if set(counts[rule]) == {"golden dev"} else ""
        print(rule.ljust(32), *(str(counts[rule][name] or "·").rjust(9) for name in names), alone)


def show(name: str, number: int, data: Path, golden: Path | None, rule: str | None) -> None:
    extractor = BaselineExtractor()
    pool = list(dialogues_of(name, data, golden))
    random.Random(number).shuffle(pool)
    shown = 0
    for messages in pool:
        if shown == number:
            return
        found = merged(read(messages))
        if rule and not any(rule in item.rules for item in found):
            continue
        shown += 1
        if rule:
            for item in found:
                if rule in item.rules:
                    print(item.first.language, "|", " / ".join(clause.text for clause in item.clauses))
            continue
        extraction = extractor.extract(messages, ("memory", "preference"))
        print("=====", *(m.content[:300].replace("\n", " ⏎ ") for m in messages if m.role == "user"), sep="\n  U ")
        for fact in extraction.facts:
            print("   F", fact.memory_value, fact.tags)
        for preference in extraction.preferences:
            print("   P", preference.preference)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--golden", type=Path)
    parser.add_argument("--show", choices=[*SETS, "golden dev"])
    parser.add_argument("--number", type=int, default=20)
    parser.add_argument("--rule")
    arguments = parser.parse_args()
    if arguments.show:
        show(arguments.show, arguments.number, arguments.data, arguments.golden, arguments.rule)
    else:
        census(arguments.data, arguments.golden)
    return 0


if __name__ == "__main__":
    sys.exit(main())
