"""Shards: together they are the dataset, and their runs merged are the run that was never cut up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import evals
from evals.corpus.selection import Sharding, shard_of
from evals.errors import ConfigError

NUMBERS = (
    "scores",
    "controls",
    "skill",
    "confusion",
    "counts",
    "latency",
    "dataset",
    "identity",
    "signature",
    "matching",
)


@pytest.fixture
def recorded(dataset: Callable[..., Path], tmp_path: Path) -> list[str]:
    """Forty dialogues in clusters of one to three, and answers that leave some out."""
    records, answers = [], []
    for number in range(40):
        text = f"我养了{number}只猫。" if number % 4 == 0 else f"I have {number} cats in my flat in Leeds."
        records.append(
            {
                "id": f"d{number:02}",
                "cluster": f"c{number // 3 if number < 30 else number}",
                "language": "zh" if number % 4 == 0 else "en",
                "split": ("dev", "test")[number // 20],
                "messages": [{"role": "user", "content": text}],
                "gold_facts": [{"memory_value": text}],
                "gold_explicit_preferences": [],
                "gold_implicit_preferences": [],
            }
        )
        said = [{"memory_value": text}] if number % 5 else []
        answers.append({"id": f"d{number:02}", "memory_detail_list": said, "latency_ms": 10.5 + number})
    answers_path = tmp_path / "answers.jsonl"
    answers_path.write_text("".join(json.dumps(answer) + "\n" for answer in answers), "utf-8")
    words = [
        "dataset=file",
        f"dataset.path={dataset(*records)}",
        "extractor=recorded",
        f"extractor.path={answers_path}",
    ]
    return [*words, "report.formats=[]", "controls=[control_echo,control_shuffled]"]


def in_shards(cli: Callable[..., Any], words: list[str], out: Path, of: int) -> list[str]:
    """The names of the runs of all shards."""
    names = [f"s{number}" for number in range(1, of + 1)]
    for number, name in enumerate(names, start=1):
        assert cli("run", *words, f"dataset.shard={number}/{of}", "--out", out, "--name", name).code == 0
    return names


@pytest.mark.parametrize("of", [2, 5])
def test_merged_shards_are_the_run_that_was_never_cut(
    of: int, cli: Callable[..., Any], recorded: list[str], tmp_path: Path
) -> None:
    """predictions.jsonl, outcomes.jsonl and counts.npz to the last byte, and every number of run.json."""
    out = tmp_path / "runs"
    assert cli("run", *recorded, "--out", out, "--name", "whole").code == 0
    names = in_shards(cli, recorded, out, of)
    done = cli("runs", "merge", *reversed(names), "--name", "merged", "--out", out, "report.formats=[]")
    assert done.code == 0, done.err
    for file in ("predictions.jsonl", "outcomes.jsonl", "counts.npz"):
        assert (out / "merged" / file).read_bytes() == (out / "whole" / file).read_bytes()
    whole, merged = (json.loads((out / name / "run.json").read_text("utf-8")) for name in ("whole", "merged"))
    assert {name: merged[name] for name in NUMBERS} == {name: whole[name] for name in NUMBERS}
    assert merged["status"] == "complete"
    assert list(evals.load_run(out / "merged").dialogues()) == list(evals.load_run(out / "whole").dialogues())
    again = cli("runs", "merge", *names, "--name", "merged", "--out", out, "report.formats=[]")
    assert (again.code, again.out) == (0, f"{out / 'merged'}: complete already, nothing changed\n")


def test_a_merged_run_carries_the_certificate_in_force(
    cli: Any, recorded: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the run that was never cut does."""
    monkeypatch.chdir(tmp_path)
    pairs = [("The user lives in Leeds.", "match"), ("The user has a dog.", "no")]
    lines = [
        {"a": "The user lives in Leeds.", "b": b, "label": label, "kind": "fact", "lang": "en"} for b, label in pairs
    ]
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    assert cli("calibrate", "labels.jsonl").code == 0
    out = tmp_path / "runs"
    names = in_shards(cli, recorded, out, 2)
    done = cli("runs", "merge", *names, "--name", "merged", "--out", out, "report.formats=[]")
    assert done.code == 0, done.err
    shard, merged = (
        json.loads((out / name / "run.json").read_text("utf-8")) for name in (Path(names[0]).name, "merged")
    )
    assert merged["matching"]["certificate"] == shard["matching"]["certificate"]


