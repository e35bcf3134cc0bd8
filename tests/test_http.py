"""The one HTTP door: proxy, authorities, Retry-After, waits and what is never shown."""

from __future__ import annotations

import asyncio
import pickle
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from evals.errors import ConfigError, RateLimited, Unreachable
from evals.http import HttpSettings, Reply, Secret, Sender, settings_from

QUICK = {"backoff_s": 0.01, "max_attempts": 2, "timeout_s": 5.0}


class Echo(BaseHTTPRequestHandler):
    """Says which path it was asked for: an absolute URL when it is asked as a proxy."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = self.path.encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def echo() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def post(base_url: str, **settings: Any) -> str:
    async def go() -> str:
        async with Sender(base_url, settings_from({**QUICK, **settings})) as sender:
            return (await sender.post("/x", b"{}", lambda reply: reply.body.decode())).value

    return asyncio.run(go())


def test_a_proxy_is_used_and_loopback_goes_past_it(echo: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named host is asked for through the proxy, given or from the environment; our own machine is not."""
    proxy = f"http://127.0.0.1:{echo.server_port}"
    assert post("http://memos.test/v1", proxy=proxy) == "http://memos.test/v1/x"
    assert post(f"http://127.0.0.1:{echo.server_port}/v1", proxy="http://127.0.0.1:9") == "/v1/x"
    monkeypatch.setenv("HTTP_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert post("http://memos.test/v1") == "http://memos.test/v1/x"
    with pytest.raises(Unreachable):
        post("http://memos.test/v1", proxy="none")


def test_an_authority_of_ones_own(tmp_path: Path) -> None:
    """A certificate nobody knows is refused at once; with http.ca_bundle it is trusted."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on PATH: certificates were not tested")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = HTTPServer(("127.0.0.1", 0), Echo)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    base_url = f"https://localhost:{server.server_port}"
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED") as raised:
        post(base_url)
    assert len(raised.value.attempts) == 1
    assert post(base_url, ca_bundle=str(certificate)) == "/x"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("0", 0.0), ("1.5", 1.5), ("", None), ("soon", None), ("-3", None), ("9" * 30, None)],
)
def test_retry_after_in_seconds(said: str, seconds: float | None) -> None:
    """A number of seconds, or nothing that one could wait for."""
    assert Reply(429, {"retry-after": said}, b"").retry_after_s == seconds


def test_retry_after_as_a_date() -> None:
    """A date is the time until then, and never negative."""
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 57 < (Reply(429, {"retry-after": in_a_minute}, b"").retry_after_s or 0) <= 60
    assert Reply(429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"").retry_after_s == 0


def test_nothing_listens_there() -> None:
    """A refused connection is tried again and then says where it went."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port}") as raised:
        post(f"http://127.0.0.1:{port}")
    assert [attempt.error for attempt in raised.value.attempts] == ["Unreachable"] * 2  # type: ignore[attr-defined]


def test_connections_are_kept_one_a_call_in_flight(echo: HTTPServer) -> None:
    """As many clients as calls were in flight at once, and each is used again."""

    async def go() -> int:
        async with Sender(f"http://127.0.0.1:{echo.server_port}", HttpSettings()) as sender:
            for _ in range(3):
                await sender.post("/x", b"{}", lambda reply: reply.status)
            return len(sender._idle)

    assert asyncio.run(go()) == 1


def test_a_final_error_is_raised_with_its_tries(echo: HTTPServer) -> None:
    """What the reader refuses is tried as often as allowed, and every try is told."""

    def refuse(_: Reply) -> None:
        raise RateLimited("slow down")

    async def go() -> None:
        async with Sender(
            f"http://127.0.0.1:{echo.server_port}", HttpSettings(backoff_s=0.01, max_attempts=3)
        ) as sender:
            await sender.post("/x", b"{}", refuse)

    with pytest.raises(RateLimited) as raised:
        asyncio.run(go())
    assert len(raised.value.attempts) == 3


def test_a_secret_shows_nothing() -> None:
    """Not in a repr, not in a format, not by pickling."""
    secret = Secret("mpg-secret")
    assert f"{secret} {secret!r} {[secret]}" == "[redacted] [redacted] [[redacted]]"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize("values", [{"timeout": 3}, {"proxy": "localhost"}, {"proxy": "http://u:p@proxy.test"}])
def test_a_wrong_setting_is_named(values: dict[str, Any]) -> None:
    """Unknown keys, proxies that are none, and passwords in the configuration."""
    with pytest.raises(ConfigError, match=r"http\."):
        settings_from(values)


@pytest.mark.parametrize(
    ("key", "said"), [("x", "/x/EMPTY"), ("EMPTY", "/x/EMPTY"), ("a-key-of-twelve", "/[redacted]/y")]
)
def test_a_placeholder_key_changes_no_reply(echo: HTTPServer, key: str, said: str) -> None:
    """Keys are taken out of replies; what is too short to be one would take letters out of memories."""

    async def go() -> str:
        sender = Sender(f"http://127.0.0.1:{echo.server_port}", HttpSettings(), {}, (Secret(key),))
        async with sender:
            path = "/x/EMPTY" if len(key) < 12 else f"/{key}/y"
            return (await sender.post(path, b"{}", lambda reply: reply.body.decode())).value

    assert asyncio.run(go()) == said
