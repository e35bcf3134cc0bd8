"""Argument parsing, one-line errors and exit codes; no logic.

The first word picks the command and that command's own parser reads the rest, because argparse's sub-parsers refuse
`evals gate CAND --baseline BASE rules=strict`. Nothing of a command is imported before it is chosen.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from types import FrameType

from evals import __version__
from evals.errors import EvalsError, StoppedShort, UsageError

COMMANDS = {
    "run": "extract, match, score, report",
    "score": "match and score stored predictions again, without asking the extractor",
    "compare": "paired differences between stored runs, and every memory that changed",
    "gate": "may this candidate ship? rules, a verdict and an exit code",
    "bless": "make a run the stored baseline",
    "ci": "what a CI job calls: measure a candidate, judge it, leave files and outputs",
    "comment": "post the summary of a gate on its pull or merge request",
    "explain": "say in words what became of an item, and who decided it on what",
    "report": "draw stored runs again",
    "export": "a run for other tools, or as one archive that can be checked",
    "verify": "recompute every number of a bundle offline",
    "calibrate": "measure the matcher on probes made from gold, or on labelled pairs",
    "check": "validate a dataset and score gold against gold",
    "list": "what can be chosen, one line each",
    "import": "a public set into our record format",
    "init": "a starter dataset, gate file and workflow",
    "draft": "predictions of a run as gold to correct",
    "review": "go over what came out wrong, and write down where it is gold that is wrong",
    "runs": "list, show, rm, gc: housekeeping",
    "bench": "latency and throughput under load, with a verdict on the figures themselves",
    "serve": "any extractor behind the API of MemOS Cloud",
}
INTERRUPTED, OUR_BUG = 130, 70


class _Terminated(KeyboardInterrupt):
    """Ctrl-C, SIGTERM or a closed terminal."""

    def __init__(self, signum: int) -> None:
        self.exit_code = 128 + signum
        super().__init__()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (architecture.md, Commands)."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows ASCII alone gets escapes
            stream.reconfigure(errors="backslashreplace")
    _received.clear()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signum = getattr(signal, name, None)
        if signum is not None and signal.getsignal(signum) is not signal.SIG_IGN:  # nohup stays nohup
            signal.signal(signum, _terminate)
    return _guarded(lambda: _flushed(words))


def _flushed(words: list[str]) -> int:
    """The command's exit code once all its output is out: a reader that has gone shows here, not at exit."""
    code = _dispatch(words[0] if words else "", words[1:])
    sys.stdout.flush()
    return code


def _dispatch(name: str, words: list[str]) -> int:
    if name in ("", "-h", "--help", "help"):
        print(_overview())
        return 0 if name else 2
    if name == "--version":
        print(f"memory-evals {__version__}")
        return 0
    if name not in COMMANDS:
        raise UsageError(f"no command {name!r}; there are {', '.join(COMMANDS)}")
    module = import_module(f"evals.commands.{name.replace('import', 'import_set')}")
    parser = _Parser(
        prog=f"evals {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    try:
        arguments = parser.parse_intermixed_args(words)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    code: int = module.main(arguments)
    return code


class _Parser(argparse.ArgumentParser):
    """argparse that reports a wrong command line as one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message} (evals {self.prog.removeprefix('evals ')} --help explains)")


def _guarded(command: Callable[[], int]) -> int:
    try:
        return command()
    except EvalsError as error:
        if _received and not isinstance(error, StoppedShort):
            return _interrupted()
        _tell(f"evals: {error}")
        return error.exit_code
    except KeyboardInterrupt as stop:  # the runner's own says what is stored
        _tell(f"evals: {str(stop) or 'interrupted'}")
        return getattr(stop, "exit_code", INTERRUPTED)
    except SystemExit as stop:  # a system under test that exits must not look like a gate's FAIL
        _tell(f"evals: code that was run called exit({stop.code}); what was stored is safe")
        return StoppedShort.exit_code
    except BrokenPipeError:  # `evals runs list | head` is not an error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _tell(f"evals: the disk is full ({error.filename}); what was stored is safe")
            return StoppedShort.exit_code
        _tell(traceback.format_exc().rstrip())
        return OUR_BUG
    except Exception:
        if _received:
            return _interrupted()
        _tell(traceback.format_exc() + "evals: this is our own bug; please report it with the lines above")
        return OUR_BUG


def _interrupted() -> int:
    """A signal that came out as an error: libraries turn what it raises inside them into errors of their own."""
    _tell("evals: interrupted")
    return 128 + _received[0]


def _tell(text: str) -> None:
    """One line on stderr, if anybody is there to read it: a terminal that was closed must not change the exit code."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


_received: list[int] = []  # signals that asked this command to end


def _terminate(signum: int, _frame: FrameType | None) -> None:
    _received.append(signum)
    raise _Terminated(signum)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {about}" for name, about in COMMANDS.items()]
    return "\n".join(
        [
            f"memory-evals {__version__}: how well does a system extract memories from dialogue?",
            "",
            "usage: evals COMMAND …      evals COMMAND --help explains, with examples",
            "",
            *lines,
            "",
            "exit codes: 0 done · 1 the gate fails · 2 usage, config or data is wrong · 3 cannot be answered · "
            "4 stopped short · 70 bug",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
