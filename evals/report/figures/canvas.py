"""The paper every figure is drawn on: our own settings, colours that colour-blind eyes tell apart, margins, files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evals.report.tally import Tally
from evals.report.untrusted import visible
from evals.report.wording import has_open_items
from evals.results import Run, Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, LINE, PAPER = "#1c2024", "#626a73", "#d9dce1", "#fffffe"
# Okabe and Ito's palette, which stays apart for colour-blind eyes; every colour has a marker of its own beside it.
COLOURS = ("#0072b2", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#e69f00", "#4d5358")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
SYSTEMS_SHOWN = len(COLOURS)
WIDTH = 5.4  # inches: wide enough to read on a desk, narrow enough for a telephone

_CSS_COLOURS = {INK: "var(--ink)", MUTED: "var(--muted)", LINE: "var(--line)", PAPER: "none"}
_FONTS: tuple[str, ...] = (
    "DejaVu Sans",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
)
_FONTS += ("PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "Arial Unicode MS")
_WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A run and what became of its memories: what a figure is drawn from."""

    run: Run
    tally: Tally


@contextmanager
def settings() -> Iterator[None]:
    """Our own settings, whatever a user's matplotlibrc says."""
    import matplotlib as mpl
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "svg.fonttype": "none",  # text stays text: small, selectable, drawn in the reader's font
                "svg.hashsalt": "memory-evals",
                "font.family": [name for name in _FONTS if name in installed],
                "font.size": 10,
                "text.parse_math": False,
                "hatch.linewidth": 0.6,
            }
        )
        yield


def label(text: str, *, limit: int = 28) -> str:
    """A name for an axis: on one line, hidden characters spelled out, at most `limit` columns (Chinese takes two)."""
    line = " ".join(visible(text).split())
    if columns(line) <= limit:
        return line
    while columns(line) > limit - 3:
        line = line[:-1]
    return f"{line}..."


def columns(text: str) -> int:
    """How wide a text is, in Latin letters."""
    return len(text) + len(_WIDE.findall(text))


def svg(figure: Figure, name: str) -> str:
    """The figure as SVG: equal figures give equal texts, and ids are unique among figures of other names."""
    buffer = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with _no_word_of_missing_glyphs():  # the reader's fonts draw the text, not ours
        figure.savefig(buffer, format="svg", metadata=metadata)
    text = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", buffer.getvalue())  # never referred to, not unique in a page
    text = re.sub(r'(id="|#)([mph][0-9a-f]{10})\b', rf"\1{name}-\2", text)  # these are: markers, clips, hatches
    return re.sub(r"[ \t]+$", "", text, flags=re.M)


def picture(figure: Figure, format: Literal["png", "pdf"]) -> bytes:
    """The figure as PNG of 200 dots per inch or as PDF; letters that no font here has become question marks."""
    _replace_missing_glyphs(figure)
    metadata = {"png": {"Software": None}, "pdf": {"Creator": None, "Producer": None, "CreationDate": None}}[format]
    buffer = io.BytesIO()
    figure.savefig(buffer, format=format, dpi=200, metadata=metadata)
    return buffer.getvalue()


def inline(drawn: str) -> str:
    """An SVG of ours to stand inside an HTML page: no prologue, colours that follow the page's theme."""
    body = drawn[drawn.index("<svg") :]
    for colour, replacement in _CSS_COLOURS.items():
        body = body.replace(colour, replacement)
    return body.replace("<svg ", '<svg aria-hidden="true" ', 1)


def rows(names: Sequence[str], *, row_height: float, legend_rows: int = 1) -> tuple[Figure, Axes]:
    """An empty chart with one named row each, from 0 to 1, margins in inches so that no layout engine is needed."""
    left = 0.24 + 0.082 * max(map(columns, names))
    figure, axes = plain(height=row_height * len(names), left=left, legend_rows=legend_rows)
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"], color=MUTED)
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    return figure, axes


def plain(*, height: float, left: float = 0.62, legend_rows: int = 1, bottom: float = 0.52) -> tuple[Figure, Axes]:
    """An empty chart of `height` inches between margins that hold a legend above and a label below."""
    from matplotlib.figure import Figure

    top = 0.16 + 0.24 * legend_rows
    whole = top + bottom + height
    figure = Figure(figsize=(WIDTH, whole), facecolor=PAPER)
    axes = figure.add_axes((left / WIDTH, bottom / whole, 1 - (left + 0.2) / WIDTH, height / whole))
    dress(axes)
    return figure, axes


def dress(axes: Axes) -> None:
    """No frame, no ticks, a grid behind what is drawn."""
    axes.set_facecolor("none")
    axes.tick_params(length=0, pad=6, labelcolor=MUTED, which="both")
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)


def time_axis(axes: Axes, times_ms: Sequence[float]) -> None:
    """A logarithmic axis of milliseconds with plain numbers, from under the shortest time to over the longest."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.set_xlim(min(times_ms) / 1.6, max(times_ms) * 1.6)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0) if max(times_ms) < 300 * min(times_ms) else (1.0,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(color=LINE, linewidth=0.8)


def dots(axes: Axes, marks: Sequence[tuple[float, Score | None]], *, colour: str, marker: str, label: str) -> None:
    """A mark a value, its interval as a line, and what unjudged items could make of it as a pale band."""
    shown = [(y, score) for y, score in marks if score is not None and score.value is not None]
    for y, score in shown:
        if has_open_items(score):
            low, high = score.bound_low or 0.0, score.bound_high or 0.0
            axes.hlines(y, low, high, color=colour, linewidth=7, alpha=0.18, zorder=2)
        if score.low is not None and score.high is not None:
            axes.hlines(y, score.low, score.high, color=colour, linewidth=1.6, zorder=3)
    values = [score.value for _, score in shown if score.value is not None]
    heights = [y for y, _ in shown]
    points(axes, values, heights, colour=colour, marker=marker, label=label)


def points(
    axes: Axes, xs: Sequence[float], ys: Sequence[float], *, colour: str, marker: str, label: str, size: float = 6
) -> None:
    """Marks without a line between them, in front of everything; "_none" keeps them out of the legend."""
    axes.plot(
        xs,
        ys,
        linestyle="none",
        marker=marker,
        markersize=size,
        color=colour,
        markeredgecolor=PAPER,
        label=label,
        clip_on=False,
        zorder=4,
    )


def legend(figure: Figure, axes: Axes, *, columns: int, last: str = "") -> None:
    """The legend above the chart; the entry named `last` comes after all others."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: labels[place] == last)
    figure.legend(
        [handles[place] for place in order],
        [labels[place] for place in order],
        loc="upper left",
        bbox_to_anchor=(0.01, 1.0),
        ncols=columns,
        frameon=False,
        labelcolor=INK,
        fontsize=9,
        handlelength=1.1,
        handletextpad=0.5,
        columnspacing=1.3,
        borderaxespad=0.3,
    )


@contextmanager
def _no_word_of_missing_glyphs() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def _replace_missing_glyphs(figure: Figure) -> None:
    from matplotlib.font_manager import findfont, get_font
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        shown = text.get_text()
        if not shown.isascii():
            fonts = [get_font(findfont(family)) for family in text.get_fontfamily()]
            has = {character: any(font.get_char_index(ord(character)) for font in fonts) for character in shown}
            text.set_text("".join(character if has[character] else "?" for character in shown))
