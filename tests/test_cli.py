"""The door: what is said on which stream, exit codes, one line for a user's mistake, a traceback for our own."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import evals
from evals.cli import COMMANDS, main
from evals.errors import ConfigError

SNAPSHOTS = Path(__file__).parent / "snapshots"
EVALS = [sys.executable, "-m", "evals"]


@pytest.fixture(autouse=True)
def terminate_as_before() -> Iterator[None]:
    """`main` takes the signals that end a process over; pytest gets them back."""
    handlers = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for signum, handler in handlers.items():
        signal.signal(signum, handler)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs `evals` in this process: (exit code, stdout, stderr)."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one good dataset and one with two broken lines."""
    good = '{"id": "a", "messages": [{"role": "user", "content": "I live in Paris."}]}\n'
    (tmp_path / "good.jsonl").write_text(good)
    (tmp_path / "broken.jsonl").write_text(good + '{"id": "b"}\n{"id": "c", \n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command_module(name: str) -> Any:
    """The module of a command."""
    return importlib.import_module(f"evals.commands.{'import_set' if name == 'import' else name}")


def test_overview(cli: Callable[..., tuple[int, str, str]]) -> None:
    """The whole of `evals --help`; EVALS_UPDATE_SNAPSHOTS=1 keeps the new one."""
    code, out, err = cli("--help")
    text = out.replace(evals.__version__, "VERSION")
    kept = SNAPSHOTS / "help.txt"
    if os.environ.get("EVALS_UPDATE_SNAPSHOTS") == "1":
        kept.write_text(text, "utf-8")
    assert (code, text, err) == (0, kept.read_text("utf-8"), "")
    assert cli("-h") == cli("help") == (0, out, "")


def test_without_a_command(cli: Callable[..., tuple[int, str, str]]) -> None:
    """The overview, and exit 2: nothing was done."""
    assert cli() == (2, cli("--help")[1], "")


def test_version(cli: Callable[..., tuple[int, str, str]]) -> None:
    """Name and version of the distribution."""
    assert cli("--version") == (0, f"memory-evals {evals.__version__}\n", "")


def test_unknown_command(cli: Callable[..., tuple[int, str, str]]) -> None:
    """Names what there is."""
    code, out, err = cli("rum")
    assert (code, out) == (2, "")
    assert err == f"evals: no command 'rum'; there are {', '.join(COMMANDS)}\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_of_a_command(
    name: str, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begins with the usage, says what the command does, and shows at least one example, unfolded."""
    monkeypatch.setenv("COLUMNS", "120")
    code, out, err = cli(name, "--help")
    about = command_module(name).__doc__
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: evals {name} ")
    assert about.splitlines()[0] in out
    assert f"\n  evals {name} " in out.replace(f"\nevals {name} ", f"\n  evals {name} ")
    assert all(line in out for line in about.splitlines())


def test_every_command_file_is_a_command() -> None:
    """A file with `add_arguments` is listed, and nothing is listed that has none."""
    folder = Path(evals.__file__).parent / "commands"
    with_arguments = {path.stem for path in folder.glob("*.py") if "def add_arguments" in path.read_text("utf-8")}
    assert {name.removesuffix("_set") for name in with_arguments} == set(COMMANDS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run dataset=file dataset.path=absent.jsonl", "dataset.path=absent.jsonl: no such file"),
        ("run dataset=file dataset.path=.", "dataset.path=.: no such file"),
        ("run dataset=file", "dataset.path has no value yet: give dataset.path=…"),
        ("run foo=1", "unknown override 'foo'"),
        ("run runner.concurency=1", "did you mean runner.concurrency?"),
        ("run extractor=nope", "extractor=nope: no such choice; there are baseline, cloud, command, "),
        ("run matcher=nope", "matcher=nope: no such choice; there are cascade, custom, exact, fuzzy"),
        ("run judge=llm", "judge=llm: matcher=fuzzy asks no judge; matcher=cascade does"),
        ("run runner.concurrency=x", "runner.concurrency='x': input should be a valid integer"),
        ("run runner.max_error_rate=2", "runner.max_error_rate=2: input should be less than or equal to 1"),
        ("run dataset.ids=[nope]", "dataset.ids: no such dialogues: nope"),
        (
            "run dataset.where=language=fr",
            "golden: the selection is empty (dataset.split=all, dataset.where=language=fr)",
        ),
        ("run dataset.where=colour=red", "dataset.where: no such field (value 'colour')"),
        ("run dataset.split=train", "dataset.split='train'"),
        ("run controls=[control_nope]", "controls: 'control_nope' is no control; there are control_duplicated, "),
        ("run extractor=recorded", "give either extractor.path=FILE.jsonl or extractor.run=FOLDER"),
        ("run extractor=recorded extractor.path=absent.jsonl", "absent.jsonl: there is no such file"),
        (
            "run extractor=custom extractor._target_=absent.Mine",
            "No module named 'absent' (is its folder on PYTHONPATH?)",
        ),
        ("run extractor=command extractor.argv=[/absent/program]", "cannot start '/absent/program'"),
        ("run dataset.overlay=absent.jsonl", "dataset.overlay=absent.jsonl: no such file"),
        ("run --config-dir absent", "--config-dir absent: no such folder"),
        ("run --bogus", "unrecognized arguments: --bogus (evals run --help explains)"),
        ("run --cfg hydra", "argument --cfg: invalid choice: 'hydra'"),
        ("run -m extractor=baseline,nope", "extractor=nope: no such choice"),
        ("run report.formats=[pdf]", "report.formats.0='pdf'"),
        ("score", "the following arguments are required: RUN"),
        ("score nope", "no run 'nope'; evals runs list --out reports shows what there is"),
        ("score matcher=exact", "give a RUN to score"),
        ("report nope", "no run 'nope'"),
        ("explain nope id", "no run 'nope'"),
        ("explain --gold x", "--gold and --pred belong together"),
        ("explain", "give RUN and ID, or --gold and --pred"),
        ("check dataset=file dataset.path=absent.jsonl", "dataset.path=absent.jsonl: no such file"),
        ("check extractor=baseline", "unknown override 'extractor'"),
        ("list nope", "no config group 'nope'"),
        ("import", "the following arguments are required: SET"),
        ("import nope", "no importer for 'nope'; there are alpsbench"),
        ("init", "the following arguments are required: DIR"),
        ("init good.jsonl", "good.jsonl"),
        ("draft nope draft.jsonl", "no run 'nope'"),
        ("review nope", "no run 'nope'"),
        ("check --categories none", "argument --categories: 'none' is no whole number above 0"),
        ("runs", "the following arguments are required: action"),
        ("runs show nope", "no run 'nope'"),
    ],
)
def test_a_mistake_is_one_line(words: str, said: str, cli: Callable[..., tuple[int, str, str]], place: Path) -> None:
    """Exit 2, one clear line on stderr, nothing on stdout, nothing written."""
    before = sorted(place.rglob("*"))
    code, out, err = cli(*words.split())
    assert (code, out) == (2, "")
    assert err.startswith("evals: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert said in err
    assert "Traceback" not in err
    assert sorted(place.rglob("*")) == before


def test_every_fault_of_a_file_in_one_reading(cli: Callable[..., tuple[int, str, str]], place: Path) -> None:
    """A broken dataset: a line for each fault with file, line and field; nothing is extracted or written."""
    before = sorted(place.rglob("*"))
    code, out, err = cli("run", "dataset=file", "dataset.path=broken.jsonl")
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first == "evals: broken.jsonl:2: messages: missing; it is required"
    assert second.startswith("broken.jsonl:3: not JSON: ")
    assert sorted(place.rglob("*")) == before


def test_ids_that_look_like_numbers(cli: Callable[..., tuple[int, str, str]], place: Path) -> None:
    """dataset.ids=[1,2] means the dialogues called 1 and 2, as everybody writes it."""
    record = '{{"id": "{0}", "messages": [{{"role": "user", "content": "I live in Paris."}}]}}\n'
    (place / "numbers.jsonl").write_text("".join(record.format(number) for number in (1, 2, 3)))
    words = ("run", "dataset=file", "dataset.path=numbers.jsonl", "dataset.ids=[1,2]", "extractor=control_echo")
    code, _, err = cli(*words, "--dry-run")
    assert (code, err) == (0, "")


def broken_command(error: BaseException) -> Any:
    """A command that ends in an exception."""

    def fail(_: Any) -> int:
        raise error

    return SimpleNamespace(__doc__="", add_arguments=lambda parser: None, main=fail)


@pytest.mark.parametrize(
    ("error", "code", "last"),
    [
        (ZeroDivisionError("ours"), 70, "evals: this is our own bug; please report it with the lines above"),
        (PermissionError(13, "Permission denied", "f"), 70, "PermissionError: [Errno 13] Permission denied: 'f'"),
        (OSError(28, "No space left on device", "f"), 4, "evals: the disk is full (f); what was stored is safe"),
        (KeyboardInterrupt(), 130, "evals: interrupted"),
    ],
)
def test_what_is_not_the_users_mistake(
    error: BaseException,
    code: int,
    last: str,
    cli: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A traceback and exit 70 for our own bug alone; a full disk and Ctrl-C are one line."""
    monkeypatch.setitem(sys.modules, "evals.commands.list", broken_command(error))
    ended, out, err = cli("list")
    assert (ended, out, err.splitlines()[-1]) == (code, "", last)
    assert ("Traceback" in err) == (code == 70)
    assert err.count("\n") == 1 or code == 70


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("made", [RuntimeError, ConfigError])
def test_a_signal_that_a_library_turns_into_its_own_error_is_still_a_signal(
    made: type[Exception],
    signum: signal.Signals,
    cli: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Libraries do that; it is an interruption, one line and its exit code, and neither a bug nor a mistake."""

    def main(_: Any) -> int:
        try:
            signal.raise_signal(signum)
        except KeyboardInterrupt as stop:
            raise made(f"SchemaError: {stop!r}") from None
        return 0

    command = SimpleNamespace(__doc__="", add_arguments=lambda parser: None, main=main)
    monkeypatch.setitem(sys.modules, "evals.commands.list", command)
    assert cli("list") == (128 + signum, "", "evals: interrupted\n")
    monkeypatch.setitem(sys.modules, "evals.commands.list", broken_command(ZeroDivisionError("ours")))
    assert cli("list")[0] == 70  # what came before is forgotten


@pytest.mark.parametrize(
    "words",
    [["list", "extractor"], ["list", "--help"], ["--help"], ["--version"], ["explain", "--gold", "a", "--pred", "a"]],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_no_error(words: list[str], unbuffered: str) -> None:
    """`evals list | head -0`: whoever reads may stop reading."""
    reader, writer = os.pipe()
    os.close(reader)
    variables = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run([*EVALS, *words], stdout=closed, stderr=subprocess.PIPE, text=True, env=variables)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [["--help"], ["import", "kvpi"], ["explain", "--gold", "我住在杭州", "--pred", "x"]])
def test_a_terminal_that_knows_ascii_alone(words: list[str]) -> None:
    """Characters that the terminal cannot show are escaped, not a crash."""
    variables = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*EVALS, *words], capture_output=True, text=True, env=variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


def test_progress_on_stderr_result_on_stdout(place: Path) -> None:
    """What a script reads from stdout is the result alone, whatever was said meanwhile."""
    words = ["run", "dataset=file", "dataset.path=good.jsonl", "extractor=control_echo", "--name", "a", "--force"]
    for _ in range(2):
        done = subprocess.run([*EVALS, *words], capture_output=True, text=True)
        assert done.returncode == 0
    assert done.stdout.startswith("a\n")
    assert re.fullmatch(r"the run that stood there is kept as reports/a\.1\n", done.stderr)
    assert "kept as" not in done.stdout
