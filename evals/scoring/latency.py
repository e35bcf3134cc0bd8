"""Exact percentiles of the latencies a run measured; a percentile with too few samples behind it is null."""

from __future__ import annotations

from collections.abc import Sequence

from evals.scoring.quantiles import rank_of

# A tail percentile needs ten samples beyond it to mean anything (latency.md 7).
PERCENTILES = {
    "p50_ms": (0.5, 20),
    "p90_ms": (0.9, 100),
    "p95_ms": (0.95, 200),
    "p99_ms": (0.99, 1000),
    "p999_ms": (0.999, 10_000),
}


def latency_summary(samples_ms: Sequence[float]) -> dict[str, float | None]:
    """p50 … p99.9, mean, max (milliseconds, rounded to a microsecond) and n; undefined is None."""
    ordered = sorted(samples_ms)
    n = len(ordered)
    summary: dict[str, float | None] = {
        name: round(ordered[rank_of(share, n)], 3) if n >= fewest else None
        for name, (share, fewest) in PERCENTILES.items()
    }
    summary["mean_ms"] = round(sum(ordered) / n, 3) if n else None
    summary["max_ms"] = round(ordered[-1], 3) if n else None
    summary["n"] = n
    return summary
