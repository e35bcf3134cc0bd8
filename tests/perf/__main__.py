"""`make perf`: speed and memory as ratios measured in one run, because machines are shared and noisy.

Prints tables; asserts nothing. Figures quoted in docs come from here.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from evals import resources
from evals.corpus.source import Source
from evals.corpus.source import dialogues as read_dialogues
from evals.extractors.baseline import BaselineExtractor
from evals.matching.cascade import open_grounding, open_pairs
from evals.matching.fuzzy import FuzzyMatcher
from evals.matching.manifest import ManifestBuilder
from evals.types import EXTRACTION_TYPES, Dialogue, Extraction, Fact, Gold, GoldFact, Message
from tests.perf.comparing import comparing
from tests.perf.http import http_overhead
from tests.perf.reports import drawing

ITEMS = 8
DIALOGUES = 40
ROUNDS = 7
# dialogues, report.formats, controls (None: as shipped)
RUNS = ((1000, "[]", "[]"), (1000, "[]", None), (1000, "[html,md]", None), (20_000, "[]", "[]"))


def main() -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    matching()
    judging()
    http_overhead()
    comparing()
    with tempfile.TemporaryDirectory() as folder:
        whole_runs(Path(folder))
        drawing(Path(folder), Path(folder) / "run-1000", process)
    start_up()


def matching() -> None:
    """Match, verify and ground 8 x 8 items against plain per-pair rapidfuzz loops with scipy's assignment."""
    print(f"match + verify + ground at {ITEMS} x {ITEMS} items, gold features cached; best of {ROUNDS} rounds")
    print(f"{'':4} {'ours, µs':>9} {'x WRatio':>9} {'x ratio':>9} {'x token_set':>12}")
    for language in ("en", "zh"):
        dialogues, answers = sample(language)
        scorers = {name: getattr(fuzz, name) for name in ("WRatio", "ratio", "token_set_ratio")}
        timed = {name: plain_loop(scorer, dialogues, answers) for name, scorer in scorers.items()}
        best = interleaved({"ours": our_loop(dialogues, answers), **timed}, answers)
        ratios = [best["ours"] / best[name] for name in scorers]
        per_dialogue_us = best["ours"] / len(dialogues) * 1e6
        print(f"{language:4} {per_dialogue_us:9.0f} {ratios[0]:9.1f} {ratios[1]:9.1f} {ratios[2]:12.1f}")
    print()


def judging() -> None:
    """Pairs a judge is asked about, against judging every cell; the baseline on the golden set."""
    folder = resources.datasets_dir() / "golden"
    dialogues = list(read_dialogues(Source(name="golden", paths=(folder / "en.jsonl", folder / "zh.jsonl"))))
    builder = ManifestBuilder()
    for dialogue in dialogues:
        builder.observe(dialogue)
    matcher, baseline = FuzzyMatcher().calibrated(builder.freeze), BaselineExtractor()
    cells = pairs = notes = predicted = 0
    for dialogue in dialogues:
        extraction = baseline.extract(dialogue.messages, EXTRACTION_TYPES)
        outcome = matcher.match(dialogue.gold, extraction, dialogue.messages)
        for facts in (True, False):
            rows = sum((item.kind == "fact") == facts for item in outcome.gold)
            cells += rows * sum((item.kind == "fact") == facts for item in outcome.predicted)
        predicted += len(outcome.predicted)
        pairs += len(open_pairs(outcome, dialogue.language))
        notes += len(open_grounding(outcome, dialogue.language, dialogue.messages))
    print(
        f"judge: {cells} cells and {predicted} groundings on {len(dialogues)} dialogues; asked are {pairs} and {notes}"
    )
    saved = 1 - pairs / cells, 1 - (pairs + notes) / (cells + predicted)
    print(f"saved of the pairs {saved[0]:.1%}, of everything {saved[1]:.1%}\n")


def our_loop(dialogues: Sequence[Dialogue], answers: Sequence[Extraction]) -> Callable[[], None]:
    builder = ManifestBuilder()
    for dialogue in dialogues:
        builder.observe(dialogue)
    matcher = FuzzyMatcher().calibrated(builder.freeze)

    def run() -> None:
        for dialogue, answer in zip(dialogues, answers, strict=True):
            matcher.match(dialogue.gold, answer, dialogue.messages)

    return run


