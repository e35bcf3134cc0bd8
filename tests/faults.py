"""A server on a real socket that misbehaves as a test tells it to, request by request."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

Act = Callable[[socket.socket], None]


def http(status: int, body: bytes, *headers: str, length: int | None = None, pause_s: float = 0.0) -> Act:
    """A reply with this body; `length` lies about it, `pause_s` comes before the headers."""

    def act(connection: socket.socket) -> None:
        time.sleep(pause_s)
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body) if length is None else length}", *headers]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        if length is not None:
            connection.close()

    return act


def envelope(
    code: Any, data: Any = None, message: str = "", *, status: int = 200, headers: tuple[str, ...] = ()
) -> Act:
    """A reply in the API's envelope."""
    body = json.dumps({"code": code, "message": message, "data": data}).encode()
    return http(status, body, "content-type: application/json", *headers)


def reset(connection: socket.socket) -> None:
    """The connection is reset instead of answered."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket) -> None:
    """The connection is closed instead of answered."""
    connection.close()


def drip(connection: socket.socket) -> None:
    """A body of which a byte comes now and then: no read ever times out, the whole never ends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(40):
        connection.sendall(b" ")
        time.sleep(0.05)


@dataclass
class FaultServer:
    """Answers each dialogue (its first user message names the act) and counts how often each was asked."""

    acts: dict[str, Act | list[Act]]
    asked: Counter[str] = field(default_factory=Counter)
    requests: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                while request := _read_request(connection):
                    self.requests.append(request)
                    name = json.loads(request.partition(b"\r\n\r\n")[2])["messages"][0]["content"]
                    acts = self.acts[name]
                    act = acts[min(self.asked[name], len(acts) - 1)] if isinstance(acts, list) else acts
                    self.asked[name] += 1
                    act(connection)
        except OSError:
            return


def _read_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (chunk := connection.recv(65536)):
            return b""
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
