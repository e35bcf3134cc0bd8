"""The plain block of text that `evals bench` prints: verdict first, then the figures it is about."""

from __future__ import annotations

from pathlib import Path

from evals.types import Run

PERCENTILES = (("p50", "p50_ms"), ("p90", "p90_ms"), ("p95", "p95_ms"), ("p99", "p99_ms"), ("p99.9", "p999_ms"))


def bench_summary(run: Run, *, report: Path) -> str:
    return f"{run.name}\n"
