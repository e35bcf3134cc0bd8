"""A verdict for people: one line a rule with its reason in words, and the worst changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.compare.changes import Change
from evals.gate.never import Event
from evals.gate.plan import RulePlan
from evals.gate.policy import Policy
from evals.gate.selftest import Operating
from evals.gate.verdict import Finding, State, Verdict
from evals.report.comparison import change_title
from evals.report.plain import plain_table
from evals.report.tables import Cell, Column, Table
from evals.report.untrusted import markdown as escaped
from evals.report.untrusted import markdown_code, shortened, visible
from evals.report.wording import DASH, metric_title, number, slice_title

SIGNS: Mapping[State, str] = {"PASS": "✓", "FAIL": "✗", "INCONCLUSIVE": "?"}
SUMMARY_LIMIT = 60_000  # GitHub cuts a comment at 65,536 characters
TEXT_SHOWN = 200
Events = Mapping[str, Sequence[str]]


def finding_table(verdict: Verdict) -> Table:
    """One row a rule: its sign, what it is about, and why."""
    rows = tuple(
        (
            f"{SIGNS[each.state]} {each.state}" + ("" if each.decides else " (warns)"),
            each.rule,
            _about(each),
            each.reason,
        )
        for each in verdict.findings
    )
    columns = tuple(Column(title=title) for title in ("Verdict", "Rule", "On", "Why"))
    return Table(title=f"Policy {verdict.policy}", columns=columns, rows=rows)


def plan_table(plans: Mapping[str, RulePlan]) -> Table:
    """One row a rule: the error of an unchanged run, and how often the rule passes it and fails a worse one."""
    rows = tuple(
        (
            each.rule,
            DASH if each.error is None else f"{each.error:.4f}",
            "repeats" if each.measured else "assumed",
            _share(each.pass_unchanged),
            _share(each.fail_at_drop),
            "decides" if each.may_decide else "fails or warns",
        )
        for each in plans.values()
    )
    columns = (
        Column(title="Rule"),
        Column(title="Error", kind="count"),
        Column(title="from"),
        *(Column(title=title, kind="count") for title in ("P(PASS | unchanged)", "P(FAIL | −5 points)")),
        Column(title=""),
    )
    missed = sum(1 - each.pass_unchanged for each in plans.values() if each.may_decide)
    about = (
        f"An unchanged candidate passes all deciding rules together at least {max(0.0, 1 - missed):.1%} of the time."
    )
    return Table(title="What the rules can tell at this size", columns=columns, rows=rows, about=about)


def self_test_table(measured: Sequence[Operating], policy: Policy) -> Table:
    """One row a kind of run: what it does to the scores, and how often the whole policy passes and fails it."""
    moved = ("F1", "Precision", "HaluMem's F1")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.about,
            *(number(value, signed=True) for value in (each.f1, each.precision, each.halumem_f1)),
            *(number(share) for share in (each.passed, each.inconclusive, each.failed)),
            each.replicates,
        )
        for each in measured
    )
    columns = (
        Column(title="Run"),
        *(Column(title=title, kind="count") for title in (*moved, "PASS", "INCONCLUSIVE", "FAIL", "Replicates")),
    )
    about = "Dialogues resampled by cluster; never-events and latency are left out."
    return Table(title=f"Policy {policy.name} on resampled runs", columns=columns, rows=rows, about=about)


def event_lines(events: Sequence[Event], *, shown: str) -> list[str]:
    """What happened that must not; the users' words only where `shown` is not "none"."""
    lines = []
    for event in events:
        said = "" if shown == "none" else f": {_one_line(event.text)}"
        lines.append(f"{event.dialogue} {event.fid} ({event.kind or 'forbidden'}){said}")
    return lines


