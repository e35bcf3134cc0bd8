"""Every command of docs/ci.md, run in order in a folder as a reader would; what the page says of files and inputs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.jobs import ROOT, load

PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_command_of_the_page_works(tmp_path: Path) -> None:
    """With real bash that stops at the first failure; the last one is a fork's job and says so."""
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    script = "set -e\n" + "".join(BLOCKS)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("verdict: INCONCLUSIVE (exit 0)") == 2
    assert done.stdout.endswith("verdict: SKIPPED (exit 0)\n")
    assert (tmp_path / "my-evals" / "reports" / "candidate.gate" / "summary.md").is_file()


def test_every_input_of_the_action_is_explained() -> None:
    """The table of the page names them all, with their defaults where those are words."""
    table = PAGE[PAGE.index("| input |") : PAGE.index("Actions of others are pinned")]
    inputs = load(ROOT / ".github" / "actions" / "gate" / "action.yml")["inputs"]
    for name, about in inputs.items():
        assert f"`{name}`" in table
        assert not about["default"] or f"`{about['default']}`" in table


def test_the_commands_in_the_text_exist() -> None:
    """What stands in the running text as `evals …` starts with a command there is."""
    from evals.cli import COMMANDS

    words = {found.split()[1] for found in re.findall(r"`(evals [^`]+)`", PAGE)}
    assert words <= set(COMMANDS)
