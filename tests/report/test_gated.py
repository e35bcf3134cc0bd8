"""A verdict as text, Markdown and JUnit: whole outputs, hostile words, and the schema CI systems read."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from evals.compare.changes import Change
from evals.gate.verdict import Finding, Verdict, decide
from evals.report.gated import summary, verdict_text
from evals.report.junit import junit

HERE = Path(__file__).parent
HOSTILE = "]]> <b>&amp;</b> | `x` **y** =cmd() \x00 \ud800 \u202e $a$ \\input{x} @someone"
FINDINGS = (
    Finding(
        rule="f1",
        state="FAIL",
        decides=True,
        reason="worse by more than the margin: -0.102, one-sided 95% bounds [-0.122, -0.083], margin 0.03",
        metric="f1",
        slice="all",
        value=-0.102,
    ),
    Finding(
        rule="recall", state="INCONCLUSIVE", decides=True, reason="cannot be told", metric="recall", slice="kind=fact"
    ),
    Finding(rule="p95", state="FAIL", decides=False, reason="1.4 ×", metric="p95_ms"),
    Finding(rule="secrets", state="PASS", decides=True, reason="no new forbidden memories in 60 dialogues"),
    Finding(rule=HOSTILE, state="FAIL", decides=True, reason=HOSTILE),
)
CHANGE = Change(
    dialogue="d1",
    language="en",
    kind="fact",
    what="value_error",
    better=False,
    gid="g1",
    gold="The user runs 5 km.",
    base="The user runs 5 km.",
    candidate=HOSTILE,
    evidence_text="I run 5 km",
)
EVENTS = {"secrets": ["d1 x1 (do_not_store)"]}


def verdict(*findings: Finding, policy: str = "pull_request", obstacles: tuple[str, ...] = ()) -> Verdict:
    tolerates = "warn" if policy == "pull_request" else "fail"
    return decide(policy, findings or FINDINGS, inconclusive=tolerates, obstacles=obstacles)  # type: ignore[arg-type]


@pytest.mark.parametrize("policy", ["pull_request", "release"])
def test_junit_is_what_ci_systems_read(policy: str) -> None:
    """Valid by the schema, and the counts of the suite are those of its cases."""
    schema = xmlschema.XMLSchema(HERE / "junit.xsd")
    for obstacles in ((), ("could not measure: 3 of 60", HOSTILE)):
        text = junit(verdict(policy=policy, obstacles=obstacles), candidate=HOSTILE, events=EVENTS)
        schema.validate(text)
        suite = ElementTree.fromstring(text)[0]
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert suite.get(name) == str(len(suite.findall(f"testcase/{kind}")))
        assert suite.get("tests") == str(len(FINDINGS) + len(obstacles))


def test_junit_says_what_holds_up_and_what_warns() -> None:
    """FAIL is a failure, doubt is skipped on pull requests and an error on releases, a warning is skipped."""
    kinds = {}
    for policy in ("pull_request", "release"):
        suite = ElementTree.fromstring(junit(verdict(policy=policy), candidate="c"))[0]
        kinds[policy] = [case[0].tag if len(case) else "passed" for case in suite]
    assert kinds["pull_request"] == ["failure", "skipped", "skipped", "passed", "failure"]
    assert kinds["release"] == ["failure", "error", "skipped", "passed", "failure"]


def test_hostile_words_stay_words() -> None:
    """What closes CDATA, markup, control characters and lone surrogates come out as they read."""
    text = junit(verdict(), candidate=HOSTILE)
    said = ElementTree.fromstring(text)[0][4][0].get("message")
    assert said is not None
    assert "]]> <b>&amp;</b>" in said
    assert "⟨U+0000⟩" in said
    assert "⟨U+D800⟩" in said
    text.encode("utf-8")


def test_a_verdict_in_the_terminal() -> None:
    """Whole output: the table, what must never happen, the worst change without its words, the last line."""
    text = verdict_text(verdict(*FINDINGS[:4]), [CHANGE], ["30 dialogues paired"], events=EVENTS, shown="none")
    assert text == (HERE / "snapshots" / "verdict.txt").read_text("utf-8")


def test_a_verdict_for_a_pull_request() -> None:
    """Whole output, with memories shown: escaped, and nobody notified."""
    text = summary(
        verdict(obstacles=("could not measure: 3 of 60",)),
        [CHANGE],
        ["30 dialogues paired"],
        events=EVENTS,
        shown="memories",
        names=("base", "candidate"),
    )
    assert text == (HERE / "snapshots" / "verdict.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("shown", "seen"), [("none", ()), ("memories", ("runs 5 km",)), ("dialogue", ("runs 5 km", "I run 5 km"))]
)
def test_users_words_are_shown_only_where_asked(shown: str, seen: tuple[str, ...]) -> None:
    """Neither in the summary nor in the terminal."""
    texts = [
        summary(verdict(), [CHANGE], [], events={}, shown=shown, names=("a", "b")),
        verdict_text(verdict(), [CHANGE], [], events={}, shown=shown),
    ]
    for text in texts:
        for words in ("runs 5 km", "I run 5 km"):
            assert (words in text) is (words in seen)


def test_a_summary_fits_a_comment() -> None:
    """A thousand long changes: parts are left out and said to be, the verdict stays."""
    many = [CHANGE] * 1000
    text = summary(verdict(), many, [], events={"secrets": ["x" * 500] * 500}, shown="dialogue", names=("a", "b"))
    assert len(text) < 65_536
    assert "left out: too long for a comment" in text
    assert text.rstrip().endswith("`verdict: FAIL (exit 1)`")