def verdict_text(verdict: Verdict, worst: Sequence[Change], notes: Sequence[str], *, events: Events, shown: str) -> str:
    """The verdict for a terminal; the last line is the one that scripts read."""
    parts = [*(f"! {visible(note)}" for note in (*verdict.obstacles, *notes))]
    parts += ["", plain_table(finding_table(verdict))] if verdict.findings else []
    for name, lines in events.items():
        parts += [f"{visible(name)}\n", *(f"  {visible(line)}" for line in lines), ""] if lines else []
    if worst:
        parts.append(
            "Worst changes" + ("; gate.show_text=memories shows what was said" if shown == "none" else "") + "\n"
        )
        parts += [f"  {visible(line)}" for change in worst for line in change_text(change, shown=shown)]
        parts.append("")
    return "\n".join([*parts, verdict.line]) + "\n"


def change_text(change: Change, *, shown: str) -> list[str]:
    """One change in lines; the users' words only where `shown` is not "none"."""
    where = " ".join(part for part in (change.dialogue, change.gid or "") if part)
    stable = {None: "", True: ", in every repeat", False: ", flaky"}[change.stable]
    lines = [f"{change_title(change.what, change.better)}{stable}  {where}"]
    if shown == "none":
        return lines
    texts = (
        ("gold", change.gold),
        ("forbidden", change.forbidden),
        ("base", change.base),
        ("candidate", change.candidate),
    )
    lines += [f"  {name:<9}  {_one_line(text)}" for name, text in texts if text]
    if shown == "dialogue" and change.evidence_text:
        lines.append(f"  evidence   {_one_line(change.evidence_text)}")
    return lines


def summary(
    verdict: Verdict,
    worst: Sequence[Change],
    notes: Sequence[str],
    *,
    events: Events,
    shown: str,
    names: tuple[str, str],
) -> str:
    """The verdict as Markdown for a pull request, short enough for a comment; `names` are baseline and candidate."""
    sign = SIGNS[verdict.state]
    blocks = [
        f"### {sign} memory-evals: {verdict.state} (policy {escaped(verdict.policy)})",
        f"{markdown_code(names[1])} against {markdown_code(names[0])}",
    ]
    blocks += (
        ["> [!WARNING]\n" + "\n".join(f"> {escaped(line)}" for line in verdict.obstacles)] if verdict.obstacles else []
    )
    blocks += ["\n".join(f"- {escaped(note)}" for note in notes)] if notes else []
    rows = [f"| {' | '.join(escaped(str(cell)) for cell in row)} |" for row in finding_table(verdict).rows]
    blocks += ["\n".join(["| Verdict | Rule | On | Why |", "|:--|:--|:--|:--|", *rows])] if rows else []
    happened = [f"- {escaped(name)}: {escaped(line)}" for name, lines in events.items() for line in lines]
    blocks += ["**Must never happen**\n\n" + "\n".join(happened)] if happened else []
    changed = ["<br>".join(escaped(line.strip()) for line in change_text(change, shown=shown)) for change in worst]
    if changed:
        inside = "\n".join(f"- {line}" for line in changed)
        blocks.append(f"<details><summary>Worst changes</summary>\n\n{inside}\n\n</details>")
    blocks.append(f"`{verdict.line}`")
    return _fitting(blocks)


def _fitting(blocks: list[str]) -> str:
    """The blocks with the longest taken out until they fit; the first and the last stay."""
    left_out = 0
    while len("\n\n".join(blocks)) > SUMMARY_LIMIT and len(blocks) > 2:
        longest = max(range(1, len(blocks) - 1), key=lambda at: len(blocks[at]))
        del blocks[longest]
        left_out += 1
    if left_out:
        blocks.insert(-1, f"*{left_out} part(s) left out: too long for a comment.*")
    return "\n\n".join(blocks) + "\n"


def _about(finding: Finding) -> str:
    if finding.metric is None:
        return DASH
    name = metric_title(finding.metric)
    return name if finding.slice in (None, "all") else f"{name}, {slice_title(finding.slice)}"


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"


def _one_line(text: str) -> str:
    return shortened(text, TEXT_SHOWN).replace("\n", " ")
