"""Extractors and matchers of the user's own, from a folder on PYTHONPATH: any shape of answer, and never any gold."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import evals

MODULE = """
import json
from evals.extractors.controls import OracleControl
from evals.types import Extraction, Fact

class Plain:
    version = "2.1"
    def extract(self, messages, extraction_types):
        return Extraction(facts=(Fact(memory_value=messages[0].content),))

class AsApi:
    def extract(self, messages, extraction_types):
        return {"memory_detail_list": [{"memory_value": messages[0].content}]}

class Async:
    async def extract(self, messages, extraction_types):
        return Extraction(facts=(Fact(memory_value=messages[0].content),))

class Argued(Plain):
    def __init__(self, prefix):
        self.prefix = prefix
    def extract(self, messages, extraction_types):
        return Extraction(facts=(Fact(memory_value=self.prefix + messages[0].content),))

class Raising:
    def extract(self, messages, extraction_types):
        raise ValueError("no route\\nto the service")

class Rubbish:
    def extract(self, messages, extraction_types):
        return "rubbish"

class Sometimes(Plain):
    def extract(self, messages, extraction_types):
        if "13" in messages[0].content:
            raise RuntimeError("thirteen")
        return super().extract(messages, extraction_types)

class NoMethod:
    pass

class Spy(Plain):
    def __init__(self, log):
        self.log = log
    def note(self, *what):
        with open(self.log, "a", encoding="utf-8") as handle:
            print(json.dumps(what), file=handle)
    def extract(self, messages, extraction_types):
        for message in messages:
            self.note(type(message).__name__, message.speaker, message.time, message.source_ref)
        return super().extract(messages, extraction_types)
    def extract_from_gold(self, dialogue, other, extraction_types):
        self.note("gold")
        return Extraction()

class HeirToTheOracle(Spy, OracleControl):
    pass

class Lost:
    def match(self, gold, predicted, messages):
        return None
"""


@pytest.fixture
def mine(cli: Callable[..., Any], twenty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`evals run` over the twenty dialogues with a class of the module `their_system`."""
    folder = tmp_path / "their"
    folder.mkdir()
    (folder / "their_system.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.syspath_prepend(str(folder))

    def run(name: str, *words: object) -> Any:
        chosen = ("extractor=custom", f"extractor._target_=their_system.{name}")
        data = ("dataset=file", f"dataset.path={twenty}", "report.formats=[]")
        return cli("run", *data, *chosen, "--out", tmp_path / "runs", "--name", name, *words)

    return run


@pytest.mark.parametrize("name", ["Plain", "AsApi", "Async"])
def test_any_shape_of_extractor(name: str, mine: Callable[..., Any], tmp_path: Path) -> None:
    """A plain function, one that answers as the API does, and a coroutine give the same result."""
    done = mine(name)
    assert (done.code, done.err) == (0, "")
    loaded = evals.load_run(tmp_path / "runs" / name)
    assert loaded.score("recall").value == loaded.score("precision").value == 1
    assert loaded.run.latency["n"] == 20


def test_the_version_pins_the_system(mine: Callable[..., Any], tmp_path: Path) -> None:
    """`version` of the class, or extractor.version, stands in the signature; without either it says unpinned."""
    mine("Plain")
    mine("Async")
    mine("AsApi", "extractor.version=7b1")
    pins = {
        name: evals.load_run(tmp_path / "runs" / name).run.identity["extractor"].split("(")[1]
        for name in ("Plain", "Async", "AsApi")
    }
    assert pins == {"Plain": "2.1)", "Async": "unpinned)", "AsApi": "7b1)"}
    assert "not pinned" in mine("Async", "--force").out


def test_arguments_reach_the_class(mine: Callable[..., Any], tmp_path: Path) -> None:
    """+extractor.prefix=… is an argument, and part of what the run is."""
    assert mine("Argued", "+extractor.prefix='> '").code == 0
    (first, *_) = evals.load_run(tmp_path / "runs" / "Argued").outcomes()
    assert first.predicted[0].text == "> I have 10 cats."
    other = mine("Argued", "+extractor.prefix=other")
    assert other.code == 2
    assert "it differs in extractor: " in other.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Raising", "ValueError: no route to the service"),
        ("Rubbish", "ShapeError: extract() returned str"),
    ],
)
def test_one_that_never_answers_stops_the_run(name: str, said: str, mine: Callable[..., Any], tmp_path: Path) -> None:
    """Exit 4 with the exception on the last line, no traceback, status incomplete."""
    done = mine(name)
    assert (done.code, done.out) == (4, "")
    assert said in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    assert evals.load_run(tmp_path / "runs" / name).run.status == "incomplete"


