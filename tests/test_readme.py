"""The README shows what the demo really prints, and its commands are commands. EVALS_UPDATE_SNAPSHOTS=1 rewrites it."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from evals.cli import COMMANDS, main

README = Path(__file__).parent.parent / "README.md"
TIMES = re.compile(r"\b[\d,.]+ ms\b")
BLOCK = re.compile(r"(<!-- demo:begin -->\n)(.*?)(<!-- demo:end -->)", re.DOTALL)


def test_the_demo_prints_what_the_readme_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The block between the marks is the output of the demo's command, to the letter but for its own calls' times."""
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--name", "demo"]) == 0
    shown = f"```text\n{TIMES.sub('… ms', capsys.readouterr().out)}```\n"
    text = README.read_text(encoding="utf-8")
    if os.environ.get("EVALS_UPDATE_SNAPSHOTS") == "1":
        README.write_text(BLOCK.sub(lambda found: found[1] + shown + found[3], text), encoding="utf-8")
        return
    found = BLOCK.search(text)
    assert found is not None
    assert found[2] == shown


def test_its_commands_exist() -> None:
    """Every `evals …` line of README and guide starts with a command there is."""
    pages = [README, README.parent / "docs" / "guide.md", README.parent / "docs" / "datasets.md"]
    lines = [line for page in pages for line in page.read_text(encoding="utf-8").splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines if line.startswith("evals ")]
    assert len(commands) > 10
    assert {words[1] for words in commands} <= set(COMMANDS)
