"""The pytest plugin, by pytest's own pytester over real runs: what passes, what fails, and what a failure says.

EVALS_UPDATE_SNAPSHOTS=1 rewrites the failure that docs/pytest.md shows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import evals
import evals.commands.gating  # pytester forgets what a test imported, and numpy cannot be imported twice
import evals.commands.run
import evals.config
from evals.cli import main
from evals.readings import Reading
from evals.results import Score
from tests.commands.test_compare import worse
from tests.commands.two_runs import answers, dialogues

pytestmark = pytest.mark.slow  # seconds each: programs, servers and clocks

pytest_plugins = ["pytester"]

DOC = Path(__file__).parents[1] / "docs" / "pytest.md"
PAGE = DOC.read_text("utf-8")
FAILURE = re.compile(r"^(```text\n)(E .*?)(^```$)", flags=re.MULTILINE | re.DOTALL)
FILES = dict(re.findall(r"^```python (\S+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))
DATA = '"dataset=file", "dataset.path=D.jsonl", "controls=[]", "report.formats=[]", "runner.max_error_rate=1"'
BASE = f'[{DATA}, "extractor=recorded", "extractor.path=base.jsonl", "extractor.version=v1"]'
WORSE = f'[{DATA}, "extractor=recorded", "extractor.path=worse.jsonl", "extractor.version=v2"]'


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with sixty dialogues and the recorded answers of two systems."""
    dialogues(pytester.path / "D.jsonl")
    answers(pytester.path / "base.jsonl")
    answers(pytester.path / "worse.jsonl", worse)
    return pytester


