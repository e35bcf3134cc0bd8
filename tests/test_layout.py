"""The import law of the architecture, what importing may cost, and traps of the folder names."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import evals

ROOT = Path(evals.__file__).resolve().parent.parent
PACKAGE = ROOT / "evals"

# what passes between the rooms; among themselves they import as the table says
NOUNS = {"types", "results", "protocols", "errors"}
# room -> the rooms it may import from (its own and the nouns always)
MAY_IMPORT = {
    "types": set(),
    "results": {"types"},
    "protocols": {"results", "types"},
    "errors": set(),
    "resources": set(),
    "strict_json": set(),
    "io": {"strict_json"},
    "keys": set(),
    "journal": {"io"},
    "lock": set(),
    # stores, seen as files of this machine: whoever opens a dataset or a run may be handed a URL
    "remote": {"io", "lock", "memos", "prediction_index", "predictions"},
    "text": set(),
    "predictions": {"io", "memos"},
    "prediction_index": {"io", "keys", "memos", "predictions"},
    "memos": set(),
    "http": {"tries"},
    "throttle": set(),
    "spending": set(),
    "weights": set(),
    "inference": {"http"},
    "forge": {"http"},
    "server": {"memos"},
    "limits": {"spending"},
    "breaker": {"limits"},
    "pace": set(),
    "runs": {"io", "journal", "lock", "prediction_index", "predictions", "remote", "spending"},
    "bundle": {"io", "strict_json"},
    "counts_file": {"io", "runs", "scoring"},
    "facts": set(),
    "source_code": set(),
    "runner": {"breaker", "limits", "spending", "workers"},
    "tries": set(),
    "workers": {"limits", "memos", "pace", "predictions", "throttle", "tries"},
    # an engine is the runner's crew elsewhere: its workers build the extractor from the configuration they are handed
    "engines": {"config", "facts", "limits", "source_code", "spending", "throttle", "workers"},
    "corpus": {"io", "keys", "remote", "resources", "strict_json", "text"},
    "extractors": {
        *("http", "inference", "io", "memos", "prediction_index", "predictions", "remote", "runs", "text", "throttle"),
        "weights",
    },
    "matching": {"io", "text", "http", "inference", "spending", "throttle", "weights"},
    "calibration": {"text", "matching", "scoring", "io"},
    "scoring": set(),
    "compare": {"scoring", "io"},
    "gate": {"scoring", "compare", "io"},
    "report": {"scoring", "compare", "gate", "io"},
    "load": {"io", "http", "memos", "scoring"},
    "config": {"remote", "resources"},  # a URL with a key in it is refused before it is printed or stored
    "config_shapes": set(),  # knows no Hydra: whoever reads a configuration need not load what composed it
    "readings": {"scoring"},
    # a command that pytest calls
    "pytest_plugin": {"commands", "config", "config_shapes", "readings", "remote", "runs", "gate"},
    "commands": {"*"},
    "cli": {"commands"},
    "__main__": {"cli"},
    "__init__": {"runs"},
}
HEAVY = (
    *("numpy", "scipy", "pandas", "matplotlib", "hydra", "omegaconf", "pydantic", "jinja2", "rapidfuzz", "datasets"),
    *("httpx", "starlette", "uvicorn", "json_repair", "dotenv", "tokenizers", "pyarrow", "huggingface_hub", "mlflow"),
    *("jieba", "sentence_transformers", "torch", "ray"),
    *("aiohttp", "uvloop", "fsspec", "s3fs", "botocore"),
)
ONLY_IN = {
    "hydra": {"config"},
    "omegaconf": {"config"},
    "pandas": {"report"},
    "matplotlib": {"report"},
    "jinja2": {"report"},
    "datasets": {"corpus"},
    "pyarrow": {"corpus", "report", "load"},  # report writes outcomes for other tools
    "mlflow": {"report"},
    "aiohttp": {"load"},
    "uvloop": {"load"},
    "huggingface_hub": {"corpus"},
    "httpx": {"http"},
    "fsspec": {"remote"},
    "jieba": {"text"},
    "ray": {"engines"},
    "sentence_transformers": {"matching"},
    "starlette": {"server"},
    "uvicorn": {"commands"},
    "pytest": {"pytest_plugin"},
}


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [
                f"{node.module}.{alias.name}" if node.module == "evals" else node.module or "" for alias in node.names
            ]
    return names


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_one_way(path: Path) -> None:
    """A room imports only what the architecture lets it."""
    room = room_of(path)
    allowed = MAY_IMPORT[room] | (set() if room in NOUNS else NOUNS | {room})
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "evals" and len(parts) > 1 and parts[1] != "__version__":
            assert "*" in allowed or parts[1] in allowed, f"{room} must not import {name}"
        if parts[0] in ONLY_IN:
            assert room in ONLY_IN[parts[0]], f"{name} belongs in {ONLY_IN[parts[0]]}"


def loaded_after(statement: str) -> set[str]:
    """Top-level packages that are loaded once a fresh interpreter has run a statement."""
    script = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import evals, evals.types, evals.results, evals.protocols, evals.errors",
        "from evals.cli import main; main(['--help'])",
        "import evals.pytest_plugin",
    ],
)
def test_import_and_help_load_nothing_heavy(statement: str) -> None:
    """`import evals` and `evals --help` cost the standard library alone."""
    assert not loaded_after(statement) & set(HEAVY)


def test_public_names_are_sorted_and_exist() -> None:
    """`__all__` is sorted and every name in it can be had."""
    assert list(evals.__all__) == sorted(evals.__all__)
    assert all(getattr(evals, name) for name in evals.__all__)


def test_the_data_folder_is_no_package() -> None:
    """`datasets/` never shadows the library of that name."""
    assert not (ROOT / "datasets" / "__init__.py").exists()
    found = importlib.util.find_spec("datasets")
    assert found is None or found.origin is None or not Path(found.origin).is_relative_to(ROOT / "datasets")


def test_no_file_is_longer_than_400_lines() -> None:
    """What is longer holds two ideas, and a reader looks for one."""
    written = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".js", ".css", ".html")]
    assert not [path for path in written if len(path.read_text(encoding="utf-8").splitlines()) > 400]


def test_no_module_has_an_empty_name() -> None:
    """No room that says nothing about what it holds."""
    banned = {"utils", "util", "helpers", "common", "misc", "base", "manager"}
    assert not [path for path in PACKAGE.rglob("*.py") if path.stem in banned]