def test_a_failure_is_a_value(mine: Callable[..., Any], tmp_path: Path) -> None:
    """Two dialogues of twenty raise: counted as missed and in the error rate, explained, the rest scored."""
    assert mine("Sometimes", "runner.max_error_rate=0.2").code == 0
    loaded = evals.load_run(tmp_path / "runs" / "Sometimes")
    assert loaded.run.counts["failed"] == 2
    assert loaded.score("recall").value == pytest.approx(18 / 20)
    assert loaded.score("error_rate").value == pytest.approx(2 / 20)
    failed = [outcome for outcome in loaded.outcomes() if outcome.error]
    assert [(outcome.id, outcome.gold[0].state) for outcome in failed] == [("d03", "missed"), ("d13", "missed")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("NoMethod",), "made a NoMethod, which has no Extractor.extract()"),
        (("Absent",), "cannot build their_system.Absent"),
        (("Argued",), "missing 1 required positional argument: 'prefix'"),
        (("Plain", "+extractor.speed=2"), "got an unexpected keyword argument 'speed'"),
    ],
)
def test_one_that_cannot_be_built_is_one_line(
    words: tuple[str, ...], said: str, mine: Callable[..., Any], tmp_path: Path
) -> None:
    """Exit 2 naming slot, target and cause; no folder is made."""
    done = mine(*words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("evals: extractor: ")
    assert said in done.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["Spy", "HeirToTheOracle"])
def test_gold_is_for_our_own_controls_alone(name: str, mine: Callable[..., Any], tmp_path: Path) -> None:
    """A class that has extract_from_gold, even one that inherits from a control, sees role and content alone."""
    log = tmp_path / "seen.jsonl"
    assert mine(name, f"+extractor.log={log}").code == 0
    seen = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert len(seen) == 20
    assert {tuple(each) for each in seen} == {("Message", None, None, None)}


def test_from_a_folder_on_pythonpath(
    mine: Callable[..., Any], started: Callable[..., subprocess.Popen[str]], twenty: Path, tmp_path: Path
) -> None:
    """In a process of its own: found with PYTHONPATH, and without it the message says what to do."""
    words = ["run", "dataset=file", f"dataset.path={twenty}", "extractor=custom", "report.formats=[]"]
    words += ["extractor._target_=their_system.Async", "--out", str(tmp_path / "runs"), "--name", "a"]
    without = started(*words, PYTHONPATH="")
    _, err = without.communicate(timeout=30)
    assert without.returncode == 2
    assert "No module named 'their_system' (is its folder on PYTHONPATH?)" in err
    found = started(*words, PYTHONPATH=os.fspath(tmp_path / "their"))
    _, err = found.communicate(timeout=30)
    assert (found.returncode, err) == (0, "")


def test_a_matcher_that_breaks_its_contract_is_a_bug_with_a_traceback(mine: Callable[..., Any], tmp_path: Path) -> None:
    """The one kind of error that shows a traceback: exit 70, found before anything is asked."""
    (tmp_path / "conf" / "matcher").mkdir(parents=True)
    (tmp_path / "conf" / "matcher" / "lost.yaml").write_text("# no result\nname: lost\n_target_: their_system.Lost\n")
    done = mine("Plain", "matcher=lost", "--config-dir", tmp_path / "conf")
    assert (done.code, done.out) == (70, "")
    assert done.err.startswith("Traceback (most recent call last):")
    assert done.err.splitlines()[-1] == "evals: this is our own bug; please report it with the lines above"
    assert not (tmp_path / "runs").exists()
