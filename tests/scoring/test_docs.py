"""The metric reference and the metrics name the same things."""

from __future__ import annotations

import re
from pathlib import Path

from evals.scoring.metrics import METRICS

REFERENCE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_reference_documents_every_metric_once_and_no_other() -> None:
    """The first cells of the tables in docs/metrics.md are exactly the names in METRICS."""
    documented = re.findall(r"^\| `(\w+)` \|", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(documented) == sorted(METRICS)


def test_reference_names_the_gold_each_metric_needs() -> None:
    """The last cell of a metric's row starts with the coverage its formula asks for."""
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    needs = {name: cell.split()[0] for name, cell in rows}
    expected = {name: metric.needs or needs[name] for name, metric in METRICS.items()}
    assert needs == expected
    assert all(needs[name] in ("–", "forbidden") for name, metric in METRICS.items() if metric.needs is None)


def test_every_metric_says_what_it_is_in_one_line() -> None:
    """`about` is a sentence, and the key of the registry is the name."""
    for name, metric in METRICS.items():
        assert metric.name == name
        assert "\n" not in metric.about
        assert metric.about.endswith(".")
