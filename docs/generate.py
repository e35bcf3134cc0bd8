"""Writes the pages of docs/reference/ from the code: metrics, commands, configuration. `make docs` runs it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from evals.cli import COMMANDS
from evals.report.wording import slice_title
from evals.scoring.metrics import METRICS, Metric

DOCS = Path(__file__).parent
CONF = DOCS.parent / "conf"
MADE = "<!-- Made by docs/generate.py (make docs); change the code instead. -->\n\n"
_KEY = re.compile(r"^( *)([\w+]+):(?: +(.*?))?(?: +# *(.*))?$")


def pages() -> dict[str, str]:
    """The pages by their path under docs/."""
    return {
        "reference/metrics.md": MADE + _metrics(),
        "reference/commands.md": MADE + _commands(),
        "reference/config.md": MADE + _config(),
    }


def _metrics() -> str:
    lines = [
        "# Metrics, from the code",
        "",
        f"The {len(METRICS)} metrics of `evals/scoring/metrics.py`, in the order of a report. "
        "[What they mean](../metrics.md) is written by hand.",
        "",
        "| metric | what it is | better | kinds | needs gold |",
        "|:--|:--|:--|:--|:--|",
        *(_metric(metric) for metric in METRICS.values()),
    ]
    return "\n".join(lines) + "\n"


def _metric(metric: Metric) -> str:
    better = {True: "higher", False: "lower", None: "–"}[metric.higher_is_better]
    kinds = ", ".join(slice_title(f"kind={kind}") for kind in metric.kinds) or "pooled only"
    needs = metric.needs or ("a judge" if metric.estimate is None else "–")
    return f"| `{metric.name}` | {metric.about} | {better} | {kinds} | {needs} |"


def _commands() -> str:
    parts = ["# Commands", "", "What `evals COMMAND --help` says, with examples."]
    for name, about in COMMANDS.items():
        module = import_module(f"evals.commands.{name.replace('import', 'import_set')}")
        parser = argparse.ArgumentParser(prog=f"evals {name}", add_help=False)
        module.add_arguments(parser)
        parts += ["", f"## evals {name}", "", f"{about[0].upper()}{about[1:]}.", "", "```text"]
        parts += [(module.__doc__ or "").strip(), "```"]
        rows = [_argument(action) for action in parser._actions]
        parts += ["", "| argument | what it is |", "|:--|:--|", *rows] if rows else []
    return "\n".join(parts) + "\n"


def _argument(action: argparse.Action) -> str:
    shown = str(action.metavar or "\\|".join(map(str, action.choices or ())) or action.dest.upper())
    takes = "" if action.nargs == 0 else f" {shown}"
    name = ", ".join(f"`{option}{takes}`" for option in action.option_strings) or f"`{shown}`"
    return f"| {name} | {_text(action.help or '')} |"


def _config() -> str:
    about = "Every key of `conf/`, from its comments. Overrides are Hydra's: `key=value`, `group=choice`."
    parts = ["# Configuration", "", about]
    for path in sorted(CONF.glob("*.yaml")) + sorted(CONF.glob("*/*.yaml")):
        parts += ["", f"## {path.relative_to(CONF).with_suffix('').as_posix()}", "", *_file(path)]
    return "\n".join(parts) + "\n"


def _file(path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line.lstrip("# ") for line in lines if line.startswith("#")]
    yield from (_text(line) for line in head)
    rows = list(_keys([line for line in lines if not line.startswith("#")]))
    if rows:
        yield from ("", "| key | as shipped | what it is |", "|:--|:--|:--|", *rows)


def _keys(lines: list[str]) -> Iterator[str]:
    """A row a key with a value or a comment, nested keys with dots; lists and what Hydra reads are left out."""
    above: list[tuple[int, str]] = []
    for line in lines:
        found = _KEY.match(line)
        if not found or found[2] == "defaults":
            continue
        indent, name = len(found[1]), found[2]
        above = [entry for entry in above if entry[0] < indent]
        key = ".".join([*(entry[1] for entry in above), name])
        above.append((indent, name))
        if found[3] or found[4]:
            value = f"`{found[3].replace('|', chr(92) + '|')}`" if found[3] else ""
            yield f"| `{key}` | {value} | {_text(found[4] or '')} |"


def _text(comment: str) -> str:
    return comment.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}")
