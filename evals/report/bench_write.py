"""Writes the report files of a bench into its folder, each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evals.io import dumps
from evals.report.bench_content import bench_content
from evals.report.bench_figures import TITLES, Columns, bench_figures
from evals.report.bench_html import bench_html
from evals.report.bench_markdown import FIGURES_FOLDER, bench_markdown
from evals.report.export import scores_csv
from evals.report.write import write_texts
from evals.results import Run


def write_bench(folder: Path, run: Run, samples: Columns | None, formats: Sequence[str]) -> tuple[Path, ...]:
    """Writes the formats asked for and gives back the files; `samples` are numbers by column, a row a request."""
    texts: dict[str, str] = {}
    if {"html", "md"} & set(formats):
        drawn = bench_figures(run, samples) if samples is not None else {}
        said = bench_content(run)
        texts = {f"{FIGURES_FOLDER}/{name}.svg": svg for name, svg in drawn.items()}
        if "html" in formats:
            texts["report.html"] = bench_html(said, [(name, TITLES[name], svg) for name, svg in drawn.items()])
        if "md" in formats:
            texts["report.md"] = bench_markdown(said, [(name, TITLES[name]) for name in drawn])
    if "csv" in formats:
        texts["scores.csv"] = scores_csv(run)
    if "json" in formats:
        texts["bench.json"] = dumps({"latency": run.latency, "load": run.load}, indent=2) + "\n"
    return write_texts(folder, texts)
