"""Every example of docs/extractors.md works as it stands there, and is short."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.config import load
from evals.config_shapes import RunConfig
from evals.extractors.command import CommandExtractor
from evals.extractors.recorded import RecordedExtractor
from evals.limits import Limits
from evals.results import Prediction
from evals.runner import extract_all
from evals.types import Dialogue, Extraction, Fact, Message, Preference

PAGE = (Path(__file__).parents[2] / "docs" / "extractors.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.M | re.S) for line in block.splitlines()]
DIALOGUES = [
    Dialogue(
        id=f"demo/{number}",
        cluster="c",
        language="en",
        messages=(
            Message(role="user", content="hi"),
            Message(role="assistant", content="Hello!"),
            Message(role="user", content="I live in 杭州."),
        ),
    )
    for number in (1, 2, 3)
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of the page, as a reader would save them."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def answers(extractor: Any) -> list[Prediction]:
    """What an extractor answers to three dialogues, by id."""
    stored: list[Prediction] = []
    limits = Limits(concurrency=2)
    extract_all(
        extractor, DIALOGUES, extraction_types=("memory", "preference"), planned=3, limits=limits, store=stored.append
    )
    return sorted(stored, key=lambda prediction: prediction.id)


def test_the_file_is_read(folder: Path) -> None:
    """A fact, a preference and a failure."""
    first, second, third = answers(RecordedExtractor(path=folder / "answers.jsonl"))
    assert first.extraction == Extraction(
        facts=(
            Fact(
                memory_key="Home",
                memory_value="The user lives in Hangzhou.",
                memory_type="UserMemory",
                tags=("home",),
            ),
        )
    )
    assert second.extraction == Extraction(
        preferences=(
            Preference(preference="回答要简短", reasoning="用户明确要求", preference_type="explicit_preference"),
        )
    )
    assert second.latency_ms == 812.5
    assert third.error is not None
    assert third.error.message == "HTTP 504 after 30 s"


def test_the_program_answers(folder: Path) -> None:
    """Every user turn as a fact."""
    extractor = CommandExtractor([sys.executable, str(folder / "my_system.py")])
    expected = Extraction(facts=(Fact(memory_value="hi"), Fact(memory_value="I live in 杭州.")))
    assert [each.extraction for each in answers(extractor)] == [expected] * 3


def test_the_class_answers(folder: Path) -> None:
    """Every user turn but the greeting."""
    spec = importlib.util.spec_from_file_location("mypkg", folder / "mypkg.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    expected = Extraction(facts=(Fact(memory_value="I live in 杭州."),))
    assert [each.extraction for each in answers(module.Mine(greeting="hi"))] == [expected] * 3


def test_the_page_shows_all_three_ways_in_few_lines() -> None:
    """No example is longer than twenty lines."""
    assert sorted(FILES) == ["answers.jsonl", "my_system.py", "mypkg.py"]
    assert all(len(text.splitlines()) <= 20 for text in FILES.values())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_is_a_configuration(command: str) -> None:
    """The overrides compose; whether the files they name exist is the reader's business."""
    words = [word for word in shlex.split(command) if not word.startswith("PYTHONPATH=")]
    assert words[:2] == ["evals", "run"]
    overrides = [word for word in words[2:] if "=" in word]
    config = load("run", RunConfig, overrides, config_dir=None)
    assert config.extractor["name"] in ("recorded", "command", "custom")
