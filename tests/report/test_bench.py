"""The report of a bench: verdict first, every figure with what it is, nothing of others' text let through."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.report.bench_content import bench_content
from evals.report.bench_figures import bench_figures
from evals.report.bench_terminal import bench_summary
from evals.report.bench_write import write_bench
from evals.results import Run

SNAPSHOTS = Path(__file__).parent / "snapshots"
PERCENTILES = {"p50_ms": 21.4, "p90_ms": 24.0, "p95_ms": 25.5, "p99_ms": 41.2, "p999_ms": None}
LATENCY: dict[str, Any] = {**PERCENTILES, "mean_ms": 22.0, "max_ms": 1020.5, "n": 1500}
ERRORS = {"count": 12, "rate": 0.008, "censored": 2, "classes": {"timed_out": 2, "RateLimited": 10}}
SIGNAL = {"name": "dispatch lag p99", "value": 6.5, "degraded": 5.0, "invalid": 5.0, "unit": "ms", "state": "INVALID"}
STEP: dict[str, Any] = {
    "name": "poisson",
    "latency": LATENCY,
    "intervals": {},
    "achieved_rate": 50.1,
    "planned_rate": 50.0,
    "concurrency": None,
    "throughput_rps": 49.7,
    "goodput": None,
    "errors": ERRORS,
    "steady": {},
    "verdict": {"state": "INVALID", "reasons": []},
    "quality": None,
}
LOAD: dict[str, Any] = {
    "mode": "poisson",
    "measured": "one HTTP exchange, sent with aiohttp",
    "loop": "uvloop 0.23.0",
    "sender": "aiohttp",
    "target": "extractor",
    "arrivals": "poisson",
    "concurrency": None,
    "label": None,
    "phases": {"warmup_s": 3.0, "window_s": 30.0, "drain_s": 0.2},
    "intervals": {"p50_ms": [21.2, 21.7], "p90_ms": [23.5, 24.4], "p95_ms": [25.0, 26.1], "p99_ms": [33.0, None]},
    "lower_bounds": ["p99_ms"],
    "parts": {"wait": {**LATENCY, "p50_ms": 0.5}, "service": LATENCY, "first_byte": {**LATENCY, "n": 0}},
    "planned": 1500,
    "requests": 1503,
    "planned_rate": 50.0,
    "achieved_rate": 50.1,
    "throughput_rps": 49.7,
    "little_ratio": None,
    "new_connections": 3,
    "cached": 0,
    "lag_p99_ms": 6.5,
    "goodput": {"slo_ms": 100.0, "rps": 49.2, "share": 0.982},
    "errors": ERRORS,
    "by": {"tokens": {"<=250": LATENCY, ">250": LATENCY}, "language": {}, "asked": {}, "branch": {}},
    "per_token": {"ms_per_1000_tokens": 3.2, "ms_at_zero": 20.1},
    "selfcheck": {
        "ceiling_rps": 9049.0,
        "own_p50_ms": 1.1,
        "own_p99_ms": 5.4,
        "null_p50_ms": 1.2,
        "null_p99_ms": 3.4,
        "fixed_p50_ms": 21.3,
        "service_ms": 20.2,
        "seconds": 2.0,
    },
    "verdict": {"state": "INVALID", "reasons": ["dispatch lag p99 6.50 ms (limit 5.00 ms)"], "signals": [SIGNAL]},
    "search": None,
    "interleaved": None,
    "steps": [STEP],
}


def run(**load: Any) -> Run:
    return Run(
        format=1,
        name="golden-cloud-poisson-1a2b3c4d",
        status="complete",
        signature="in:golden@b0afb7bd|extractor:cloud#f61c43a1(unpinned)|load:poisson#162879e5|evals:0.1.0",
        created="2026-01-01T00:00:00+00:00",
        command="evals bench extractor=cloud load=poisson",
        config={"seed": 0},
        environment={"machine": {"cores": 2}},
        dataset={"name": "golden"},
        counts={"skipped": 4},
        identity={"in": "golden@b0afb7bd"},
        matching={},
        latency=LATENCY,
        load={**LOAD, **load},
    )


def samples(rows: int = 600, steps: int = 1) -> dict[str, np.ndarray]:
    """Columns as samples.parquet gives them."""
    rng = np.random.default_rng(0)
    total = rng.lognormal(3, 0.4, rows)
    return {
        "step": np.arange(rows) % steps,
        "intended_s": np.arange(rows) * 0.02,
        "total_ms": total,
        "wait_ms": total * 0.1,
        "service_ms": np.where(np.arange(rows) % 50 == 0, np.nan, total * 0.9),
        "cached": np.zeros(rows, dtype=bool),
        "input_tokens": 100 + np.arange(rows) % 40 * 50,
        "failed": np.arange(rows) % 50 == 0,
        "window": np.arange(rows) > 50,
        "stands_for": np.ones(rows, dtype=int),
    }


def test_the_summary_in_full() -> None:
    """Verdict, what was measured, load, goodput, errors, the ladder, warnings; EVALS_UPDATE_SNAPSHOTS=1 keeps it."""
    text = bench_summary(run(), report=Path("reports/b"))
    kept = SNAPSHOTS / "bench.txt"
    if os.environ.get("EVALS_UPDATE_SNAPSHOTS") == "1":
        kept.write_text(text, "utf-8")
    assert text == kept.read_text("utf-8")


def test_pages_and_figures(tmp_path: Path) -> None:
    """report.html, report.md and the figures there is data for; the verdict stands above the first number."""
    written = write_bench(tmp_path, run(), samples(), ["html", "md", "json"])
    names = {str(path.relative_to(tmp_path)) for path in written}
    figures = {f"figures/{name}.svg" for name in ("ecdf", "ladder", "timeline", "tokens")}
    assert names == figures | {"report.html", "report.md", "bench.json"}
    page = (tmp_path / "report.html").read_text("utf-8")
    assert 0 < page.index("INVALID</strong>") < page.index("21.40")
    assert "<script" not in page
    assert page.count("<figure") == 4
    text = (tmp_path / "report.md").read_text("utf-8")
    assert text.index("> [!CAUTION]\n> **INVALID**") < text.index("21.40")
    assert "![Share of requests answered within a time](figures/ecdf.svg)" in text


def test_without_samples_there_are_tables_alone(tmp_path: Path) -> None:
    """A bench whose samples were thrown away can still be drawn again."""
    written = write_bench(tmp_path, run(), None, ["html", "md"])
    assert {path.name for path in written} == {"report.html", "report.md"}


def test_equal_benches_have_equal_figures() -> None:
    """Figures are a function of the samples."""
    assert bench_figures(run(), samples()) == bench_figures(run(), samples())


def test_steps_are_drawn_against_rate_and_quality() -> None:
    """A sweep has no one distribution, but a curve over its steps, and a frontier where answers were scored."""
    quality = {"f1": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 10}}
    steps = [
        {
            **STEP,
            "name": f"rate {rate}",
            "throughput_rps": rate,
            "quality": quality,
            "latency": {**LATENCY, "p50_ms": rate},
        }
        for rate in (10.0, 20.0, 40.0)
    ]
    drawn = bench_figures(run(steps=steps), samples(steps=3))
    assert set(drawn) == {"rate", "frontier"}
    titles = [table.title for table in bench_content(run(steps=steps)).figures]
    assert titles == ["Latency", "Steps", "Quality under load"]


def test_a_search_says_what_it_found() -> None:
    """The rate, the limit, every step; and that there is none where there is none."""
    probe = {"name": "search", "rate": 50.0, "kept": False, "why": "p99 70.1 ms", "reached_ms": 70.1, "requests": 900}
    search = {
        "slo_ms": 60.0,
        "percentile": 0.99,
        "rate": 41.5,
        "capacity_rps": 80.0,
        "probes": [{**probe, "goodput": None}],
    }
    facts = dict(bench_content(run(search=search)).facts)
    assert facts["found"].startswith("41.5 requests a second keep p99 within 60.00 ms; with everything in flight 80.0")
    none = dict(bench_content(run(search={**search, "rate": None})).facts)
    assert none["found"].startswith("no rate keeps p99 within 60.00 ms")
    assert "broken: p99 70.1 ms" in bench_summary(run(search=search), report=Path("b"))


def test_a_verdict_nobody_gave_is_invalid() -> None:
    """run.json is input like any other: what is none of the three words is not shown as one."""
    assert bench_content(run(verdict={"state": 'x" onload="', "reasons": [], "signals": []})).state == "INVALID"


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\u202egnp.exe", "[x](javascript:alert(1))"])
def test_texts_of_others_are_shown_not_run(hostile: str, tmp_path: Path) -> None:
    """Names, classes of error and reasons come from files; nothing of them becomes markup."""
    errors = {**ERRORS, "classes": {hostile: 3}}
    bad = replace(run(errors=errors, measured=hostile), name=hostile, command=hostile)
    write_bench(tmp_path, bad, samples(), ["html", "md"])
    page, text = ((tmp_path / name).read_text("utf-8") for name in ("report.html", "report.md"))
    assert "<script>alert" not in page + text
    assert "\u202e" not in page + text + bench_summary(bad, report=tmp_path)
    assert not re.search(r"\]\(javascript:", text)
