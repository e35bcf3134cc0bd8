"""Shows a finished run: report files beside it, the summary on stdout."""

from __future__ import annotations

import gzip
import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.results import Run
from evals.runs import RunFolder
from evals.types import Message

if TYPE_CHECKING:
    from evals.report.figures.canvas import Shown


def present(folder: RunFolder, run: Run, formats: Sequence[str]) -> None:
    """Write the report files asked for and print the summary, which ends by saying where they are."""
    from evals.report.look import look_next
    from evals.report.tally import tally
    from evals.report.terminal import summary
    from evals.report.write import write_report

    written = write_report(folder.path, run, folder.outcomes, KeptMessages(folder), formats)
    page = next((path for path in written.files if path.name in ("report.html", "report.md")), None)
    look = look_next(run, written.tally or tally(folder.outcomes()), explain=_explain(folder.path))
    print(summary(run, report=page or folder.path, look=look), end="")


def _explain(path: Path) -> str:
    """The command that explains a dialogue of the run, short where runs are in their usual place."""
    return f"evals explain {shlex.quote(path.name if path.parent == Path('reports') else str(path))}"


def write_files(folder: RunFolder, run: Run, formats: Sequence[str]) -> tuple[Path, ...]:
    """The report files asked for, beside the run."""
    if run.load is not None:
        return _write_bench_files(folder, run, formats)
    from evals.report.write import write_report

    return write_report(folder.path, run, folder.outcomes, KeptMessages(folder), formats).files


def _write_bench_files(folder: RunFolder, run: Run, formats: Sequence[str]) -> tuple[Path, ...]:
    from evals.load.samples import FILE_NAME, read_samples
    from evals.report.bench_write import write_bench

    path = folder.path / FILE_NAME
    drawn = path.exists() and {"html", "md"} & set(formats)
    return write_bench(folder.path, run, read_samples(path) if drawn else None, formats)


def write_paper(out: Path, runs: Sequence[Run]) -> tuple[Path, ...]:
    """Tables, method and references over several runs, in `paper/` beside them."""
    from evals.report.paper import paper
    from evals.report.write import write_texts

    return write_texts(out, paper(runs))


def write_figure(folders: Sequence[RunFolder], name: str, path: Path) -> None:
    """One figure over complete runs as a file of the format its name ends in.

    Raises CannotAnswer where they have no data for it.
    """
    from evals.report.figures.canvas import Shown
    from evals.report.tally import tally

    shown = [Shown(run=folder.read_run(), tally=tally(folder.outcomes())) for folder in folders]
    _write_picture(shown, name, path, of=", ".join(str(folder.path) for folder in folders))


def write_trend(runs: Sequence[Run], path: Path) -> None:
    """The headline over runs of which no more than run.json is known. Raises CannotAnswer for fewer than two."""
    from evals.report.figures.canvas import Shown
    from evals.report.tally import tally

    _write_picture([Shown(run=run, tally=tally(())) for run in runs], "trend", path, of=f"{len(runs)} runs")


def _write_picture(shown: Sequence[Shown], name: str, path: Path, *, of: str) -> None:
    from evals.errors import CannotAnswer
    from evals.report.figures import figure_file

    picture = figure_file(shown, name, path.suffix[1:])
    if picture is None:
        raise CannotAnswer(f"{of}: nothing to draw for figure {name!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture)


class KeptMessages:
    """The messages of the dialogues a run kept, by id; asked for in the run's order, the file is read once.

    Two dialogues of a run never share an id, so one that is not ahead stands behind: the reading starts anew.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._path = folder.dialogues_path
        self._lines: Iterator[bytes] = iter(())
        self._last: tuple[str, tuple[Message, ...] | None] | None = None

    def __call__(self, id: str) -> tuple[Message, ...] | None:
        """None where the run kept none of that dialogue."""
        if self._last is None or self._last[0] != id:  # repeats of a dialogue stand together
            line = self._ahead(id) or self._from_the_start(id)
            self._last = id, None if line is None else _messages(line)
        return self._last[1]

    def _ahead(self, id: str) -> bytes | None:
        start = b'{"id":' + json.dumps(id, ensure_ascii=False).encode(errors="replace")
        return next((line for line in self._lines if line.startswith(start)), None)

    def _from_the_start(self, id: str) -> bytes | None:
        if not self._path.exists():
            return None
        self._lines = gzip.open(self._path, "rb")  # noqa: SIM115 - read on with the next id, closed at its end
        return self._ahead(id)


def _messages(line: bytes) -> tuple[Message, ...]:
    return tuple(Message(role=turn["role"], content=turn["content"]) for turn in json.loads(line)["messages"])