@pytest.fixture
def tried(project: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Runs the body of one test in the project."""

    def run(*lines: str) -> pytest.RunResult:
        body = "".join(f"    {line}\n" for line in lines)
        project.makepyfile(f"def test_it(evals_run):\n{body}")
        return project.runpytest_inprocess("-W", "default")

    return run


def test_a_run_is_made_once_and_kept_by_its_signature(tried: Callable[..., pytest.RunResult]) -> None:
    """Twice in a session it is the same object; in the next session nothing is extracted again."""
    lines = (f"first = evals_run(overrides={BASE})", f"assert evals_run(overrides={BASE}) is first")
    tried(*lines, "assert first.run.status == 'complete'").assert_outcomes(passed=1)
    (made,) = Path("reports").glob("*/run.json")
    before = made.stat().st_mtime_ns
    tried(*lines).assert_outcomes(passed=1)
    assert made.stat().st_mtime_ns == before


def test_an_unpinned_system_is_asked_anew(tried: Callable[..., pytest.RunResult]) -> None:
    """Its signature does not tell yesterday's code from today's, so that no run of it is kept in reports/."""
    unpinned = f'[{DATA}, "extractor=custom", "extractor._target_=evals.extractors.controls.EchoControl"]'
    done = tried(f"run = evals_run(overrides={unpinned})", "assert '(unpinned)' in run.run.signature")
    done.assert_outcomes(passed=1)
    assert not list(Path("reports").glob("*custom*/run.json"))
    kept = tried(f"run = evals_run(overrides={unpinned}, reuse=True)")
    kept.assert_outcomes(passed=1)
    assert list(Path("reports").glob("*custom*/run.json"))


def test_a_stored_run_is_loaded(tried: Callable[..., pytest.RunResult]) -> None:
    """By its folder from the rootdir; a name that is not there is one line, with the near one."""
    tried(f"evals_run(overrides={BASE})")
    (made,) = Path("reports").glob("*/")
    tried(f"assert evals_run({str(made)!r}).reading('recall') > 0.5").assert_outcomes(passed=1)
    done = tried("evals_run('reports/nothing')")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["evals: no run 'reports/nothing'*"])
    assert "Traceback" not in done.stdout.str()


def test_a_failed_comparison_says_what_was_measured(tried: Callable[..., pytest.RunResult]) -> None:
    """Value, interval, the end that counts, n and the signature; mirrored, it says the same."""
    for written in ("run.reading('recall', 'kind=fact') >= 0.999", "0.999 <= run.reading('recall', 'kind=fact')"):
        done = tried(f"run = evals_run(overrides={WORSE})", f"assert {written}")
        done.assert_outcomes(failed=1)
        said = done.stdout.str()
        assert re.search(r"recall of kind=fact >= 0\.999: 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]", said), said
        assert re.search(r"with what is unjudged \[.*\]; its low end, 0\.\d{3}, is what counts", said)
        assert "n 180 in 60 dialogues, 30 clusters" in said
        assert "in:file@" in said


def test_the_gate_is_an_assertion(tried: Callable[..., pytest.RunResult]) -> None:
    """PASS passes; FAIL fails with the verdict; too few dialogues warn, no baseline fails."""
    base, candidate = f"base = evals_run(overrides={BASE})", f"cand = evals_run(overrides={WORSE})"
    tried(base, "base.assert_gate(base.path)").assert_outcomes(passed=1)
    failed = tried(base, candidate, "cand.assert_gate(base.path)")
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(["*FAIL * recall *", "verdict: FAIL (exit 1)"])
    few = f"few = evals_run(overrides=[*{BASE}, 'dataset.limit=30'])"
    open_question = tried(few, "verdict = few.assert_gate(few.path)", "assert verdict.state == 'INCONCLUSIVE'")
    open_question.assert_outcomes(passed=1, warnings=1)
    open_question.stdout.fnmatch_lines(["*GateWarning: *", "*verdict: INCONCLUSIVE (exit 0)*"])
    tried(base, "base.assert_gate()").stdout.fnmatch_lines(["*there is no baseline of dataset 'file'*"])
    tried(few, "few.assert_gate(few.path, policy='release')").assert_outcomes(failed=1)
    wrong = tried(base, "base.assert_gate(policy='strictest')")
    wrong.stdout.fnmatch_lines(["evals: gate=strictest: no such choice; *"])


@pytest.mark.slow
def test_two_workers_make_one_run(project: pytest.Pytester) -> None:
    """Under pytest-xdist the second worker finds the run made."""
    body = f"def test_it(evals_run):\n    evals_run(overrides={BASE}).reading('f1')\n"
    project.makepyfile(test_a=body, test_b=body)
    project.runpytest_subprocess("-n", "2", "--dist", "loadfile").assert_outcomes(passed=2)
    assert len(list(Path("reports").glob("*/run.json"))) == 1


def test_a_project_that_does_not_use_it_pays_nothing(pytester: pytest.Pytester) -> None:
    """With the plugin loaded and a comparison failed, nothing heavy is imported (Hydra has a plugin of its own)."""
    pytester.makepyfile(
        """
        import sys
        def test_it():
            loaded = {"numpy", "scipy", "pydantic", "evals.readings", "evals.config"} & set(sys.modules)
            assert loaded == {"none"}
        """
    )
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*assert set() == {'none'}*"])


@pytest.mark.slow
def test_the_examples_of_the_page(pytester: pytest.Pytester) -> None:
    """Both files of docs/pytest.md pass as they stand there; the failure it shows is the one a test prints."""
    for name, text in FILES.items():
        (pytester.path / name).write_text(text, "utf-8")
    pytester.runpytest_inprocess("test_memories.py").assert_outcomes(passed=1)
    (made,) = Path("reports").glob("*/run.json")
    assert main(["bless", str(made.parent)]) == 0
    pytester.runpytest_inprocess("test_gate.py").assert_outcomes(passed=1)
    run = evals.load_run(made)
    reading = Reading(score=run.score("recall", "kind=fact"), signature=run.run.signature)
    first, *others = reading.explain(">=", 0.5)
    printed = "".join([f"E       AssertionError: assert {first}\n", *(f"E         {line}\n" for line in others)])
    if os.environ.get("EVALS_UPDATE_SNAPSHOTS") == "1":
        DOC.write_text(FAILURE.sub(lambda found: found[1] + printed + found[3], PAGE), "utf-8")
        return
    shown = FAILURE.search(PAGE)
    assert shown is not None
    assert shown[2] == printed


def score(**fields: object) -> Score:
    """A score of 0.6 in [0.5, 0.7] that open items could make 0.55 or 0.75."""
    known = {"value": 0.6, "low": 0.5, "high": 0.7, "bound_low": 0.55, "bound_high": 0.75, "n": 100}
    return Score(metric="f1", slice="all", **(known | fields))  # type: ignore[arg-type]


def test_the_end_that_speaks_against_the_assertion_is_read() -> None:
    """Low end 0.45, high end 0.85: between them neither "at least" nor "at most" holds."""
    reading = Reading(score=score(), signature="s")
    assert (round(reading.low or 0, 9), round(reading.high or 0, 9)) == (0.45, 0.85)
    assert reading >= 0.44
    assert not reading >= 0.46
    assert not reading > 0.46
    assert reading <= 0.86
    assert not reading <= 0.84
    assert not reading < 0.6
    assert 0.4 <= reading <= 0.9


def test_what_is_not_defined_fulfils_nothing() -> None:
    """Null is no number; a value without an interval excludes nothing."""
    undefined = Reading(score=score(value=None, low=None, high=None, n=0, note="n = 0"), signature="s")
    assert [undefined >= 0, undefined > -1, undefined <= 1, undefined < 2] == [False] * 4
    assert undefined.explain(">=", 0)[0] == "f1 of all >= 0: it is not defined (n = 0)"
    unbounded = Reading(score=score(low=None, high=None), signature="s")
    assert [unbounded >= 0, unbounded <= 1] == [False] * 2
