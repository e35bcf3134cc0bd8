"""What can be chosen, one line each.

evals list                 the config groups and their choices
evals list extractor       every extractor with what it is
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("group", nargs="?", help="a config group: dataset, extractor, matcher, judge, experiment")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every group")
    parser.add_argument("--json", action="store_true", help="for machines")


def main(arguments: argparse.Namespace) -> int:
    from evals.config import choices

    found = choices(arguments.group, config_dir=arguments.config_dir)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return 0
    width = max(map(len, found))
    for name, about in found.items():
        print(f"{name:<{width}}  {about}")
    return 0
