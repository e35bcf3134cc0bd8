"""Figures are deterministic, plain ASCII and leave matplotlib's settings alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib as mpl

from evals.report.figures import figures, inline, png
from evals.report.tally import tally
from evals.types import Score


def test_drawing_twice_gives_the_same_bytes(made_up) -> None:  # type: ignore[no-untyped-def]
    """No date, no random id: equal runs give equal files."""
    counted = tally(made_up.outcomes)
    assert figures(made_up.run, counted) == figures(made_up.run, counted)


def test_figures_are_wellformed_ascii(made_up) -> None:  # type: ignore[no-untyped-def]
    """Chinese labels and dollar signs need no glyph and no maths."""
    hostile = tuple(
        Score(metric="f1", slice=f"label={label}", value=0.1) for label in ("家庭", "$x^$", "<script>", "\u202e")
    )
    run = replace(made_up.run, scores=made_up.run.scores + hostile)
    drawn = figures(run, tally(made_up.outcomes))
    assert set(drawn) == {"scores", "states", "labels"}
    for svg in drawn.values():
        assert svg.isascii()
        assert "<date>" not in svg
        ET.fromstring(svg)
    assert "&lt;script&gt; (0)" in drawn["labels"]


def test_ids_are_unique_over_all_figures(made_up) -> None:  # type: ignore[no-untyped-def]
    """Inlined into one page, no figure refers to a part of another."""
    drawn = figures(made_up.run, tally(made_up.outcomes))
    ids = [
        element.get("id")
        for svg in drawn.values()
        for element in ET.fromstring(svg).iter()
        if element.get("id") is not None
    ]
    assert len(ids) == len(set(ids))


def test_inline_figures_follow_the_theme(made_up) -> None:  # type: ignore[no-untyped-def]
    """Inside a page text takes the page's colour; as a file it has its own."""
    svg = figures(made_up.run, tally(made_up.outcomes))["scores"]
    assert "var(--ink)" not in svg
    page = inline(svg)
    assert page.startswith('<svg aria-hidden="true" ')
    assert "var(--ink)" in page
    assert "#1c2024" not in page


def test_settings_of_others_are_left_alone(made_up) -> None:  # type: ignore[no-untyped-def]
    """Drawing neither obeys nor changes matplotlib's global settings."""
    counted = tally(made_up.outcomes)
    plain = figures(made_up.run, counted)
    with mpl.rc_context({"font.size": 33, "axes.grid": True}):
        assert figures(made_up.run, counted) == plain
        assert mpl.rcParams["font.size"] == 33


def test_nothing_to_draw_draws_nothing(made_up) -> None:  # type: ignore[no-untyped-def]
    """An empty run has no figures rather than empty ones."""
    assert figures(replace(made_up.run, scores=(), controls=None), tally(())) == {}


def test_png_is_a_picture(made_up) -> None:  # type: ignore[no-untyped-def]
    """The same figure can be had as PNG."""
    picture = png(made_up.run, tally(made_up.outcomes), "scores")
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
