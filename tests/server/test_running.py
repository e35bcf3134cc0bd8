"""A server in operation: keys, failures of the system behind it, sizes, how many at once, how it ends."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from evals.commands.serve import listening
from evals.config import load
from evals.config_shapes import ServeConfig
from evals.memos.codes import CODES

GREETING = {"messages": [{"role": "user", "content": "I live in Lisbon."}]}


def saying(content: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}]}


# --- the socket ----------------------------------------------------------------------------------


def test_replies_do_not_wait_for_acknowledgements() -> None:
    """Nagle's algorithm is off on the connections a listener of ours takes (it costs 40 ms a reply)."""

    async def accepted() -> int:
        taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def look(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            taken.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with listening(load("serve", ServeConfig, ["server.port=0"]).server, keyless=True) as listener:
            async with await asyncio.start_server(look, sock=listener):
                _, ours = await asyncio.open_connection(*listener.getsockname())
                ours.close()
                await ours.wait_closed()
                return await taken

    assert asyncio.run(accepted()) == 1


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, 40100),
        ("", 401, 40100),
        ("Token", 401, 40100),
        ("Token  ", 401, 40100),
        ("mpg-one", 401, 40100),
        ("Bearer mpg-one", 401, 40100),
        ("Token mpg-on", 401, 40132),
        ("Token mpg-one2", 401, 40132),
        ("Token mpg-one,mpg-two", 401, 40132),
        ("Token mpg-\xf6ne", 401, 40132),
        ("Token mpg-one", 200, 0),
        ("token   mpg-two ", 200, 0),
        ("TOKEN mpg-three", 200, 0),
    ],
)
def test_a_key_is_asked_for(serve: Callable[..., Any], header: str | None, status: int, code: int) -> None:
    """Any of the keys of variable and file opens, whatever the case of the scheme; nothing else does."""
    path = Path(__file__).parent / "keys.txt"
    served = serve("server.keys_env=SERVED", f"server.keys_file={path}", SERVED=" mpg-one, mpg-two,,")
    answer = served.call(GREETING, **({} if header is None else {"Authorization": header}))
    assert (answer.status, answer.json["code"]) == (status, code)
    assert "mpg" not in served.said()
    assert "mpg" not in answer.json["message"]


def test_without_the_key_nothing_is_said_of_the_body(serve: Callable[..., Any]) -> None:
    """A wrong request without a key is told about the key alone, and one that is too large too."""
    served = serve("server.keys_env=SERVED", SERVED="mpg-one")
    assert served.call(b"{").json["code"] == 40100
    assert served.call(b" " * 3 * 2**20).json["code"] == 40100


# --- failures of the system ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Failing", "AsyncFailing"])
@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("InputTooLong", 40305, "from the extractor"),
        ("InputTooLong 40303", 40303, "a single dialogue is too long"),
        ("BadRequest", 40000, "from the extractor"),
        ("BadRequest 40003", 40003, "from the extractor"),
        ("BadRequest 50000", 40000, "from the extractor"),
        ("RateLimited", 40300, "from the extractor"),
        ("RateLimited 40309", 40309, "from the extractor"),
        ("Unreachable", 50004, "Unreachable"),
        ("TimedOut", 50004, "TimedOut"),
        ("ConnectionBroken", 50004, "ConnectionBroken"),
        ("ServerFailed", 50002, "ServerFailed"),
        ("AuthRejected 40132", 50002, "AuthRejected"),
        ("MalformedReply", 50002, "MalformedReply"),
        ("ExtractorError", 50002, "ExtractorError"),
        ("ConfigError", 50000, "internal server error"),
        ("value", 50000, "internal server error"),
        ("nothing", 50000, "internal server error"),
        ("exit", 50000, "internal server error"),
        ("stop", 50000, "internal server error"),
        ("cancel", 50000, "internal server error"),
    ],
)
def test_a_failure_of_the_system_is_a_code(
    serve: Callable[..., Any], system: Any, name: str, said: str, code: int, message: str
) -> None:
    """Each failure has its code and status; the next request is served; no word of a dialogue is answered or logged."""
    served = serve(*system(name))
    answer = served.call(saying(said))
    assert (answer.status, answer.json["code"], answer.json["data"]) == (CODES[code].http_status, code, None)
    assert message in answer.json["message"]
    assert answer.headers.get("retry-after") == ("7" if code in (40300, 40309) else None)
    assert "secret" not in answer.json["message"] + served.said()
    assert "Traceback" not in served.said()
    assert served.call(method="GET", path="/healthz").json["in_flight"] == 0


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("surplus", [1, 3 * 2**20, 40 * 2**20])
def test_a_body_that_is_too_large_is_refused(serve: Callable[..., Any], *, chunked: bool, surplus: int) -> None:
    """Whether or not its length is told beforehand; far too large, the connection may end before it is sent."""
    served = serve()
    body = b" " * (2**20 + surplus)
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    try:
        parts = (body[place : place + 65536] for place in range(0, len(body), 65536))
        connection.request("POST", "/extract/memory", parts if chunked else body, encode_chunked=chunked)
        reply = connection.getresponse()
        assert (reply.status, b"40305" in reply.read()) == (413, True)
    except (BrokenPipeError, ConnectionResetError):
        assert surplus > 8 * 2**20
    finally:
        connection.close()
    assert served.call(GREETING).status == 200


