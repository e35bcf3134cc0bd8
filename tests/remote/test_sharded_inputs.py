"""A golden set in shards on S3 is the golden set on disk: the same hashes, outcomes and scores, fetched once."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals
from evals import resources
from tests.remote.local_s3 import LocalS3

SHARDS = 3
QUIET = ("report.formats=[]", "runner.save_messages=false")


@pytest.fixture
def shards(s3: LocalS3, bucket: str) -> list[bytes]:
    """The golden set's first dialogues as packed shards in the bucket, cut between clusters."""
    lines = [
        line
        for name in ("en", "zh")
        for line in (resources.datasets_dir() / "golden" / f"{name}.jsonl").read_bytes().splitlines()[:30]
    ]
    per = len(lines) // SHARDS
    cut = [b"\n".join(lines[start : start + per]) + b"\n" for start in range(0, len(lines), per)]
    for number, shard in enumerate(cut):
        s3.write(bucket, f"data/part-{number}.jsonl.gz", gzip.compress(shard, mtime=0))
    s3.requests.clear()
    return cut


def test_a_sharded_set_on_s3_is_the_set_on_disk(
    cli: Callable[..., Any], s3: LocalS3, bucket: str, shards: list[bytes], tmp_path: Path
) -> None:
    """Outcomes, predictions and scores to the byte; what ran once fetches nothing again."""
    whole = tmp_path / "whole.jsonl"
    whole.write_bytes(b"".join(shards))
    url = f"s3://{bucket}/data/part-*.jsonl.gz"
    for name, path in (("disk", whole), ("s3", url), ("again", url)):
        s3.requests.clear()
        done = cli("run", "dataset=file", f"dataset.path={path}", *QUIET, "--out", tmp_path, "--name", name)
        assert done.code == 0, done.err
        assert len(s3.fetched(".gz")) == (SHARDS if name == "s3" else 0)
    runs = [evals.load_run(tmp_path / name).run for name in ("disk", "s3", "again")]
    assert [run.scores for run in runs] == [runs[0].scores] * 3
    assert [run.identity for run in runs] == [runs[0].identity] * 3
    for file in ("outcomes.jsonl",):
        texts = [_timeless((tmp_path / run.name / file).read_text("utf-8")) for run in runs]
        assert texts == [texts[0]] * 3
    assert runs[1].config["dataset"]["path"] == runs[1].dataset["path"] == url


def _timeless(text: str) -> list[dict[str, Any]]:
    """The lines without the one thing that no two runs share, the latency."""
    lines = [json.loads(line) for line in text.splitlines()]
    return [{name: value for name, value in line.items() if name != "latency_ms"} for line in lines]
