"""Benches in compare and gate: ratios with intervals, what is refused, and that latency decides for once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evals.runs import RunFolder
from tests.gate.test_obstacles import RUN

BLOCKS, PER_BLOCK = 20, 100
IDENTITY = {"in": "golden@1", "extractor": "cloud#1(v1)", "load": "constant#1", "evals": "0.1.0"}
Cli = Callable[..., Any]


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Path]:
    """Stores a bench of 2,000 requests around 20 ms times a factor, its server drifting from block to block."""

    def store(
        name: str, factor: float = 1.0, *, seed: int = 1, steps: int = 1, state: str = "VALID", **load: Any
    ) -> Path:
        rng = np.random.default_rng(seed)
        drift = np.repeat(rng.lognormal(0, 0.03, BLOCKS), PER_BLOCK)
        n = BLOCKS * PER_BLOCK
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir()
        verdict = {"state": state, "reasons": ["the client was late"] if state != "VALID" else []}
        folder.write_run(
            replace(
                RUN,
                name=name,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                identity={**IDENTITY, **load.pop("identity", {})},
                load={"mode": "constant", "throughput_rps": 50.0, "verdict": verdict, **load},
            )
        )
        columns = {
            "step": pa.array(np.arange(n) % steps + 1),
            "block": pa.array(np.repeat(np.arange(BLOCKS), PER_BLOCK).astype(np.int16)),
            "total_ms": pa.array(factor * 20 * drift * rng.lognormal(0, 0.1, n)),
            "error": pa.array(["TimedOut" if i % 500 == 0 else None for i in range(n)]),
            "censored": pa.array([i % 1000 == 0 for i in range(n)]),
            "cached": pa.array([False] * n),
        }
        pq.write_table(pa.table(columns), folder.path / "samples.parquet")
        return tmp_path

    return store


def test_a_slower_server_is_seen(bench: Callable[..., Path], cli: Cli) -> None:
    """A third slower: every percentile with enough requests, its interval above 1; what failed is left out."""
    reports = bench("base")
    bench("cand", 1.33, seed=2)
    done = cli("compare", "base", "cand", "--reports", reports)
    assert done.code == 0, done.err
    assert "Latency under load" in done.out
    told = json.loads(cli("compare", "base", "cand", "--reports", reports, "--format", "json").out)
    by_name = {each["percentile"]: each for each in told["latency"]}
    assert set(by_name) == {"p50_ms", "p90_ms", "p95_ms", "p99_ms"}
    assert by_name["p50_ms"]["n"] == BLOCKS * PER_BLOCK - 2  # two of the four that failed were given up: lower bounds
    for each in by_name.values():
        assert each["ratio"]["low"] > 1.1
        assert each["ratio"]["low"] < 1.33 < each["ratio"]["high"]


def test_the_gate_decides_on_latency(bench: Callable[..., Path], cli: Cli) -> None:
    """The rule that only warns of a run fails a bench a third slower, and passes one that is as fast."""
    reports = bench("base")
    bench("slow", 1.33, seed=2)
    bench("same", 1.0, seed=3)
    done = cli("gate", "slow", "--baseline", "base", "--reports", reports)
    assert (done.code, done.out.splitlines()[-1]) == (1, "verdict: FAIL (exit 1)")
    done = cli("gate", "same", "--baseline", "base", "--reports", reports)
    assert (done.code, done.out.splitlines()[-1]) == (0, "verdict: PASS (exit 0)"), done.out


def test_a_figure_that_is_not_to_be_believed_is_not_judged(bench: Callable[..., Path], cli: Cli) -> None:
    """An INVALID bench, a sweep, another load, a run beside a bench, one without samples: exit 3 with the reason."""
    reports = bench("base")
    bench("invalid", state="INVALID")
    bench("sweep", steps=3)
    bench("other", identity={"load": "constant#2"})
    for name, reason in (
        ("invalid", "its own verdict is INVALID (the client was late)"),
        ("sweep", "has no single latency"),
        ("other", "load: constant#1 → constant#2"),
    ):
        done = cli("compare", "base", name, "--reports", reports)
        assert (done.code, reason in done.err) == (3, True), done.err
        done = cli("gate", name, "--baseline", "base", "--reports", reports)
        assert (done.code, reason in done.out) == (3, True), done.out
    (reports / "other" / "samples.parquet").unlink()
    RunFolder(reports / "run").path.mkdir()
    RunFolder(reports / "run").write_run(replace(RUN, name="run"))
    done = cli("compare", "base", "run", "--reports", reports)
    assert (done.code, "made by: bench → run" in done.err) == (3, True)
    (reports / "base" / "samples.parquet").unlink()
    done = cli("compare", "base", "base", "--reports", reports)
    assert (done.code, "keeps no samples.parquet" in done.err) == (3, True)
