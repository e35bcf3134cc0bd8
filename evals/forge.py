"""One comment a pull request (GitHub) or merge request (GitLab): found again by a hidden mark, written anew in place.

Only comments of our own account are ever written over, since anybody can put the mark into theirs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from evals.errors import MalformedReply, of_http_status
from evals.http import HttpSettings, Reply, Secret, Sender

T = TypeVar("T")
A_PAGE = 100
PAGES = 50  # comments beyond the first 5,000 are not looked at
ONCE = HttpSettings(max_attempts=1)  # a comment whose answer was lost may have been made


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Where the comments of one request are, and how the forge wants them written.

    `author` is the account whose comments are ours; None asks the forge whose token it is.
    """

    api_url: str
    comments: str
    one_comment: str
    update: Literal["PATCH", "PUT"]
    author: str | None
    headers: Mapping[str, str]
    secret: Secret

    def post(self, text: str, *, mark: str) -> Literal["created", "updated"]:
        """Writes our comment, the first time at the thread's end. Raises ExtractorError where the forge refuses."""
        return asyncio.run(_post(self, text, mark))


def github(api_url: str, repository: str, number: int, *, token: Secret, author: str) -> Thread:
    """The comments of a pull request, by GitHub's REST API (docs.github.com/rest/issues/comments)."""
    issues = f"/repos/{quote(repository)}/issues"
    return Thread(
        api_url=api_url,
        comments=f"{issues}/{number}/comments",
        one_comment=f"{issues}/comments",
        update="PATCH",
        author=author,
        headers=_github_headers(token),
        secret=token,
    )


def gitlab(api_url: str, project: str, number: int, *, token: Secret) -> Thread:
    """The notes of a merge request, by GitLab's REST API (docs.gitlab.com/api/notes)."""
    notes = f"/projects/{quote(project, safe='')}/merge_requests/{number}/notes"
    return Thread(
        api_url=api_url,
        comments=notes,
        one_comment=notes,
        update="PUT",
        author=None,
        headers={"PRIVATE-TOKEN": token.reveal()},
        secret=token,
    )


def open_pull_request(api_url: str, repository: str, *, owner: str, branch: str, sha: str, token: Secret) -> int | None:
    """The number of the open pull request from that branch whose last commit is `sha`; None where there is none.

    The answer is the forge's own: a number that the request's job wrote could be anybody's.
    """
    found = asyncio.run(_pull_requests(api_url, repository, f"{owner}:{branch}", token))
    heads = {(each.get("head") or {}).get("sha"): each.get("number") for each in found}
    number = heads.get(sha)
    return number if isinstance(number, int) else None


def _github_headers(token: Secret) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token.reveal()}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


async def _pull_requests(api_url: str, repository: str, head: str, token: Secret) -> list[dict[str, Any]]:
    query = urlencode({"state": "open", "head": head, "per_page": A_PAGE})
    async with Sender(api_url, headers=_github_headers(token), secrets=(token,)) as sender:
        return (await sender.get(f"/repos/{quote(repository)}/pulls?{query}", _list)).value


async def _post(thread: Thread, text: str, mark: str) -> Literal["created", "updated"]:
    reading = Sender(thread.api_url, headers=thread.headers, secrets=(thread.secret,))
    writing = Sender(thread.api_url, ONCE, headers=thread.headers, secrets=(thread.secret,))
    body = json.dumps({"body": f"{mark}\n{text}"}, ensure_ascii=False).encode()
    async with reading, writing:
        author = thread.author or str((await reading.get("/user", _object)).value.get("username"))
        known = await _own_comment(reading, thread.comments, author, mark)
        if known is None:
            await writing.post(thread.comments, body, _object)
            return "created"
        await writing.send(thread.update, f"{thread.one_comment}/{known}", body, _object)
        return "updated"


async def _own_comment(sender: Sender, path: str, author: str, mark: str) -> int | None:
    for page in range(1, PAGES + 1):
        found = (await sender.get(f"{path}?{urlencode({'per_page': A_PAGE, 'page': page})}", _list)).value
        for each in found:
            by = each.get("user") or each.get("author") or {}
            if author in (by.get("login"), by.get("username")) and str(each.get("body")).startswith(mark):
                return int(each["id"])
        if len(found) < A_PAGE:
            return None
    return None


def _list(reply: Reply) -> list[dict[str, Any]]:
    return _checked(reply, list)


def _object(reply: Reply) -> dict[str, Any]:
    return _checked(reply, dict)


def _checked(reply: Reply, shape: type[T]) -> T:
    """The JSON of a success. Raises the error its status stands for, with the forge's message."""
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        value = None
    if not 200 <= reply.status < 300:
        said = value.get("message") if isinstance(value, dict) else None
        raise of_http_status(reply.status)(f"HTTP {reply.status}: {' '.join(str(said or 'no message').split())[:200]}")
    if not isinstance(value, shape):
        raise MalformedReply(f"HTTP {reply.status}: not the answer of this forge's API")
    return value
