"""Several processes match as one does: the same bytes, a clear line where one of them dies or cannot be begun."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.commands import matching
from evals.commands.matching import BATCH, Matching
from evals.errors import ConfigError, StoppedShort
from evals.extractors.controls import EchoControl, OracleControl
from evals.matching.exact import ExactMatcher
from evals.results import Prediction
from evals.types import Dialogue, Extraction, Fact, Message, Outcome

WORDS = ["run", "dataset.limit=40", "report.formats=[]", "controls=[control_echo,control_shuffled]"]


@pytest.mark.slow
def test_the_number_of_processes_shows_nowhere(cli: Callable[..., Any], tmp_path: Path) -> None:
    """outcomes.jsonl, counts.npz and every number of run.json, controls of both kinds beside the system."""
    assert cli(*WORDS, "--out", tmp_path, "--name", "one").code == 0
    words = ["score", "one", "--force", "grading.processes=2", "report.formats=[]", "controls=[CONTROLS]"]
    words[-1] = words[-1].replace("CONTROLS", ",".join(evals.load_run(tmp_path / "one").run.controls or ()))
    assert cli(*words, "--out", tmp_path, "--name", "two").code == 0
    one, two = tmp_path / "one", tmp_path / "two"
    for file in ("outcomes.jsonl", "counts.npz"):
        assert (one / file).read_bytes() == (two / file).read_bytes()
    about = [json.loads((folder / "run.json").read_text("utf-8")) for folder in (one, two)]
    for name in ("scores", "controls", "skill", "confusion", "counts", "latency", "matching"):
        assert about[0][name] == about[1][name]


def asked(count: int) -> list[tuple[Dialogue, list[Prediction]]]:
    """So many dialogues, each answered with what was said."""
    return [
        (
            Dialogue(id=f"d{n}", cluster="c", language="en", messages=(Message(role="user", content=f"I am {n}."),)),
            [Prediction(id=f"d{n}", extraction=Extraction(facts=(Fact(memory_value=f"I am {n}."),)))],
        )
        for n in range(count)
    ]


def test_dialogues_are_drawn_a_few_batches_ahead_and_come_back_in_order() -> None:
    """However long the set: two batches a process are under way, no more."""
    drawn = 0

    def counted() -> Any:
        nonlocal drawn
        for each in asked(600):
            drawn += 1
            yield each

    seen = []
    with Matching(ExactMatcher(), {"control_echo": EchoControl()}, ("memory",), processes=2) as pool:
        for dialogue, outcomes, answers in pool.outcomes(counted()):
            seen.append(dialogue.id)
            assert drawn - len(seen) <= 2 * 2 * BATCH
            assert [outcome.id for outcome in outcomes] == [answers["control_echo"].id] == [dialogue.id]
    assert seen == [f"d{n}" for n in range(600)]


def test_controls_that_see_gold_come_apart() -> None:
    """They wait for another dialogue; where there is none of them nothing is drawn for them."""
    pairs = [(dialogue, None) for dialogue, _ in asked(3)]
    with Matching(ExactMatcher(), {"control_oracle": OracleControl()}, ("memory",)) as one:
        assert [dialogue.id for dialogue, _ in one.from_gold(iter(pairs))] == ["d0", "d1", "d2"]
    with Matching(ExactMatcher(), {"control_echo": EchoControl()}, ("memory",)) as none:
        assert list(none.from_gold(_undrawable())) == []


def _undrawable() -> Any:
    raise AssertionError("drawn")
    yield


class Dies:
    """A matcher that kills the process it is in."""

    def match(self, *_: object) -> Outcome:
        os.kill(os.getpid(), signal.SIGKILL)
        return Outcome()


def test_a_process_that_dies_stops_the_run() -> None:
    """Exit 4 in one line; the answers are stored, and the same command grades them again."""
    dying = Matching(Dies(), {}, (), processes=2)
    with pytest.raises(StoppedShort, match="a matching process was killed"), dying as pool:
        list(pool.outcomes(asked(3)))


def test_a_matcher_that_cannot_be_handed_over_is_named() -> None:
    """A configuration to put right, before anything is matched."""

    class Local(ExactMatcher):
        pass

    with pytest.raises(ConfigError, match=r"grading.processes: Local cannot be handed to other processes"):
        Matching(Local(), {}, (), processes=2).__enter__()


def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    """kill -9 of a run leaves none of its matching processes behind."""
    script = (
        "import os, sys\n"
        "from evals.commands.matching import Matching\n"
        "from evals.matching.exact import ExactMatcher\n"
        "from tests.commands.test_matching import asked\n"
        "if __name__ == '__main__':\n"
        "    with Matching(ExactMatcher(), {}, ('memory',), processes=2) as pool:\n"
        "        list(pool.outcomes(asked(3)))\n"
        "        print(*pool._pool._processes, flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    (tmp_path / "parent.py").write_text(script)
    root = Path(matching.__file__).parents[2]
    program = [sys.executable, tmp_path / "parent.py"]
    done = subprocess.run(program, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)})
    children = [int(word) for word in done.stdout.split()]
    assert children, done.stderr
    deadline_s = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
