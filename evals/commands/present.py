"""Shows a finished run: report files beside it, the summary on stdout."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from evals.runs import RunFolder
from evals.types import Message, Run


def present(folder: RunFolder, run: Run, formats: Sequence[str]) -> None:
    """Write the report files asked for and print the summary, which ends by saying where they are."""
    from evals.report.terminal import summary

    written = write_files(folder, run, formats)
    page = next((path for path in written if path.name in ("report.html", "report.md")), None)
    print(summary(run, report=page or folder.path), end="")


def write_files(folder: RunFolder, run: Run, formats: Sequence[str]) -> tuple[Path, ...]:
    if not formats:
        return ()
    from evals.report.write import write_report

    return write_report(folder.path, run, folder.outcomes, messages_of(folder), formats)


def write_figure(folder: RunFolder, run: Run, name: str) -> Path:
    """One figure as a PNG beside the others. Raises CannotAnswer where the run has no data for it."""
    from evals.errors import CannotAnswer
    from evals.report.figures import png
    from evals.report.tally import tally

    picture = png(run, tally(folder.outcomes()), name)
    if picture is None:
        raise CannotAnswer(f"{folder.path}: nothing to draw for figure {name!r}")
    path = folder.path / "figures" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(picture)
    return path


def messages_of(folder: RunFolder) -> Callable[[str], tuple[Message, ...] | None]:
    """Looks up the messages of a dialogue the run kept; a report shows so few that each is worth a scan."""

    def find(id: str) -> tuple[Message, ...] | None:
        if not folder.dialogues_path.exists():
            return None
        start = b'{"id":' + json.dumps(id, ensure_ascii=False).encode()
        with gzip.open(folder.dialogues_path, "rb") as lines:
            line = next((line for line in lines if line.startswith(start)), None)
        if line is None:
            return None
        return tuple(Message(role=turn["role"], content=turn["content"]) for turn in json.loads(line)["messages"])

    return find
