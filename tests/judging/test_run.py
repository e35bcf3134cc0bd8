"""`evals run matcher=cascade judge=llm` from the command line: what is asked, what is counted, what is paid once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.results import Run
from evals.runs import RunFolder
from tests.extractors.scripted import Scripted, says
from tests.judging.scripted_judge import obeying, sound

JUDGED = ["matcher=cascade", "judge=llm", "judge.model=scripted", "http.backoff_s=0.01", "http.max_attempts=1"]
SMALL = ["dataset.limit=24", "report.formats=[]"]


@pytest.fixture
def evals_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Run | None, str]]:
    def run(
        server: Scripted | None, *words: str, name: str = "judged", command: str = "run"
    ) -> tuple[int, Run | None, str]:
        where = [f"judge.base_url={server.base_url}"] if server else []
        cache = [f"judge.cache_path={tmp_path}/verdicts.sqlite"]
        code = main(
            [
                command,
                *JUDGED,
                *SMALL[command == "score" :],
                *where,
                *cache,
                *words,
                "--name",
                name,
                "--out",
                str(tmp_path),
            ]
        )
        folder = RunFolder(tmp_path / name)
        found = folder.read_run() if folder.run_path.exists() else None
        return code, found, capsys.readouterr().err

    return run


def test_only_what_rules_left_open_is_asked(evals_run: Any, tmp_path: Path) -> None:
    """Every question is answered, nothing stays unjudged, and the report says who decided how much."""
    with Scripted(sound()) as server:
        code, run, _ = evals_run(server)
    assert code == 0
    assert run.judging["questions"] > 0
    assert run.judging["unanswered"] == 0
    assert run.judging["decided_by"]["judge"] > 0
    assert sum(run.judging["decided_by"].values()) == sum(
        len(o.predicted) for o in RunFolder(tmp_path / "judged").outcomes()
    )
    assert run.judging["models"]["scripted"]["cost"] is None
    assert all(item.state != "unjudged" for o in RunFolder(tmp_path / "judged").outcomes() for item in o.predicted)
    assert "judge:llm#" in run.signature
    assert "(scripted)" in run.signature


def test_reasoning_of_matched_preferences_is_judged(evals_run: Any, tmp_path: Path) -> None:
    """A preference that matches and gives a reasoning is in the rate: supported, not supported, or left open."""
    labels = iter(["supported", "partly", "unsure"] * 100)

    def label(item: dict[str, str]) -> str:
        return next(labels) if "reasoning" in item else "supported" if "note" in item else "equivalent"

    with Scripted(sound(label)) as server:
        code, run, _ = evals_run(server, "extractor=control_oracle", "judge.max_failed=1")
        _, silent, _ = evals_run(server, "extractor=control_oracle", "judge.reasoning=false", name="silent")
    assert code == 0
    items = [item for outcome in RunFolder(tmp_path / "judged").outcomes() for item in outcome.predicted]
    states = Counter(item.reasoning_state for item in items if item.kind != "fact" and item.reasoning)
    assert set(states) == {"supported", "unsupported", "unjudged"}
    assert all(item.reasoning_state is None for item in items if item.kind == "fact" or not item.reasoning)
    score = next(s for s in run.scores if s.metric == "reasoning_supported_rate" and s.slice == "all")
    known = states["supported"] + states["unsupported"]
    assert score.value == pytest.approx(states["supported"] / known)
    assert score.n == known
    assert (score.bound_low, score.bound_high) == pytest.approx(
        (states["supported"] / states.total(), 1 - states["unsupported"] / states.total())
    )
    nothing = next(s for s in silent.scores if s.metric == "reasoning_supported_rate" and s.slice == "all")
    assert (nothing.value, nothing.note) == (None, "needs a judge and reasoning")
    assert run.signature != silent.signature


def test_the_second_time_nothing_is_asked_and_nothing_differs(evals_run: Any, tmp_path: Path) -> None:
    """Verdicts are cached, and outcomes are the same to the last byte."""
    with Scripted(sound()) as server:
        evals_run(server)
        first = (tmp_path / "judged" / "outcomes.jsonl").read_bytes()
        asked = len(server.asked)
        code, _, _ = evals_run(server, "--force")
        assert len(server.asked) == asked
    assert code == 0
    again = (tmp_path / "judged" / "outcomes.jsonl").read_bytes()
    assert _without_latency(again) == _without_latency(first)


def _without_latency(lines: bytes) -> list[dict[str, Any]]:
    return [{**json.loads(line), "latency_ms": None} for line in lines.splitlines()]


def test_a_published_run_is_replayed_without_a_key(evals_run: Any, tmp_path: Path) -> None:
    """Its own verdicts.jsonl is enough."""
    with Scripted(sound()) as server:
        _, run, _ = evals_run(server)
    (tmp_path / "verdicts.sqlite").unlink()
    code, again, _ = evals_run(
        None, str(tmp_path / "judged"), "judge.cache=readonly", "--force", name="again", command="score"
    )
    assert code == 0
    assert again.scores == run.scores
    assert again.judging["models"]["scripted"]["calls"] == 0
    files = [tmp_path / name / "outcomes.jsonl" for name in ("judged", "again")]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "why"),
    [
        (obeying, "questions with known answers wrong"),
        (lambda _: says("I would rather not."), "have no answer"),
        (lambda _: (503, {"error": {"message": "down"}}), "have no answer"),
    ],
)
def test_a_judge_that_fails_ends_the_run_incomplete(evals_run: Any, tmp_path: Path, script: Any, why: str) -> None:
    """Exit 4: failures stay unjudged with their bounds, never a pass and never a miss."""
    with Scripted(script) as server:
        code, run, err = evals_run(server)
    assert code == 4
    assert why in err
    assert run.status == "incomplete"
    f1 = next(score for score in run.scores if score.metric == "f1" and score.slice == "all")
    assert f1.bound_low < f1.bound_high
    with Scripted(sound()) as server:
        code, run, _ = evals_run(server)
    assert (code, run.status) == (0, "complete")


def test_a_budget_in_money(evals_run: Any) -> None:
    """Without a price it is refused before anything is asked; with one it stops the run, stored and resumable."""
    with Scripted(sound()) as server:
        code, _, err = evals_run(server, "budget.max_cost=1")
        assert (code, server.asked) == (2, [])
        assert "+prices.scripted=" in err
        code, _, err = evals_run(server, "budget.max_cost=0.0001", "+prices.scripted={input: 100, output: 100}")
        assert code == 4
        assert "budget.max_cost" in err
        code, run, _ = evals_run(server, "budget.max_cost=1000", "+prices.scripted={input: 100, output: 100}")
    assert code == 0
    assert run.judging["models"]["scripted"]["cost"] >= 0


@pytest.mark.parametrize("matcher", ["fuzzy", "exact"])
def test_a_matcher_that_asks_no_judge(matcher: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused in one line that names the one that does."""
    assert (
        main(["run", f"matcher={matcher}", "judge=llm", "judge.model=m", "judge.base_url=http://127.0.0.1:9/v1"]) == 2
    )
    assert "matcher=cascade does" in capsys.readouterr().err


def test_a_server_that_is_not_there(evals_run: Any) -> None:
    """Said in one line; what was extracted is stored."""
    code, run, err = evals_run(None, "judge.base_url=http://127.0.0.1:9/v1")
    assert code == 4
    assert "the judge cannot be asked" in err
    assert run.status == "incomplete"
