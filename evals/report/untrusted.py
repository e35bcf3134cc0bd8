"""Makes text that others wrote safe to show: in HTML, Markdown, LaTeX, a spreadsheet and a figure.

Messages, memories, labels and names come from datasets and models. Nothing here hides a character: what could
deceive a reader or a renderer becomes a visible escape.
"""

from __future__ import annotations

import re
import unicodedata

_KEPT = frozenset("\n\t\u200c\u200d")  # the two joiners are part of emoji and of several scripts
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARKDOWN_SPECIAL = re.compile(r"[\\`*\[\]~|#$]|(?<![^\W_])_|_(?![^\W_])|^[-+](?=\s|$)")
_LIST_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_LINKS = re.compile(r"(?i)(\b(?:https?|ftp|javascript|data|mailto|file|vbscript))(:)|(\bwww)(\.)")
_REFERENCES = re.compile(r"(@)(?=\w)|(#)(?=\d)|(\bGH-)(?=\d)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
ZERO_WIDTH_SPACE = "\u200b"

# What TeX would read as an order or join to its neighbour; brackets and stars too, for both may follow a line's end.
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "`": r"\textasciigrave{}"}
_LATEX |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"{\char34}", "−": "$-$"}
_LATEX |= {character: f"\\{character}" for character in "{}$&#%_"} | {
    character: f"{{{character}}}" for character in "[]*-'"
}
_LATEX |= {"⟨": r"$\langle$", "⟩": r"$\rangle$", "\n": " ", "\t": " "}
_SIGNS = {"▲": "uparrow", "▼": "downarrow", "≈": "approx", "≠": "neq", "≤": "leq", "≥": "geq", "→": "rightarrow"}
_LATEX |= {sign: rf"$\{name}$" for sign, name in (_SIGNS | {"✗": "times", "Δ": "Delta"}).items()}
_NOT_IN_LATEX = re.compile(r"[^\x00-\x7fÀ-ÿ“”‘’–—…·×⟨⟩−▲▼≈≠≤≥→✗Δ]+")  # by pdfLaTeX with T1 fonts and no further package


def visible(text: str) -> str:
    """The text with control, bidirectional and other unprintable characters (lone surrogates too) as ⟨U+202E⟩.

    Newlines, tabs, the two joiners and every kind of space stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(map(_visible_character, text))


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of the visible text; one that was cut says how long it was."""
    head = visible(text[:limit])
    if len(text) <= limit and len(head) <= limit:
        return head
    return f"{head[:limit]} … ({len(text):,} characters in all)"


def markdown(text: str) -> str:
    """The text as one inline piece of GitHub flavoured Markdown, shown literally; newlines become <br>.

    A zero-width space stands behind @ and # where GitHub would otherwise notify a person or link an issue: it looks
    for both after Markdown is rendered, so a backslash does not help.
    """
    return without_references(_literal(text))


def markdown_code(text: str) -> str:
    """The same in the typeface of code, fit for a table cell and for copying."""
    return f"<code>{_literal(text)}</code>"


def html_line(text: str) -> str:
    """The text on one line of raw HTML inside Markdown, where a backslash would be shown."""
    line = visible(text).replace("\n", " ").translate(_ENTITIES)
    return without_references(line)


def without_references(text: str) -> str:
    """The text with nobody notified and nothing linked by it, since forges look for @name and #1 by themselves."""
    return _REFERENCES.sub(lambda found: found.group() + ZERO_WIDTH_SPACE, text)


def latex(text: str) -> str:
    """The text for LaTeX on one line: no order, no comment, no ligature.

    What pdfLaTeX has no letters for (Chinese, emoji) is handed to `\\evalsother{text}{code points}`, of which XeLaTeX
    and LuaLaTeX set the first and others the second; `evals.report.latex` defines it.
    """
    shown, parts, done = visible(text), [], 0
    for found in _NOT_IN_LATEX.finditer(shown):
        points = " ".join(f"U+{ord(character):04X}" for character in found[0])
        parts += [_latex_known(shown[done : found.start()]), rf"\evalsother{{{found[0]}}}{{{points}}}"]
        done = found.end()
    return "".join((*parts, _latex_known(shown[done:])))


def csv_cell(text: str) -> str:
    """The text for a spreadsheet: a leading ' keeps it from being run as a formula."""
    shown = visible(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else shown


def language_tag(language: str | None) -> str | None:
    """The language for an HTML lang attribute, None where it is not one (as "mixed")."""
    return language if language and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else None


def _visible_character(character: str) -> str:
    if character.isprintable() or character in _KEPT or unicodedata.category(character) == "Zs":
        return character
    return f"⟨U+{ord(character):04X}⟩"


def _literal(text: str) -> str:
    return "<br>".join(_literal_line(line.replace("\t", " ")) for line in visible(text).strip("\n").split("\n"))


def _literal_line(line: str) -> str:
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\g<0>", line).translate(_ENTITIES)
    escaped = _LIST_NUMBER.sub(r"\1\\\2", escaped)
    return _LINKS.sub(lambda found: "\\".join(part for part in found.groups() if part), escaped)


def _latex_known(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
