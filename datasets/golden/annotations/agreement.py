"""Agreement of the two annotators by the third reader's links: python3 agreement.py round1 (or round2)."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
LISTS = ("gold_facts", "gold_explicit_preferences", "gold_implicit_preferences")


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def pairs_of(links: list[dict]) -> int:
    """The most pairs of items that say the same, each item once (augmenting paths)."""
    same, taken = defaultdict(list), {}
    for link in links:
        if link["label"] == "match":
            same[link["gold"]].append(link["predicted"])

    def seat(item: str, seen: set[int]) -> bool:
        for other in same[item]:
            if other not in seen:
                seen.add(other)
                if other not in taken or seat(taken[other], seen):
                    taken[other] = item
                    return True
        return False

    return sum(seat(item, set()) for item in list(same))


def main(name: str) -> None:
    gold = {row["id"]: row for file in ("en", "zh") for row in rows(HERE.parent / f"{file}.jsonl")}
    second = {row["id"]: row for row in rows(HERE / f"{name}.jsonl")}
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for row in rows(HERE / f"{name}.links.jsonl"):
        links, answer = row["links"], second[row["id"]]
        first_n = sum(len(gold[row["id"]][key]) for key in LISTS)
        second_n = len(answer["memory_detail_list"]) + len(answer["preference_detail_list"])
        covered = len({link["gold"] for link in links}), len({link["predicted"] for link in links})
        for key in ("all", row["id"].split("/")[1]):
            for place, count in enumerate((first_n, second_n, pairs_of(links), *covered)):
                sums[key][place] += count
    for key, (first_n, second_n, same, first_covered, second_covered) in sums.items():
        recall, precision = first_covered / first_n, second_covered / second_n
        linked = 2 * precision * recall / (precision + recall)
        strict = 2 * same / (first_n + second_n)
        print(f"{name} {key}: items {first_n} and {second_n}, strict F1 {strict:.3f}, linked at all {linked:.3f}")


if __name__ == "__main__":
    main(sys.argv[1])
