"""Figures are deterministic, hold text of others as text, and leave matplotlib's settings alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from evals.cli import main
from evals.report.figures import FIGURES, figure_file, figures
from evals.report.figures.canvas import Shown, columns, inline, label
from evals.report.figures.heatmap import heatmap
from evals.report.figures.outcomes import STATE_COLOURS
from evals.report.figures.trend import joints
from evals.report.tally import tally
from evals.results import Run, Score

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def shown(made_up: Any) -> Shown:
    """The made-up run and what became of its memories."""
    return Shown(run=made_up.run, tally=tally(made_up.outcomes))


def several(shown: Shown, count: int = 3) -> list[Shown]:
    """The run under several names, one a day."""
    return [
        replace(shown, run=replace(shown.run, name=f"run-{place} 运行", created=f"2025-03-0{place + 1}T00:00:00Z"))
        for place in range(count)
    ]


def texts(svg: str) -> list[str]:
    """Every text of a figure."""
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_drawing_twice_gives_the_same_bytes(shown: Shown) -> None:
    """No date, no random id: equal runs give equal files, in every format."""
    assert figures(shown) == figures(shown)
    for ending in ("png", "svg", "pdf"):
        assert figure_file([shown], "forest", ending) == figure_file([shown], "forest", ending)


def test_text_of_others_is_text(shown: Shown) -> None:
    """Chinese labels stay Chinese; dollar signs are no maths, hidden characters are spelled out."""
    hostile = tuple(
        Score(metric="f1", slice=f"label={name}", value=0.1) for name in ("家庭", "$x^$", "<script>", "\u202e")
    )
    drawn = figures(replace(shown, run=replace(shown.run, scores=shown.run.scores + hostile)))
    assert set(drawn) == {"forest", "precision-recall", "outcomes", "labels", "latency"}
    for svg in drawn.values():
        assert "<date>" not in svg
        assert "<script" not in svg
    assert {"家庭 (0)", "$x^$ (0)", "<script> (0)", "⟨U+202E⟩ (0)"} <= set(texts(drawn["labels"]))


@pytest.mark.parametrize("name", sorted(FIGURES))
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_every_figure_over_several_runs(name: str, ending: str, shown: Shown) -> None:
    """Each can be had alone in each format, over runs with Chinese names, and is a file of that format."""
    timed = replace(shown.tally, latencies_ms=tuple(float(1 + place) for place in range(250)))
    runs = [replace(each, tally=timed) for each in several(shown)]
    drawn = figure_file(runs, name, ending)
    assert drawn is not None
    assert drawn.startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[ending])


def test_a_joint_where_the_ruler_changed(shown: Shown) -> None:
    """Another gold or matcher cuts the line and is named; another system does not."""
    old = {"in": "a", "gold": "g", "match": "m", "extractor": "x"}
    new = {**old, "gold": "h", "match": "n"}
    identities = (old, new, {**new, "extractor": "y"})
    runs = [replace(each.run, identity=identity) for each, identity in zip(several(shown), identities, strict=True)]
    assert list(joints(runs)) == [(1, ("gold", "match"))]
    drawn = figure_file([replace(shown, run=run) for run in runs], "trend", "svg")
    assert drawn is not None
    assert "gold, match" in texts(drawn.decode())


def test_a_trend_needs_two_runs(shown: Shown) -> None:
    """One run is no trend."""
    assert figure_file([shown], "trend", "svg") is None


def test_the_heat_map_hatches_what_is_not_defined(shown: Shown) -> None:
    """A label without a value has no number, never a 0."""
    name = "label=empty"
    scores = tuple(replace(s, value=None) if s.slice == name and s.metric == "f1" else s for s in shown.run.scores)
    drawn = figure_file([replace(shown, run=replace(shown.run, scores=scores))], "heatmap", "svg")
    whole = figure_file([shown], "heatmap", "svg")
    assert drawn is not None
    assert whole is not None
    numbers = [sum(text.replace(".", "").isdigit() for text in texts(svg.decode())) for svg in (drawn, whole)]
    assert numbers[0] == numbers[1] - 1
    assert heatmap([replace(shown, run=replace(shown.run, scores=()))]) is None


def test_states_have_colours_of_their_own() -> None:
    """No two outcomes of one side share a colour."""
    for side in ({"found", "wrong_value"}, {"correct", "value_error"}):
        colours = Counter(colour for state, colour in STATE_COLOURS.items() if state not in side)
        assert max(colours.values()) == 1


@pytest.mark.parametrize(
    ("text", "shown"), [("家庭" * 20, "家庭家庭家庭家庭家庭家庭..."), ("a\nb", "a b"), ("x" * 28, "x" * 28)]
)
def test_labels_fit_their_margin(text: str, shown: str) -> None:
    """On one line, at most 28 columns, of which a Chinese character takes two."""
    assert label(text) == shown
    assert columns(label(text)) <= 28


def test_several_runs_from_the_command_line(shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run's figure lies beside it, several runs' one beside them all; another format is refused."""
    words = ["dataset.limit=8", "controls=[]", "report.formats=[]", "--out", str(tmp_path)]
    for name in ("a", "b"):
        assert main(["run", *words, "--name", name]) == 0
    capsys.readouterr()
    assert main(["report", "a", "--figure", "forest", "--format", "svg", "--out", str(tmp_path)]) == 0
    assert main(["report", "a", "b", "--figure", "trend", "--format", "pdf,png", "--out", str(tmp_path)]) == 0
    written = capsys.readouterr().out.splitlines()
    names = [Path(line).relative_to(tmp_path).as_posix() for line in written]
    assert names == ["a/figures/forest.svg", "figures/trend.pdf", "figures/trend.png"]
    assert main(["report", "a", "--figure", "forest", "--format", "gif", "--out", str(tmp_path)]) == 2
    assert "no figure format 'gif'; there are png, svg, pdf" in capsys.readouterr().err


def test_ids_are_unique_over_all_figures(shown: Shown) -> None:
    """Inlined into one page, no figure refers to a part of another."""
    ids = [
        element.get("id")
        for svg in figures(shown).values()
        for element in ET.fromstring(svg).iter()
        if element.get("id") is not None
    ]
    assert len(ids) == len(set(ids))


def test_inline_figures_follow_the_theme(shown: Shown) -> None:
    """Inside a page text takes the page's colour; as a file it has its own."""
    svg = figures(shown)["forest"]
    assert "var(--ink)" not in svg
    page = inline(svg)
    assert page.startswith('<svg aria-hidden="true" ')
    assert "var(--ink)" in page
    assert "#1c2024" not in page


def test_settings_of_others_are_left_alone(shown: Shown) -> None:
    """Drawing neither obeys nor changes matplotlib's global settings."""
    plain = figures(shown)
    with mpl.rc_context({"font.size": 33, "axes.grid": True}):
        assert figures(shown) == plain
        assert mpl.rcParams["font.size"] == 33


def test_nothing_to_draw_draws_nothing(shown: Shown) -> None:
    """An empty run has no figures rather than empty ones."""
    empty: Run = replace(shown.run, scores=(), controls=None, latency={})
    assert figures(Shown(run=empty, tally=tally(()))) == {}
    assert all(figure_file([Shown(run=empty, tally=tally(()))], name, "svg") is None for name in FIGURES)
