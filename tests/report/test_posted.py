"""What may be posted: every summary of ours, whatever memories it shows, and nothing that a stranger adds to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.compare.changes import Change
from evals.errors import DataError
from evals.gate.verdict import Finding, Verdict
from evals.report.gated import SUMMARY_LIMIT, summary
from evals.report.posted import checked_summary

PATH = Path("summary.md")
GOOD = "### ✓ memory-evals: PASS (policy ours)\n\n<code>candidate</code> against <code>file</code>\n"
WORDS = st.text() | st.sampled_from(
    ["[a](https://b.example)", "![](x)", "<img src=x>", "@all", "#1", "www.a.example", "a@b.example", "\\[x](y)", "$x$"]
)


@given(said=WORDS, obstacle=WORDS, note=WORDS, name=st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True))
def test_a_summary_of_ours_may_be_posted(said: str, obstacle: str, note: str, name: str) -> None:
    """Memories, notes and obstacles of any text, shown at length: it is escaped, so that the check is content."""
    finding = Finding(rule=name, state="FAIL", decides=True, reason=said, metric="f1", slice="all")
    verdict = Verdict(
        policy=name, state="FAIL", exit_code=1, tolerates_doubt=True, findings=(finding,), obstacles=(obstacle,)
    )
    change = Change(what="lost", dialogue=said, language="en", kind="fact", better=False, gold=said, base=said)
    text = summary(verdict, [change], [note], events={name: [said]}, shown="dialogue", names=(name, "candidate"))
    assert checked_summary(text, path=PATH).startswith("### ✗ memory-evals: FAIL")


@pytest.mark.parametrize(
    ("added", "why"),
    [
        ("[approved](//evil.example)", "a link or a picture"),
        ("![](//evil.example/pixel.png)", "a link or a picture"),
        (r"\\[approved](//evil.example)", "a link or a picture"),
        ("[a]: //evil.example", "a link or a picture"),
        ("> [!WARNING]\n[a](b)", "a link or a picture"),
        ("<img src=//evil.example>", "HTML"),
        (r"<details>\<img src=//evil.example>", "HTML"),
        ("<code onclick=x>", "HTML"),
        ("<!-- memory-evals:gate -->", "HTML"),
        ("https://evil.example", "an address"),
        ("WWW.evil.example", "an address"),
        ("mail to me@evil.example", "an address"),
        ("\u202eevil", "control or bidirectional characters"),
        ("\x07", "control or bidirectional characters"),
        ("x" * (SUMMARY_LIMIT + 2000), "longer than"),
    ],
)
def test_what_a_stranger_adds_is_refused(added: str, why: str) -> None:
    """One thing that `summary` does not write, and the whole file is not shown."""
    with pytest.raises(DataError, match=why):
        checked_summary(f"{GOOD}\n{added}\n", path=PATH)


def test_another_first_line_is_refused() -> None:
    """It has to say whose verdict it is."""
    for text in ("", "PASS", f"hello\n{GOOD}", GOOD.replace("memory-evals", "another")):
        with pytest.raises(DataError, match="its first line is another"):
            checked_summary(text, path=PATH)


def test_nobody_is_notified() -> None:
    """GitHub looks for @name and #1 by itself; a zero-width space stands behind."""
    assert checked_summary(f"{GOOD}@all see #1", path=PATH) == f"{GOOD}@\u200ball see #\u200b1"
