"""Serve an extractor behind the API of MemOS Cloud: POST /extract/memory.

  evals serve                                            the baseline, on this machine alone
  evals serve extractor=custom extractor._target_=mypkg.Mine server.port=0
  evals serve server.host=0.0.0.0 server.keys_env=SERVED_KEYS

Ctrl-C or SIGTERM finishes what is in flight and ends; a second one abandons it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import inspect
import ipaddress
import logging
import os
import queue
import re
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from evals.errors import ConfigError

if TYPE_CHECKING:
    from uvicorn import Server

    from evals.config_shapes import ServeConfig, ServerConfig
    from evals.protocols import Extractor
    from evals.types import Extraction, ExtractionType, Message

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEEP_ALIVE_S = 75  # longer than clients and balancers keep a resting connection, so that none is closed as it is used
_KEY = re.compile(r"[\x21-\x7e]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("overrides", nargs="*", help="Hydra overrides: extractor=…, server.port=…, server.keys_env=…")
    parser.add_argument("--config-dir", type=Path, help="a folder of your own that adds to every config group")
    parser.add_argument("--env-file", type=Path, help="NAME=VALUE lines for variables that are not set (keys, URLs)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.env_file import load_env_file
    from evals.config import build, load
    from evals.config_shapes import ServeConfig
    from evals.protocols import Extractor

    load_env_file(arguments.env_file)
    config = load("serve", ServeConfig, arguments.overrides, config_dir=arguments.config_dir)
    _check_installed()
    keys = _keys(config.server)
    extractor = build("extractor", config.extractor, Extractor)
    pin = config.extractor.get("version") or getattr(extractor, "version", None) or "unpinned"
    with listening(config.server, keyless=not keys) as listener:
        served = f"{config.extractor['name']}({pin}) at {_url(listener)}{config.server.prefix}"
        asked = f"{len(keys)} keys" if keys else "no key asked for"
        stopped_by = asyncio.run(_serve(config, extractor, keys, listener, f"{served} ({asked}; Ctrl-C stops)"))
    return 128 + stopped_by


async def _serve(
    config: ServeConfig, extractor: Extractor, keys: tuple[str, ...], listener: socket.socket, served: str
) -> int:
    """Serves until a signal comes, and returns its number once everything in flight is answered."""
    from evals.server import ServerSettings, application, digest_of

    values = asdict(config.server)
    answering = {name: values[name] for name in ServerSettings.__slots__ if name in values}
    settings = ServerSettings(
        **answering, extractor=config.extractor["name"], keys=tuple(digest_of(key) for key in keys)
    )
    server = _server(application(_caller(extractor), settings), access_log=config.server.access_log)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        server.should_exit = True
        if len(signals) > 1:
            serving.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    print(f"evals: serving {served}", file=sys.stderr, flush=True)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    finally:
        close = getattr(extractor, "close", None)
        if close is not None and inspect.isawaitable(closing := close()):
            await closing
    how = "what was in flight is abandoned" if len(signals) > 1 else "everything in flight is answered"
    print(f"evals: stopped by {signal.Signals(signals[-1]).name}; {how}", file=sys.stderr)
    return signals[-1]


def _server(app: Any, *, access_log: bool) -> Server:
    """A uvicorn server that leaves the signals to us and logs failures alone, or accesses too."""
    from uvicorn import Config, Server

    class Unsignalled(Server):
        """Its own handlers raise the signal again at the end, before the extractor is closed."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    logging.basicConfig(stream=sys.stderr, format="evals: %(message)s", level=logging.WARNING)
    if access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    return Unsignalled(
        Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=access_log,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
    )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


# --- calling the extractor -----------------------------------------------------------------------


