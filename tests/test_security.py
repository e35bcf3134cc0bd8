"""What docs/security.md promises: its tests exist, its licences are all there, and nothing that is read is ever run."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.cli import main

ROOT = Path(evals.__file__).resolve().parent.parent
PACKAGE = ROOT / "evals"
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
RUNS_CODE = {"eval", "exec", "compile", "__import__"}
UNPACKS = {"pickle", "marshal", "shelve", "dill", "yaml"}
MAY_UNPACK = {"commands/matching.py": {"pickle"}}  # between our own processes


def test_every_test_it_names_exists() -> None:
    """A threat without its test is a promise."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    missing = [name for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")]
    assert not missing
    rows = [row for row in PAGE.splitlines() if row.startswith("| ") and row.count("|") == 4]
    assert not [row for row in rows[1:] if "::" not in row and "trusted with" not in row and "tests/" in row]


def test_every_dependency_has_its_licence() -> None:
    """Of the package and its extras, by the names of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [each for name, extra in project["optional-dependencies"].items() if name != "dev" for each in extra]
    wanted = {re.split(r"[<>=\[ ]", each)[0] for each in [*project["dependencies"], *extras]}
    listed = set(re.findall(r"^\| ([\w-]+)(?: \(\w+\))? \| [A-Z]", PAGE, flags=re.M))
    assert wanted - {"memory-evals"} <= listed


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_code_of_ours_can_run_what_it_reads(path: Path) -> None:
    """No eval, no pickle, no shell, no arrays of objects: whatever stands in a file stays data."""
    tree = ast.parse(path.read_text("utf-8"))
    allowed = MAY_UNPACK.get(str(path.relative_to(PACKAGE)), set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not ({alias.name.split(".")[0] for alias in node.names} & UNPACKS) - allowed
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in UNPACKS - allowed
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            assert name not in RUNS_CODE
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            for risky in ("shell", "allow_pickle", "trust_remote_code"):
                assert not (isinstance(given.get(risky), ast.Constant) and given[risky].value)  # type: ignore[attr-defined]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """`evals` in this process: (exit code, stderr)."""

    def do(*words: object) -> tuple[int, str]:
        code = main([str(word) for word in words])
        return code, capsys.readouterr().err

    return do


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of a module that can be imported and notes that it was."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    path = folder / "stranger.py"
    path.write_text(
        "from evals.types import Extraction\n"
        "class Stranger:\n"
        "    def __init__(self, **given): pass\n"
        "    def extract(self, messages, extraction_types): return Extraction()\n"
        "    def match(self, gold, predicted, messages): raise SystemExit\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    yield path
    sys.modules.pop("stranger", None)


def dataset(path: Path) -> Path:
    """Three small dialogues."""
    records = [
        {"id": f"d{n}", "messages": [{"role": "user", "content": f"I have {n} cats."}], "gold_facts": []}
        for n in range(3)
    ]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def test_nothing_in_a_run_is_ever_built(run: Callable[..., tuple[int, str]], plug_in: Path, tmp_path: Path) -> None:
    """Every command that reads a run whose configuration names a class: the class's module is never even imported."""
    out = tmp_path / "runs"
    words = ["run", "dataset=file", f"dataset.path={dataset(tmp_path / 'd.jsonl')}", "report.formats=[]", "--out", out]
    for name, more in (("a", ["dataset.shard=1/2"]), ("b", ["dataset.shard=2/2"])):
        assert run(*words, *more, "--name", name)[0] == 0
        path = out / name / "run.json"
        about: dict[str, Any] = json.loads(path.read_text("utf-8"))
        for slot in ("extractor", "matcher", "judge", "dataset", "http"):
            about["config"][slot] = {**about["config"][slot], "_target_": "stranger.Stranger"}
        about["config"]["judge"]["name"] = "none"
        path.write_text(json.dumps(about), "utf-8")
    for command in (
        ["score", "a", "matcher=exact"],
        ["report", "a", "--format", "json"],
        ["runs", "show", "a"],
        ["runs", "list"],
        ["explain", "a", "d0"],
        ["draft", "a", tmp_path / "draft.jsonl"],
        ["compare", "a", "b"],
        ["runs", "merge", "a", "b", "--name", "c"],
        [*words[:-2], "dataset.shard=1/2", "--name", "a"],
    ):
        code, _ = run(*command, "--out", out)
        assert code in (0, 2, 3)
        assert "stranger" not in sys.modules, command


def test_another_source_is_another_system(run: Callable[..., tuple[int, str]], plug_in: Path, tmp_path: Path) -> None:
    """An unfinished run of a plug-in whose file has changed is not gone on with: exit 2 naming the extractor."""
    words = ["run", "dataset=file", f"dataset.path={dataset(tmp_path / 'd.jsonl')}", "extractor=custom"]
    words += ["extractor._target_=stranger.Stranger", "report.formats=[]", "--out", str(tmp_path), "--name", "a"]
    assert run(*words, "budget.max_calls=1")[0] == 4
    plug_in.write_text(plug_in.read_text() + "# another word\n")
    code, err = run(*words)
    assert code == 2
    assert "another run stands there; it differs in extractor: custom#" in err
