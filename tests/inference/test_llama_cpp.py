"""The local pipeline against llama-cpp-python's server, launched by `extractor.launch`: `make inference-test`.

EVALS_INFERENCE_PYTHON names the interpreter that has `llama-cpp-python[server]` and `gguf`.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from evals.cli import main

PYTHON = os.environ.get("EVALS_INFERENCE_PYTHON", "")
BUILD = Path(__file__).with_name("tiny_gguf.py")
QUOTE = 3 + ord('"')  # token of the byte; made likely, so that noise closes its strings

pytestmark = [
    pytest.mark.inference,
    pytest.mark.skipif(not PYTHON, reason="EVALS_INFERENCE_PYTHON is not set; `make inference-test` sets it"),
]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "tiny.gguf"
    subprocess.run([PYTHON, str(BUILD), str(path), "7"], check=True)
    return path


def run(weights: Path, out: Path, *overrides: str) -> int:
    serve = f"{PYTHON} -m llama_cpp.server --model {{model}} --host {{host}} --port {{port}} --n_ctx 16384"
    return main(
        [
            *("run", "extractor=local_llamacpp", "extractor.base_url=null", f"extractor.model={weights}"),
            *(f"extractor.launch='{serve} --chat_format chatml'", "extractor.temperature=1.0"),
            *("extractor.max_tokens=400", f"extractor.extra_body={{logit_bias:{{{QUOTE}:3.0}}}}"),
            *("dataset.limit=4", "runner.concurrency=2", "runner.max_error_rate=1", "report.formats=[]", *overrides),
            *("--out", str(out), "--name", "tiny"),
        ]
    )


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_real_server_is_started_asked_and_stopped(
    weights: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Pinned by its weights, held to the schema in the dialect it knows, parsed, counted, logged and gone."""
    assert run(weights, tmp_path) == 0
    record = json.loads((tmp_path / "tiny" / "run.json").read_text(encoding="utf-8"))
    assert "(sha256:" in record["signature"]
    facts, calls = record["system"]["facts"], record["system"]["calls"]
    assert facts["structured"] == "json_object+schema"
    assert set(calls["finish_reason"]) <= {"stop", "length"}
    assert calls["usage"]["prompt_tokens"] > 100 * calls["calls"]
    statuses = calls["parse_status"]
    print("statuses", statuses, "usage", calls["usage"])
    assert statuses.get("ok", 0) > 0
    assert set(statuses) <= {"ok", "repaired", "truncated"}  # its grammar lets raw control characters into strings
    assert (tmp_path / "tiny" / "server.log").stat().st_size > 0
    left = [process for process in psutil.process_iter(["cmdline"]) if str(weights) in (process.info["cmdline"] or [])]
    assert not left
    before = (tmp_path / "tiny" / "predictions.jsonl").read_bytes()
    capfd.readouterr()
    assert run(weights, tmp_path) == 0  # the same command again
    assert "complete already" in capfd.readouterr().out
    assert (tmp_path / "tiny" / "predictions.jsonl").read_bytes() == before


def test_memories_of_noise_grade_like_any_others(weights: Path, tmp_path: Path) -> None:
    """Items in shape become predictions with an outcome each, and invented ones cost precision."""
    assert run(weights, tmp_path, "dataset=golden_en") == 0
    predictions = lines(tmp_path / "tiny" / "predictions.jsonl")
    items = [item for line in predictions for item in line.get("memory_detail_list", [])]
    items += [item for line in predictions for item in line.get("preference_detail_list", [])]
    outcomes = [item for line in lines(tmp_path / "tiny" / "outcomes.jsonl") for item in line["predicted"]]
    assert len(outcomes) == len(items) > 0
    assert not [item for item in outcomes if item["state"] == "correct"]


def test_a_server_that_cannot_start_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weights it cannot load end the run with exit 2 and the end of its log, in one line."""
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    assert run(broken, tmp_path) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("evals: extractor.launch: it ended with status")
    assert "server.log" in said