def _caller(extractor: Extractor) -> Callable[..., Awaitable[Extraction]]:
    """The extractor as one coroutine function: plain ones in threads, and what they return made sound."""
    from evals.predictions import as_extraction
    from evals.types import Message

    plain = not inspect.iscoroutinefunction(extractor.extract)
    threads = _Threads()
    wants_time = bool(getattr(extractor, "wants_time", False))

    async def extract(messages: tuple[Message, ...], asked: tuple[ExtractionType, ...]) -> Extraction:
        if not wants_time:
            messages = tuple(Message(role=message.role, content=message.content) for message in messages)
        call = partial(cast("Callable[..., object]", extractor.extract), messages, asked)
        answer = await threads.call(call) if plain else call()
        try:
            value = await answer if inspect.isawaitable(answer) else answer
        except (SystemExit, KeyboardInterrupt, asyncio.CancelledError) as stop:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # by us, not by the system under test
                raise
            raise _Exited(type(stop).__name__) from None
        return as_extraction(value)

    return extract


class _Exited(Exception):  # noqa: N818 - never shown but for its name
    """The extractor tried to end the process."""


class _Threads:
    """Daemon threads that call plain functions, as many as calls were ever in flight at once.

    How many that may be is the server's to bound. A call that hangs must not keep the process from ending.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._free = 0

    async def call(self, function: Callable[[], object]) -> object:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()

        def settle(value: object, error: BaseException | None) -> None:
            self._free += 1
            if future.done():
                return
            if error is None:
                future.set_result(value)
            else:
                fit = isinstance(error, Exception) and not isinstance(error, StopIteration)  # a future takes no other
                future.set_exception(error if fit else _Exited(type(error).__name__))

        def run() -> None:
            value, failed = None, None
            try:
                value = function()
            except BaseException as error:  # raised where the answer is awaited
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: the call was abandoned
                loop.call_soon_threadsafe(settle, value, failed)

        if self._free:
            self._free -= 1
        else:
            threading.Thread(target=self._work, name="evals-serve", daemon=True).start()
        self._calls.put(run)
        return await future

    def _work(self) -> None:
        while True:
            self._calls.get()()


# --- before anything is served -------------------------------------------------------------------


def _check_installed() -> None:
    for package in ("starlette", "uvicorn"):
        try:
            import_module(package)
        except ImportError:
            raise ConfigError(f"evals serve needs {package}: pip install 'memory-evals[serve]'") from None


def _keys(server: ServerConfig) -> tuple[str, ...]:
    """The keys of the variable and of the file, none where neither is named. Raises ConfigError, never with a key."""
    found: list[str] = []
    if server.keys_env is not None:
        if not _VARIABLE.fullmatch(server.keys_env):
            raise ConfigError("server.keys_env: the NAME of an environment variable is wanted, not a key")
        found += _listed(os.environ.get(server.keys_env, "").split(","), f"server.keys_env: {server.keys_env}")
    if server.keys_file is not None:
        try:
            lines = Path(server.keys_file).expanduser().read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ConfigError(f"server.keys_file={server.keys_file}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"server.keys_file={server.keys_file}: not UTF-8 text") from None
        found += _listed(lines, f"server.keys_file={server.keys_file}")
    return tuple(dict.fromkeys(found))


def _listed(parts: list[str], where: str) -> list[str]:
    keys = [part.strip() for part in parts if part.strip()]
    if not keys:
        raise ConfigError(f"{where} holds no key")
    if not all(_KEY.fullmatch(key) for key in keys):
        raise ConfigError(f"{where} holds characters that no key has (spaces, non-ASCII)")
    return keys


def listening(server: ServerConfig, *, keyless: bool) -> socket.socket:
    """The bound socket. Raises ConfigError when it cannot be had, or would serve others without a key."""
    where = f"server.host={server.host} server.port={server.port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "no such host"
        raise ConfigError(f"{where}: {said}") from None
    if keyless and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise ConfigError(
            f"server.host={server.host}: without keys only this machine is served (127.0.0.1); "
            "name keys with server.keys_env or server.keys_file"
        )
    # Named TCP, or asyncio leaves Nagle's algorithm on and every reply waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)  # two servers may bind one port, but only one of them listens
    except OSError as error:
        listener.close()
        raise ConfigError(f"{where}: {error.strerror}") from None
    return listener
