"""A local server with the few routes of GitHub's and GitLab's REST APIs that comments need."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

GITHUB_TOKEN, GITLAB_TOKEN = "ghs_local-token-of-a-test", "glpat-local-token-of-a-test"


@dataclass
class Forge:
    """What the forge holds: pull requests, comments in order, and every request it was sent."""

    url: str = ""
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200

    def by(self, author: str, body: str) -> None:
        """A comment that was there before."""
        self.comments.append({"id": len(self.comments) + 1, "body": body, "user": {"login": author}})

    @property
    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]


@contextmanager
def forge() -> Iterator[Forge]:
    """A forge that listens on a free port until the block ends."""
    held = Forge()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, value: object, status: int = 200) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            held.asked.append((self.command, self.path))
            if held.status != 200:
                self._answer({"message": "Resource not accessible by integration"}, held.status)
                return
            hub = self.headers.get("Authorization") == f"Bearer {GITHUB_TOKEN}"
            lab = self.headers.get("PRIVATE-TOKEN") == GITLAB_TOKEN
            if not (hub or lab):
                self._answer({"message": "Bad credentials"}, 401)
                return
            self._answer(*_routed(held, self.command, self.path, body, "github-actions[bot]" if hub else "evals-bot"))

    for method in ("GET", "POST", "PATCH", "PUT"):
        setattr(Handler, f"do_{method}", Handler._handle)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _routed(held: Forge, method: str, path: str, body: Any, account: str) -> tuple[object, int]:
    parts, query = urlsplit(path), parse_qs(urlsplit(path).query)
    place = parts.path.removeprefix("/repos/our/repo").removeprefix("/projects/7")
    if (method, place) == ("GET", "/user"):
        return {"username": account}, 200
    if (method, place) == ("GET", "/pulls"):
        return [pull for pull in held.pulls if pull["label"] == query["head"][0] and query["state"] == ["open"]], 200
    if place in ("/issues/3/comments", "/merge_requests/3/notes"):
        if method == "POST":
            name = {"login": account} if "issues" in place else {"username": account}
            key = "user" if "issues" in place else "author"
            held.comments.append({"id": len(held.comments) + 1, "body": body["body"], key: name})
            return held.comments[-1], 201
        start = (int(query["page"][0]) - 1) * int(query["per_page"][0])
        return held.comments[start : start + int(query["per_page"][0])], 200
    known, _, number = place.rpartition("/")
    wanted = {"/issues/comments": "PATCH", "/merge_requests/3/notes": "PUT"}
    if wanted.get(known) == method:
        comment = next(comment for comment in held.comments if comment["id"] == int(number))
        comment["body"] = body["body"]
        return comment, 200
    return {"message": "Not Found"}, 404