def sample(language: str) -> tuple[list[Dialogue], list[Extraction]]:
    """Dialogues of eight gold facts of the golden set, each answered by eight: half reworded, half other facts."""
    lines = resources.dataset_path(f"golden/{language}.jsonl").read_text(encoding="utf-8").splitlines()
    facts = [fact for line in lines for fact in json.loads(line)["gold_facts"]]
    dialogues, answers = [], []
    for number in range(DIALOGUES):
        chosen = [facts[(number * 5 + step * 7) % len(facts)] for step in range(ITEMS)]
        others = [facts[(number * 11 + step * 3 + 50) % len(facts)] for step in range(ITEMS // 2)]
        said = [(fact.get("variants") or [fact["memory_value"]])[0] for fact in chosen[: ITEMS // 2]]
        answer = [*said, *(fact["memory_value"] for fact in others)]
        items = tuple(GoldFact(gid=f"f{place}", memory_value=fact["memory_value"]) for place, fact in enumerate(chosen))
        messages = tuple(Message(role="user", content=fact["evidence_text"] or "…") for fact in chosen)
        dialogues.append(
            Dialogue(id=str(number), cluster=str(number), language=language, messages=messages, gold=Gold(items=items))
        )
        answers.append(Extraction(facts=tuple(Fact(memory_value=text) for text in answer)))
    return dialogues, answers


def reword(answers: list[Extraction], mark: str) -> None:
    """End every answer with another mark, so that nothing of it is in any cache; gold's features stay."""
    for place, answer in enumerate(answers):
        texts = [f"{(fact.memory_value or '').split(' (')[0]} ({mark})" for fact in answer.facts]
        answers[place] = Extraction(facts=tuple(Fact(memory_value=text) for text in texts))


def plain_loop(
    scorer: Callable[[str, str], float], dialogues: Sequence[Dialogue], answers: Sequence[Extraction]
) -> Callable[[], None]:
    def run() -> None:
        for dialogue, answer in zip(dialogues, answers, strict=True):
            grid = [[scorer(gold.text, fact.text) for fact in answer.facts] for gold in dialogue.gold.items]
            linear_sum_assignment(grid, maximize=True)

    return run


def interleaved(timed: dict[str, Callable[[], None]], answers: list[Extraction]) -> dict[str, float]:
    """Seconds of the best round of each; rounds alternate, so that a noisy moment hits all alike."""
    best = dict.fromkeys(timed, float("inf"))
    timed["ours"]()
    for number in range(ROUNDS):
        reword(answers, str(number))
        for name, run in timed.items():
            started = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def whole_runs(folder: Path) -> None:
    """Peak memory and whole-process time of `evals run extractor=recorded`."""
    print("evals run extractor=recorded, whole process")
    print(f"{'dialogues':>9} {'report files':>13} {'controls':>9} {'seconds':>8} {'peak MB':>8}")
    peaks = {}
    for count, formats, controls in (
        (1000, "[]", "[]"),
        (1000, "[]", None),
        (1000, "[html,md]", None),
        (20_000, "[]", "[]"),
    ):
        data, answers = folder / f"{count}.jsonl", folder / f"{count}.predictions.jsonl"
        if not data.exists():
            write_dataset(data, answers, count)
        words = ["run", "dataset=file", f"dataset.path={data}", "extractor=recorded", f"extractor.path={answers}"]
        words += [f"report.formats={formats}", "--out", str(folder), "--force", "--name", f"run-{count}"]
        words += [f"controls={controls}"] if controls else []
        seconds, peak_mb = process(words)
        if formats == "[]" and controls:
            peaks[count] = peak_mb
        print(f"{count:9} {formats:>13} {controls or 'default':>9} {seconds:8.2f} {peak_mb:8.0f}")
    print(f"peak at 20,000 / peak at 1,000: {peaks[20_000] / peaks[1000]:.2f}\n")


def write_dataset(data: Path, answers: Path, count: int) -> None:
    """The golden set over and over under new ids, answered with half of its gold and one thing more."""
    lines = [
        line
        for language in ("en", "zh")
        for line in resources.dataset_path(f"golden/{language}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    records = [json.loads(line) for line in lines]
    with data.open("w", encoding="utf-8") as out, answers.open("w", encoding="utf-8") as said:
        for number in range(count):
            record = {**records[number % len(records)], "id": f"d{number}", "cluster": f"d{number}", "pair_id": None}
            facts = [
                {"memory_value": fact["memory_value"], "memory_type": "UserMemory"} for fact in record["gold_facts"]
            ]
            extra = {"memory_value": f"The user keeps {number} snails.", "memory_type": "UserMemory"}
            preferences = [
                {"preference": item["preference"], "preference_type": "explicit_preference"}
                for item in record["gold_explicit_preferences"]
            ]
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            answer = {
                "id": f"d{number}",
                "memory_detail_list": [*facts[::2], extra],
                "preference_detail_list": preferences,
            }
            said.write(json.dumps(answer, ensure_ascii=False) + "\n")


def process(words: Sequence[str]) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of `evals` with these words, in a process of its own."""
    script = (
        "import resource, sys; from evals.cli import main; code = main(sys.argv[1:]);"
        "print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    return seconds, int(done.stderr.rsplit("peak ", 1)[1]) / 1024


def start_up() -> None:
    """`evals --help` against a Python that does nothing, medians of 9, alternating."""
    evals = Path(sys.executable).with_name("evals")
    times: dict[str, list[float]] = {"help": [], "pass": []}
    for _ in range(9):
        for name, words in (("help", [str(evals), "--help"]), ("pass", [sys.executable, "-c", "pass"])):
            started = time.perf_counter()
            subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
            times[name].append(time.perf_counter() - started)
    help_s, pass_s = (statistics.median(times[name]) for name in ("help", "pass"))
    print(f"evals --help: {help_s * 1000:.0f} ms, {help_s / pass_s:.1f} x python -c pass ({pass_s * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
