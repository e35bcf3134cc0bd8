"""What `evals init` writes is sound and never overwrites."""

from __future__ import annotations

import pytest

from evals.corpus.check import check
from evals.corpus.source import Source
from evals.corpus.starter import create
from evals.errors import UsageError


def test_the_starter_dataset_passes_the_check(tmp_path):
    """Three records in two languages without a fault or a warning; every file is written."""
    written = create(tmp_path / "new")
    assert {path.relative_to(tmp_path / "new").as_posix() for path in written} == {
        "README.md",
        "dataset.jsonl",
        "conf/gate/ours.yaml",
        ".gitignore",
        ".github/workflows/memory-evals.yml",
        ".github/workflows/memory-evals-comment.yml",
        ".github/actions/gate/action.yml",
    }
    assert all(path.read_text(encoding="utf-8").strip() for path in written)
    gitlab = {path.relative_to(tmp_path / "b").as_posix() for path in create(tmp_path / "b", ci="gitlab")}
    assert gitlab == {"README.md", "dataset.jsonl", "conf/gate/ours.yaml", ".gitignore", ".gitlab-ci.yml"}
    report = check(Source.at(tmp_path / "new" / "dataset.jsonl"))
    assert (report.fault_total, report.warnings) == (0, ())
    assert (report.dialogues, report.languages) == (3, {"en": 2, "zh": 1})


def test_nothing_is_overwritten(tmp_path):
    """One file in the way, and nothing at all is written."""
    (tmp_path / "dataset.jsonl").write_text("mine")
    with pytest.raises(UsageError, match=r"holds dataset\.jsonl already; nothing was written"):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["dataset.jsonl"]
    assert (tmp_path / "dataset.jsonl").read_text() == "mine"
