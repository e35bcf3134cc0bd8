"""Every command of the documentation runs as it stands, the site builds strictly, what is generated is current."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^>]*) -->\n)?^```sh\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
# Names that stand for runs: the run of the guide, and two more that the test makes.
STANDS_FOR = {"RUN": "first", "BASE": "first", "A": "first", "CAND": "second", "B": "second", "C": "third"}
# Pages whose commands have tests of their own, and the order in which the others are read: later ones use earlier runs.
ELSEWHERE = {"extractors.md": "tests/extractors/test_docs.py", "ci.md": "tests/ci/test_docs.py"}
ORDER = ("guide.md", "index.md")


@dataclass(frozen=True)
class Command:
    """A line of a page; `code` is the exit code that the page says it has, `says` what it must say then."""

    page: str
    words: tuple[str, ...]
    code: int = 0
    says: str = ""


def pages() -> list[Path]:
    """The pages in reading order."""
    found = [page for page in DOCS.rglob("*.md") if page.name not in ELSEWHERE]
    return sorted(found, key=lambda page: (page.name not in ORDER, page.name))


def blocks(page: Path) -> list[tuple[str, str]]:
    """(mark, text) of every shell block."""
    return [(each["mark"] or "", each["text"]) for each in BLOCK.finditer(page.read_text("utf-8"))]


def commands() -> list[Command]:
    """Every `evals` line that is not marked as one that cannot run here."""
    found = []
    for page in pages():
        for mark, text in blocks(page):
            if mark.startswith("not run: "):
                continue
            expected = re.fullmatch(r"exit (\d): (.*)", mark)
            code, says = (int(expected[1]), expected[2]) if expected else (0, "")
            for line in text.splitlines():
                if line.strip():
                    words = tuple(shlex.split(line, comments=True))
                    assert words[0] == "evals", f"{page.name}: {line!r} is no command of ours; mark its block"
                    found.append(Command(page.name, words[1:], code, says))
    return found


def test_marks_say_why() -> None:
    """A block is run, or says in a comment before it why not, or which exit code it shows."""
    for page in pages():
        for mark, _ in blocks(page):
            assert not mark or re.fullmatch(r"not run: \w.{8,}|exit [1-4]: .+", mark), f"{page.name}: {mark}"
    assert len(commands()) > 30


@pytest.mark.slow
def test_every_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one folder, page by page, with the exit code that the page says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MEMOS_API_KEY", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    for name in ("train.jsonl", "answers.jsonl"):
        Path(name).write_text('{"text": "I live in Lyon."}\n', "utf-8")
    Path("disputes.jsonl").write_text('{"id": "golden/en/001", "gid": "f1", "action": "drop"}\n', "utf-8")
    for name, extractor in (("second", "control_echo"), ("third", "control_empty")):
        assert _run(["run", f"extractor={extractor}", "controls=[]", "report.formats=[]", "--name", name])[0] == 0
    done: list[str] = []
    for command in commands():
        words = [_named(word) for word in command.words]
        if any("mlflow" in word for word in words):  # its packages warn, and warnings are errors here
            result = subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "evals", *words], capture_output=True, text=True, timeout=300
            )
            code, said = result.returncode, result.stdout + result.stderr
        else:
            code, said = _run(words)
        assert (code, command.says in said) == (command.code, True), f"{command}: exit {code}\n{said[-1500:]}"
        done.append(command.page)
    assert set(done) >= {"guide.md", "index.md", "paper.md", "sharing.md", "faq.md", "datasets.md", "judge.md"}


def _named(word: str) -> str:
    name, sign, rest = word.partition("=")
    return f"{STANDS_FOR.get(name, name)}{sign}{rest}"


def _run(words: list[str]) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(words)
    return code, out.getvalue()


def generated() -> Any:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["reference/metrics.md", "reference/commands.md", "reference/config.md"])
def test_references_are_those_of_the_code(name: str) -> None:
    """`make docs` writes them; a changed key, metric or command without it fails here."""
    assert (DOCS / name).read_text("utf-8") == generated().pages()[name], "run `make docs`"


@pytest.mark.slow
def test_the_site_builds_strictly_and_stands_alone(tmp_path: Path) -> None:
    """No dead link, no page left out, and nothing that a browser would fetch from elsewhere."""
    mkdocs = Path(sys.executable).parent / "mkdocs"
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    words = [str(mkdocs), "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    for page in tmp_path.rglob("*.html"):
        fetched = re.findall(r'<(?:script|img|link|iframe)[^>]*(?:src|href)="(https?:[^"]*)"', page.read_text("utf-8"))
        assert [address for address in fetched if "canonical" not in address] == [], page.name
