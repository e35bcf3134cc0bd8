"""A verdict as JUnit XML, which CI systems show as tests: one case a rule, one a never-event.

Written with the standard library's ElementTree, which escapes; characters XML 1.0 cannot hold become visible escapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from evals.gate.verdict import Finding, Verdict
from evals.report.untrusted import visible

# Outside XML 1.0's Char production (https://www.w3.org/TR/xml/#charsets).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(verdict: Verdict, *, candidate: str, events: Mapping[str, Sequence[str]] | None = None) -> str:
    """One suite: a failure where a deciding rule fails, an error where nothing could be measured, skipped where a rule
    only warns or could not tell and the policy lets that pass. `events` are lines of what happened, by rule."""
    cases = [_case(each, verdict, (events or {}).get(each.rule, ())) for each in verdict.findings]
    cases += [_obstacle(line, place) for place, line in enumerate(verdict.obstacles, start=1)]
    suite = ElementTree.Element(
        "testsuite",
        name=_text(f"memory-evals {verdict.policy}: {candidate}"),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time="0",
    )
    suite.extend(cases)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(finding: Finding, verdict: Verdict, events: Sequence[str]) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=_text(f"gate.{verdict.policy}"), name=_text(finding.rule), time="0"
    )
    if finding.state == "PASS":
        return case
    held_up = finding.decides and (finding.state == "FAIL" or not verdict.tolerates_doubt)
    kind = "skipped" if not held_up else "failure" if finding.state == "FAIL" else "error"
    said = ElementTree.SubElement(case, kind, message=_text(f"{finding.state}: {finding.reason}"))
    if kind != "skipped":
        said.set("type", finding.state)
        said.text = _text("\n".join((finding.reason, *events)))
    return case


def _obstacle(line: str, place: int) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname="gate.measurement", name=f"could be measured ({place})", time="0")
    ElementTree.SubElement(case, "error", message=_text(line), type="INCONCLUSIVE").text = _text(line)
    return case


def _text(text: str) -> str:
    return _NO_XML.sub("�", visible(text))