def test_a_shard_is_matched_with_the_weights_of_the_whole(
    cli: Callable[..., Any], recorded: list[str], tmp_path: Path
) -> None:
    """IDF and floors come from all gold, so that every shard has one and the same match identity."""
    names = in_shards(cli, recorded, tmp_path, 3)
    assert len({evals.load_run(tmp_path / name).run.identity["match"] for name in names}) == 1
    counted = [evals.load_run(tmp_path / name).run.counts["dialogues"] for name in names]
    assert sum(counted) == 40
    assert max(counted) - min(counted) <= 6


def test_what_is_not_all_of_one_run_is_refused(cli: Callable[..., Any], recorded: list[str], tmp_path: Path) -> None:
    """Exit 3 naming what is missing, given twice, unfinished, unlike, cut otherwise or no shard; nothing is written."""
    names = in_shards(cli, recorded, tmp_path, 3)
    for words, name in (
        (["dataset.shard=1/2"], "half"),
        (["dataset.shard=3/3", "extraction_types=[memory]"], "facts"),
        (["dataset.shard=3/3", "matcher=exact"], "exact"),
        ([], "whole"),
    ):
        assert cli("run", *recorded, *words, "--out", tmp_path, "--name", name).code == 0
    assert (
        cli("run", *recorded, "dataset.shard=3/3", "budget.max_calls=1", "--out", tmp_path, "--name", "cut").code == 4
    )
    for given_runs, said in (
        (names[:2], "missing: 3/3"),
        ([names[0], names[0]], "given more than once: 1/3"),
        ([names[0], "half"], "shards of different cuts: 1/3 and 1/2"),
        ([*names[:2], "facts"], "are unlike: extractor: recorded#"),
        ([*names[:2], "exact"], "are unlike: match: fuzzy#"),
        ([*names[:2], "whole"], "not the run of a shard (dataset.shard=NUMBER/OF)"),
        ([*names[:2], "cut"], "this run is incomplete; finish it first"),
    ):
        done = cli("runs", "merge", *given_runs, "--name", "merged", "--out", tmp_path)
        assert (done.code, done.out) == (3, ""), done.err
        assert said in done.err
        assert not (tmp_path / "merged").exists()
    done = cli("runs", "merge", *names, "--name", "merged", "--out", tmp_path, "matcher=exact")
    assert done.code == 3
    assert "the shards were matched by fuzzy#" in done.err
    assert cli("runs", "merge", *names, "--out", tmp_path).code == 2


def test_dialogues_that_changed_meanwhile_are_refused(
    cli: Callable[..., Any], recorded: list[str], tmp_path: Path
) -> None:
    """Another word in one message: the shard that answered it is named."""
    names = in_shards(cli, recorded, tmp_path, 3)
    data = tmp_path / "dataset.jsonl"
    lines = data.read_text("utf-8").splitlines()
    changed = json.loads(lines[-1]) | {"messages": [{"role": "user", "content": "Something else."}]}
    data.write_text("\n".join([*lines[:-1], json.dumps(changed)]) + "\n", "utf-8")
    done = cli("runs", "merge", *names, "--name", "merged", "--out", tmp_path)
    assert done.code == 3
    assert "its dialogues have changed since" in done.err


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30), st.integers(1, 7))
def test_shards_hold_whole_clusters_and_as_many_of_them(sizes: list[int], of: int) -> None:
    """Every dialogue is in one shard, no cluster in two, and shards differ by one cluster at most."""
    sharding = Sharding(of)
    dealt = [(f"c{place}", sharding.number(f"c{place}")) for place, size in enumerate(sizes) for _ in range(size)]
    homes = {cluster: {number for name, number in dealt if name == cluster} for cluster, _ in dealt}
    assert all(len(numbers) == 1 for numbers in homes.values())
    clusters = [sum(numbers == {number} for numbers in homes.values()) for number in range(1, of + 1)]
    assert sum(clusters) == len(sizes)
    assert max(clusters) - min(clusters) <= 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5"])
def test_what_is_no_shard_is_refused(text: str, cli: Callable[..., Any]) -> None:
    """From the library and from the command line alike."""
    with pytest.raises(ConfigError, match=r"dataset\.shard"):
        shard_of(text)
    done = cli("run", f"dataset.shard={text}", "--dry-run")
    assert done.code == 2
    assert "dataset.shard" in done.err
