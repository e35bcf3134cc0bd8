"""Write a starter dataset (English and Chinese), a gate file, what a CI system runs, and a README.

The folder is meant to be the root of a repository of yours.

evals init my-evals                 for GitHub: the gate as an action, a workflow that calls it, one that comments
evals init my-evals --ci gitlab     for GitLab: .gitlab-ci.yml
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder to write into; nothing there is overwritten")
    parser.add_argument("--ci", default="github", choices=["github", "gitlab"], help="whose files (default: github)")


def main(arguments: argparse.Namespace) -> int:
    from evals.corpus.starter import create

    for path in create(arguments.dir, ci=arguments.ci):
        print(path)
    print(f"next: evals check dataset=file dataset.path={arguments.dir / 'dataset.jsonl'}")
    return 0
