"""`evals gate` and `evals bless` from the command line: verdicts, exit codes, what CI systems get, and baselines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.commands.test_compare import HOSTILE, worse
from tests.commands.two_runs import answers, dialogues
from tests.gate.test_policy import shipped

Cli = Callable[..., Any]
Gate = Callable[..., Any]


@pytest.fixture
def gate(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Makes a run from recorded answers and gates it, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    dialogues(tmp_path / "D.jsonl")

    def run(name: str, change: Any = None, *words: str, repeats: int = 1) -> None:
        answers(tmp_path / f"{name}.jsonl", change, repeats=repeats)
        done = cli(
            *("run", "dataset=file", "dataset.path=D.jsonl", "extractor=recorded", f"extractor.path={name}.jsonl"),
            *("extractor.version=v1", f"repeats={repeats}", "controls=[]", "report.formats=[]"),
            *("runner.max_error_rate=1", "--name", name, *words),
        )
        assert done.code == 0, done.err

    def gated(name: str, *words: str) -> Any:
        return cli("gate", name, *words)

    gated.run = run  # type: ignore[attr-defined]
    return gated


def last(done: Any) -> str:
    return done.out.splitlines()[-1]


def test_an_unchanged_candidate_passes(gate: Gate) -> None:
    """Both shipped policies; the last line is the one scripts read."""
    gate.run("base")
    gate.run("cand")
    for policy in ("pull_request", "release"):
        done = gate("cand", "--baseline", "base", f"gate={policy}")
        assert (done.code, last(done)) == (0, "verdict: PASS (exit 0)"), done.out


def test_a_worse_candidate_fails(gate: Gate) -> None:
    """Exit 1, the rule that fails, the secret that came out, and the worst changes; no word of the users."""
    gate.run("base")
    gate.run("cand", worse)
    done = gate("cand", "--baseline", "base")
    assert (done.code, last(done)) == (1, "verdict: FAIL (exit 1)")
    assert "✗ FAIL" in done.out
    assert "1 new forbidden memories (do_not_store): d20 x1" in done.out
    assert "4711" not in done.out
    assert "Lyon" not in done.out
    assert "Lyon" in gate("cand", "--baseline", "base", "gate.show_text=memories").out


def test_an_outage_could_not_be_measured(gate: Gate) -> None:
    """A quarter of the calls timed out: exit 3, in either policy, and never "worse"."""
    gate.run("base")
    gate.run("cand", lambda number, said: "TimedOut" if number % 4 == 0 else said)
    for policy in ("pull_request", "release"):
        done = gate("cand", "--baseline", "base", f"gate={policy}")
        assert (done.code, last(done)) == (3, "verdict: INCONCLUSIVE (exit 3)")
        assert "could not measure: 15 of 60 extractions failed for reasons that are not the model's" in done.out


def test_replies_nobody_can_read_are_the_models_fault(gate: Gate) -> None:
    """The same share of unreadable replies fails."""
    gate.run("base")
    gate.run("cand", lambda number, said: "UnreadableReply" if number % 4 == 0 else said)
    assert gate("cand", "--baseline", "base").code == 1


def test_what_cannot_be_told_warns_or_holds_up(gate: Gate) -> None:
    """Exit 0 on a pull request, 3 on a release."""
    gate.run("base")
    gate.run("cand", lambda number, said: said[:-1] if number in (3, 40) else said)
    rule = "gate.rules.f1.margin=0.012"
    done = gate("cand", "--baseline", "base", rule)
    assert (done.code, last(done)) == (0, "verdict: INCONCLUSIVE (exit 0)"), done.out
    done = gate("cand", "--baseline", "base", rule, "gate=release")
    assert (done.code, last(done)) == (3, "verdict: INCONCLUSIVE (exit 3)")


def test_unlike_incomplete_and_unpinned_never_pass(gate: Gate) -> None:
    """Exit 3 with the field, the status and the remedy."""
    from evals.runs import RunFolder

    gate.run("base")
    gate.run("facts", None, "extraction_types=[memory]")
    done = gate("facts", "--baseline", "base")
    assert (done.code, "extraction_types: memory, preference → memory" in done.out) == (3, True)
    gate.run("loose", None, "extractor.version=null")
    RunFolder(Path("reports/loose")).mark("interrupted")
    done = gate("loose", "--baseline", "base")
    assert (done.code, "this run is interrupted" in done.out) == (3, True)


def test_a_forgotten_baseline_does_not_stay_green(gate: Gate) -> None:
    """Exit 3 in either policy, saying how to make one; rules without a margin need none."""
    gate.run("cand")
    for policy in ("pull_request", "release"):
        done = gate("cand", f"gate={policy}")
        assert (done.code, last(done)) == (3, "verdict: INCONCLUSIVE (exit 3)")
        assert "`evals bless RUN` makes one" in done.out
    policy = {**shipped(), "name": "absolute", "rules": {"f1": {"metric": "f1", "min": 0.5}}, "latency": {}}
    Path("conf/gate").mkdir(parents=True)
    Path("conf/gate/absolute.yaml").write_text(json.dumps(policy), "utf-8")
    done = gate("cand", "gate=absolute", "--config-dir", "conf")
    assert (done.code, last(done)) == (0, "verdict: PASS (exit 0)"), done.out


def test_junit_has_a_case_a_rule(gate: Gate) -> None:
    """Failures, errors and skips add up; a memory that closes CDATA and holds control characters stays text."""
    gate.run("base")
    gate.run("cand", lambda number, said: [*worse(number, said), f"{HOSTILE} 4711 \x00"])
    gate("cand", "--baseline", "base", "--junit", "gate.xml", "gate.show_text=memories")
    suite = ElementTree.parse("gate.xml").getroot()[0]
    cases = suite.findall("testcase")
    kinds = {kind: sum(case.find(kind) is not None for case in cases) for kind in ("failure", "error", "skipped")}
    assert {"failure": suite.get("failures"), "error": suite.get("errors"), "skipped": suite.get("skipped")} == {
        kind: str(count) for kind, count in kinds.items()
    }
    assert suite.get("tests") == str(len(cases))
    names = [case.get("name") for case in cases]
    assert {"f1", "precision", "secrets", "planted", "p95"} <= set(names)
    (secrets,) = (case for case in cases if case.get("name") == "secrets")
    assert "<script>" in (secrets[0].text or "")


def test_the_summary_is_for_everybody(gate: Gate) -> None:
    """Markdown that shows no memory unless asked, escapes it when asked, and fits a comment."""
    gate.run("base")
    gate.run("cand", lambda number, said: [*worse(number, said), f"{HOSTILE} {number}"])
    gate("cand", "--baseline", "base", "--summary", "s.md")
    said = Path("s.md").read_text("utf-8")
    assert said.startswith("### ✗ memory-evals: FAIL (policy pull\\_request)") or "FAIL (policy pull" in said
    assert "Lyon" not in said
    assert "alert" not in said
    gate("cand", "--baseline", "base", "--summary", "s.md", "gate.show_text=memories")
    said = Path("s.md").read_text("utf-8")
    assert "alert" in said
    assert "<script" not in said
    assert len(said) < 65_536
    assert said.rstrip().endswith("`verdict: FAIL (exit 1)`")


def test_json_for_machines(gate: Gate) -> None:
    """Every finding with its numbers; unknown ends are null; no memory, whatever is shown to people."""
    gate.run("base")
    gate.run("cand", worse)
    told = json.loads(gate("cand", "--baseline", "base", "--json", "gate.show_text=memories").out)
    assert (told["verdict"], told["exit_code"]) == ("FAIL", 1)
    (f1,) = (each for each in told["findings"] if each["rule"] == "f1")
    assert (f1["state"], f1["limit"], f1["decides"]) == ("FAIL", 0.03, True)
    assert "Lyon" not in json.dumps(told)


def test_blessing_makes_the_default_baseline(gate: Gate, cli: Cli) -> None:
    """Kept with who, when and why; the gate finds it by dataset; history stays when another one follows."""
    gate.run("base")
    done = cli("bless", "base", "--reason", "first", "--by", "release team")
    assert done.code == 0, done.err
    folder = Path("baselines/D") if Path("baselines/D").exists() else next(Path("baselines").iterdir())
    about = json.loads((folder / "blessed.json").read_text("utf-8"))
    assert (about["run"], about["by"], about["reason"], about["repeats"]) == ("base", "release team", "first", 1)
    assert not (folder / "dialogues.jsonl.gz").exists()
    gate.run("cand", worse)
    done = gate("cand")
    assert (done.code, f"cand against {folder.name}" in done.out) == (1, True)
    gate.run("next")
    assert cli("bless", "next", "--messages").code == 0
    assert (folder / "dialogues.jsonl.gz").exists()
    assert [json.loads(line)["run"] for line in (folder / "history.jsonl").read_text("utf-8").splitlines()] == [
        *("base", "next")
    ]
    assert gate("next").code == 0


def test_history_shows_every_baseline_and_run_and_where_the_ruler_changed(gate: Gate, cli: Cli) -> None:
    """A run that was the baseline once stands there though its folder is gone; another gold is a joint."""
    from evals.runs import RunFolder, remove

    gate.run("base")
    cli("bless", "base", "--reason", "first")
    remove(Path("reports/base"))
    assert cli("report", "--history", "D").code == 3
    gate.run("cand", worse)
    dialogues(Path("D.jsonl"), secret="The user's locker code is 4711, on the left.")
    gate.run("other")
    name = RunFolder(Path("reports/cand")).read_run().dataset["name"]
    done = cli("report", "--history", name)
    assert done.code == 0, done.err
    rows = [line for line in done.out.splitlines() if line.startswith("20")]
    assert [row.split()[1] for row in rows] == ["base", "cand", "other"]
    assert "── changed: in, gold, match" in rows[2] or "── changed: gold" in rows[2]
    assert "changed" not in rows[1]
    assert Path(done.out.splitlines()[-1]).read_text("utf-8").startswith("<?xml")
    done = cli("report", "--history", name, "--metric", "f2")
    assert (done.code, "no such metric" in done.err) == (2, True)


def test_what_is_no_baseline_is_not_blessed(gate: Gate, cli: Cli) -> None:
    """Too few repeats, lost extractions, and the baseline itself."""
    gate.run("base")
    done = cli("bless", "base", "--repeats", "3")
    assert (done.code, "1 repeats, 3 are asked for" in done.err) == (3, True)
    gate.run("lossy", lambda number, said: "TimedOut" if number == 3 else said)
    done = cli("bless", "lossy")
    assert (done.code, "1 extractions failed; a baseline has all its answers" in done.err) == (3, True)
    assert cli("bless", "base").code == 0
    folder = next(Path("baselines").iterdir())
    assert cli("bless", str(folder)).code == 2


def test_a_plan_says_what_can_be_told(gate: Gate) -> None:
    """Each rule with its chances, from repeats where the run has them."""
    gate.run("base", lambda number, said: said if number % 2 else said[1:], repeats=2)
    out = gate("base", "--plan").out
    assert "P(PASS | unchanged)" in out
    assert "repeats" in out
    assert "An unchanged candidate passes all deciding rules together at least" in out


def test_sentinels_tell_a_service_that_changed(gate: Gate, tmp_path: Path) -> None:
    """The same answers pass on to the rules; other answers of the same configuration are a stale baseline (exit 3)."""
    gate.run("base")
    gate.run("cand")
    again = ("gate.sentinels=40", "extractor=recorded", "extractor.path=base.jsonl", "extractor.version=v1")
    done = gate("cand", "--baseline", "base", *again)
    assert (done.code, last(done)) == (0, "verdict: PASS (exit 0)"), done.out
    answers(tmp_path / "base.jsonl", lambda _number, said: said[:1])
    done = gate("cand", "--baseline", "base", *again)
    assert (done.code, "STALE BASELINE: asked again" in done.out) == (3, True), done.out
    done = gate("cand", "--baseline", "base", "gate.sentinels=40", "extractor=baseline")
    assert (done.code, "this is not the baseline's extractor" in done.out) == (3, True)
    done = gate("cand", "--baseline", "base", "gate.sentinels=40")
    assert (done.code, "give its extractor as it was configured" in done.err) == (2, True)
