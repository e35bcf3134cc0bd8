"""What `evals init` puts into a folder: a small dataset in both languages, a gate, a CI workflow and a README."""

from __future__ import annotations

from pathlib import Path

from evals.errors import UsageError
from evals.io import write_text

_FILES = Path(__file__).parent / "starter_files"

STARTER = {
    "README.md": "README.md",
    "dataset.jsonl": "dataset.jsonl",
    "conf/gate/ours.yaml": "gate.yaml",
    ".github/workflows/memory-evals.yml": "workflow.yml",
}


def create(folder: Path) -> tuple[Path, ...]:
    """Writes the starter files and returns their paths. Raises UsageError, writing nothing, if one of them exists."""
    if there := [name for name in STARTER if (folder / name).exists()]:
        raise UsageError(f"{folder}: holds {', '.join(there)} already; nothing was written, choose another folder")
    for name, file in STARTER.items():
        write_text(folder / name, (_FILES / file).read_text(encoding="utf-8"))
    return tuple(folder / name for name in STARTER)
