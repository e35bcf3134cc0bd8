"""What `evals init` puts into a folder: a small dataset in both languages, a gate, a README, files for CI."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evals.errors import UsageError
from evals.io import write_text
from evals.resources import root

System = Literal["github", "gitlab"]
_FILES = Path(__file__).parent / "starter_files"
_ACTION = ".github/actions/gate/action.yml"

STARTER = {
    "README.md": _FILES / "README.md",
    "dataset.jsonl": _FILES / "dataset.jsonl",
    "conf/gate/ours.yaml": _FILES / "gate.yaml",
    ".gitignore": _FILES / "gitignore",
}
CI: dict[System, dict[str, Path]] = {
    "github": {
        ".github/workflows/memory-evals.yml": _FILES / "workflow.yml",
        ".github/workflows/memory-evals-comment.yml": _FILES / "workflow_comment.yml",
        _ACTION: root() / _ACTION,
    },
    "gitlab": {".gitlab-ci.yml": _FILES / "gitlab-ci.yml"},
}


def create(folder: Path, *, ci: System = "github") -> tuple[Path, ...]:
    """Writes the starter files and returns their paths. Raises UsageError, writing nothing, if one of them exists."""
    files = STARTER | CI[ci]
    if there := [name for name in files if (folder / name).exists()]:
        raise UsageError(f"{folder}: holds {', '.join(there)} already; nothing was written, choose another folder")
    for name, source in files.items():
        write_text(folder / name, source.read_text(encoding="utf-8"))
    return tuple(folder / name for name in files)
