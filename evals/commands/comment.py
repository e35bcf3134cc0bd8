"""Post the summary of a gate on its pull or merge request: one comment, written anew each time.

evals comment summary/summary.md                     in a GitHub workflow started by workflow_run, or a GitLab job
evals comment summary/summary.md --label nightly     a comment of its own beside the other

The summary comes from a job that the request can change, so it is held to what `evals gate` writes; what is not
that is not shown. Which request it belongs to is asked of GitHub by the commit, or said by GitLab. Read from the
environment: on GitHub GITHUB_EVENT_PATH, GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN; on GitLab CI_API_V4_URL,
CI_PROJECT_ID, CI_MERGE_REQUEST_IID, CI_COMMIT_SHORT_SHA, CI_JOB_URL and EVALS_TOKEN (without that, nothing is posted).
"""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from evals.errors import ConfigError, DataError

if TYPE_CHECKING:
    from evals.forge import Thread

OURS = "github-actions[bot]"  # who a workflow's own token is
MAX_BYTES = 256 * 2**10
NOT_SHOWN = "### ? memory-evals: no summary to show\n\nThe job left none, or one that `evals gate` does not write."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("summary", type=Path, metavar="SUMMARY", help="summary.md of evals ci or evals gate")
    parser.add_argument("--label", default="gate", help="tells several comments on one request apart (default: gate)")
    parser.add_argument("--author", default=OURS, help=f"GitHub: whose comment is written over (default: {OURS})")


def main(arguments: argparse.Namespace) -> int:
    if not re.fullmatch(r"[a-z0-9-]{1,40}", arguments.label):
        raise ConfigError(f"--label {arguments.label}: lower-case letters, digits and - are wanted")
    on_gitlab = os.environ.get("GITLAB_CI") == "true"
    found = _merge_request() if on_gitlab else _pull_request(arguments.author)
    if isinstance(found, str):
        print(found)
        return 0
    mark = f"<!-- memory-evals:{arguments.label} -->"
    try:
        text = _read(arguments.summary)
    except DataError:
        found.thread.post(f"{NOT_SHOWN}\n\n{found.origin}", mark=mark)  # a verdict on an older commit would mislead
        raise
    done = found.thread.post(f"{text}\n\n{found.origin}", mark=mark)
    print(f"comment {done} on {found.name}")
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A request, its comments, and the line that says where a summary came from."""

    name: str
    thread: Thread
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repository:
    __pydantic_config__: ClassVar[Any] = {"extra": "ignore", "strict": True}
    owner: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _WorkflowRun:
    """What GitHub says of the run that has ended; branch and owner are names that a stranger chose."""

    __pydantic_config__: ClassVar[Any] = {"extra": "ignore", "strict": True}
    head_sha: str
    head_branch: str
    html_url: str
    head_repository: _Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    __pydantic_config__: ClassVar[Any] = {"extra": "ignore", "strict": True}
    workflow_run: _WorkflowRun


def _pull_request(author: str) -> _Request | str:
    """The open pull request of the commit that was measured, or why there is none."""
    from evals.forge import github, open_pull_request
    from evals.http import checked_base_url, secret_from
    from evals.io import read_json

    api_url = checked_base_url(_variable("GITHUB_API_URL"), wanted_by="GITHUB_API_URL")
    repository = _variable("GITHUB_REPOSITORY")
    token = secret_from("GITHUB_TOKEN", os.environ.get("GITHUB_TOKEN"), wanted_by="evals comment")
    run = read_json(Path(_variable("GITHUB_EVENT_PATH")), _Event).workflow_run
    owner = str(run.head_repository.owner.get("login"))
    number = open_pull_request(api_url, repository, owner=owner, branch=run.head_branch, sha=run.head_sha, token=token)
    if number is None:
        return f"nothing to comment on: no open pull request ends in {run.head_sha[:12]}"
    return _Request(
        name=f"pull request {number}",
        thread=github(api_url, repository, number, token=token, author=author),
        origin=_origin(run.head_sha[:7], run.html_url),
    )


def _merge_request() -> _Request | str:
    """The merge request of this pipeline, or why nothing is posted."""
    from evals.forge import gitlab
    from evals.http import checked_base_url, secret_from

    environment = os.environ
    if not environment.get("CI_MERGE_REQUEST_IID"):
        return "nothing to comment on: this is no pipeline of a merge request"
    if not environment.get("EVALS_TOKEN"):
        return "not posted: EVALS_TOKEN is not set (a project access token with scope api)"
    api_url = checked_base_url(_variable("CI_API_V4_URL"), wanted_by="CI_API_V4_URL")
    token = secret_from("EVALS_TOKEN", environment["EVALS_TOKEN"], wanted_by="evals comment")
    number = int(_variable("CI_MERGE_REQUEST_IID"))
    return _Request(
        name=f"merge request {number}",
        thread=gitlab(api_url, _variable("CI_PROJECT_ID"), number, token=token),
        origin=_origin(environment.get("CI_COMMIT_SHORT_SHA", ""), environment.get("CI_JOB_URL", "")),
    )


def _origin(commit: str, url: str) -> str:
    """Where the summary came from, and that the request's own job wrote it."""
    known = commit if re.fullmatch(r"[0-9a-f]{7,64}", commit) else "an unknown commit"
    link = f"[its own job]({url})" if re.fullmatch(r"https?://[\w.:/-]+", url) else "its own job"
    return f"<sub>Of `{known}`, as {link} wrote it.</sub>"


def _read(path: Path) -> str:
    """The summary, checked. A link in an artifact could name any file of this machine, so none is followed."""
    from evals.report.posted import checked_summary

    if path.is_symlink() or not path.is_file():
        raise DataError.at(path, "no such file; the job that was to write it left none")
    with path.open("rb") as handle:
        held = handle.read(MAX_BYTES + 1)
    if len(held) > MAX_BYTES:
        raise DataError.at(path, f"more than {MAX_BYTES // 2**10} kB; a summary has less")
    try:
        return checked_summary(held.decode("utf-8"), path=path)
    except UnicodeDecodeError:
        raise DataError.at(path, "not UTF-8") from None


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"{name} is not set: evals comment runs in a GitHub workflow or a GitLab job")
    return value
