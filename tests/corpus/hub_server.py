"""A hub on loopback: enough of its API for `datasets` to stream the files of a folder as the repository owner/name."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def hub(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serves a folder; its address and the paths that were asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, asked))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def _handler(folder: Path, asked: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = unquote(urlparse(self.path).path)
            asked.append(path)
            file = folder / path.rpartition("/")[2]
            if path.startswith("/api/datasets/owner/name"):
                entries = _entries(folder)
                about = {"id": "owner/name", "sha": COMMIT, "siblings": [{"rfilename": e["path"]} for e in entries]}
                self.answer(json.dumps(entries if "/tree/" in path else about).encode())
            elif path.startswith("/datasets/owner/name/resolve/") and file.is_file():
                self.answer(file.read_bytes(), etag=_digest(file))
            else:
                known = path.startswith("/datasets/owner/name")
                self.answer(b"", status=404, error="EntryNotFound" if known else "RepoNotFound")

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            self.answer(json.dumps([e for e in _entries(folder) if e["path"] in body["paths"]]).encode())

        def answer(self, body: bytes, *, status: int = 200, etag: str = "", error: str = "") -> None:
            headers = {"etag": f'"{etag}"', "x-repo-commit": COMMIT, "x-error-code": error, "accept-ranges": "bytes"}
            if wanted := self.headers.get("range"):
                first, last = wanted.removeprefix("bytes=").split("-")
                start, stop = int(first), min(int(last) if last else len(body), len(body) - 1)
                headers["content-range"] = f"bytes {start}-{stop}/{len(body)}"
                status, body = 206, body[start : stop + 1]
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def _entries(folder: Path) -> list[dict[str, Any]]:
    return [
        {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": _digest(path)}
        for path in sorted(folder.iterdir())
        if path.is_file()
    ]


def _digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