def test_a_body_of_the_largest_size_is_read(serve: Callable[..., Any]) -> None:
    """The limit itself is within the limit: spaces around JSON are JSON."""
    body = b'{"messages": [{"role": "user", "content": "I live in Lisbon."}]}'
    assert serve().call(body + b" " * (2**20 - len(body))).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /extract/memory HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}",
        b"POST /extract/memory HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_does_no_harm(serve: Callable[..., Any], sent: bytes) -> None:
    """A connection of garbage, or one that ends half-way, is dropped, and the next request is served."""
    served = serve()
    dropped = suppress(OSError)  # before all of it was sent, or before we could say that it was
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw, dropped:
        raw.sendall(sent)
        raw.shutdown(socket.SHUT_WR)
        while raw.recv(65536):
            pass
    assert served.call(GREETING).status == 200
    assert "Traceback" not in served.said()


# --- how many at once, and the end ---------------------------------------------------------------


def until(there: Path) -> None:
    while not there.exists():
        os.sched_yield()


def until_refused(served: Any) -> None:
    """Returns when nobody listens any more; who was still in line then is reset."""
    while served.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", served.port), timeout=10).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_finishes_what_is_in_flight(
    serve: Callable[..., Any], system: Any, tmp_path: Path, number: int, code: int
) -> None:
    """The request in flight is answered, new ones are refused, the system is closed and the exit code says why."""
    served = serve(*system("Gate", f"+extractor.folder={tmp_path}"))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(served.call, saying("hello"))
        until(tmp_path / "come")
        served.process.send_signal(number)
        until_refused(served)  # as soon as the signal is seen
        assert not answer.done()
        (tmp_path / "go").touch()
        assert answer.result().json["data"]["memory_detail_list"] == [{"memory_value": "hello"}]
    assert served.process.wait(30) == code
    assert (tmp_path / "closed").exists()
    assert served.said().splitlines()[1:] == [
        f"evals: stopped by {signal.Signals(number).name}; everything in flight is answered"
    ]


def test_a_second_signal_abandons_what_hangs(serve: Callable[..., Any], system: Any, tmp_path: Path) -> None:
    """A system that never answers does not keep the server alive for ever; who waits for it is told."""
    served = serve(*system("Gate", f"+extractor.folder={tmp_path}"))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(served.call, saying("hello"))
        until(tmp_path / "come")
        for _ in range(2):
            served.process.send_signal(signal.SIGTERM)
            until_refused(served)  # the first has been seen
        assert served.process.wait(30) == 143
        assert (answer.result().status, answer.result().json["code"]) == (503, 50004)
    assert (tmp_path / "closed").exists()
    assert "what was in flight is abandoned" in served.said()
    assert "Traceback" not in served.said()


def test_more_than_may_be_in_flight_are_told_to_come_again(
    serve: Callable[..., Any], system: Any, tmp_path: Path
) -> None:
    """Above server.concurrency the answer is 429, Retry-After and 40300, and nothing of it stays behind."""
    served = serve(*system("Gate", f"+extractor.folder={tmp_path}", "server.concurrency=2"))
    with ThreadPoolExecutor(2) as pool:
        first = [pool.submit(served.call, saying(word)) for word in ("one", "two")]
        while served.call(method="GET", path="/healthz").json["in_flight"] < 2:
            pass
        refused = served.call(GREETING)
        assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (429, 40300, "1")
        assert served.call(b"{").json["code"] == 40000
        (tmp_path / "go").touch()
        told = [answer.result().json["data"]["memory_detail_list"][0]["memory_value"] for answer in first]
        assert told == ["one", "two"]
    assert served.call(GREETING).status == 200


def test_a_line_a_request_when_asked_for(serve: Callable[..., Any]) -> None:
    """Off by default; with server.access_log one line with path and status, and nothing of the body."""
    served = serve("server.access_log=true")
    served.call(GREETING)
    assert '"POST /extract/memory HTTP/1.1" 200' in served.said()
    assert "Lisbon" not in served.said()
    quiet = serve()
    quiet.call(GREETING)
    assert "POST" not in quiet.said()


# --- before it serves ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("server.host=0.0.0.0", "server.host=0.0.0.0: without keys only this machine is served (127.0.0.1)"),
        ("server.host=::", "without keys only this machine is served"),
        ("server.keys_env=ABSENT", "server.keys_env: ABSENT holds no key"),
        ("server.keys_env=mpg-one", "server.keys_env: the NAME of an environment variable is wanted"),
        ("server.keys_env=SPACED", "server.keys_env: SPACED holds characters that no key has"),
        ("server.keys_file=absent", "server.keys_file=absent: No such file or directory"),
        ("server.port=70000", "server.port=70000: input should be less than or equal to 65535"),
        ("server.concurency=2", "did you mean server.concurrency?"),
        ("server.concurrency=0", "server.concurrency=0"),
        ("server.http_status=200", "server.http_status=200"),
        ("server.prefix=api", "server.prefix='api'"),
        ("extractor=control_oracle", "made a OracleControl, which has no Extractor.extract()"),
        ("extractor=nope", "extractor=nope: no such choice"),
        ("--nope", "unrecognized arguments: --nope"),
    ],
)
def test_a_mistake_is_one_line(words: str, said: str, tmp_path: Path) -> None:
    """Exit 2 and one line; a key is never shown."""
    env = {**os.environ, "SPACED": "mpg-one mpg-two"}
    done = subprocess.run(
        [sys.executable, "-m", "evals", "serve", "server.port=0", *words.split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
    assert "mpg" not in done.stderr


def test_a_port_in_use_is_one_line(serve: Callable[..., Any]) -> None:
    """The line names the address."""
    port = serve().port
    done = subprocess.run(
        [sys.executable, "-m", "evals", "serve", f"server.port={port}"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr == f"evals: server.host=127.0.0.1 server.port={port}: Address already in use\n"


def test_another_address_is_served_with_keys(serve: Callable[..., Any]) -> None:
    """With a key every address may be bound."""
    served = serve("server.host=0.0.0.0", "server.keys_env=SERVED", SERVED="mpg-one")
    assert served.call(GREETING, Authorization="Token mpg-one").status == 200
