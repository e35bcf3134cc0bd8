"""Drives headless Chromium by the DevTools protocol over two pipes: no driver, no port, no further package."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import pytest

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
FLAGS += ("--disable-component-update", "--disable-sync", "--remote-debugging-pipe")
TIMEOUT_S = 60.0


class Browser:
    """One page in a browser of its own. `complaints` holds what its console, its policy and its scripts objected to."""

    def __init__(self, program: str, profile: Path, *, downloads: Path) -> None:
        self.complaints: list[str] = []
        self._downloads = downloads
        self._count = 0
        self._session: str | None = None
        self._rest = b""
        self._seen: list[dict[str, Any]] = []
        downloads.mkdir()
        self._process = self._started([program, *FLAGS, f"--user-data-dir={profile}", "about:blank"])
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")
        session, self._session = self._session, None
        behaviour = {"behavior": "allow", "downloadPath": str(downloads), "eventsEnabled": True}
        self._call("Browser.setDownloadBehavior", **behaviour)
        self._session = session

    def open(self, url: str) -> None:
        """Loads a page and waits until it has run its scripts."""
        self._call("Page.navigate", url=url)
        self._wait_for("Page.loadEventFired")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        made = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True
        )
        assert "exceptionDetails" not in made, made["exceptionDetails"]
        return made["result"].get("value")

    def wait_until(self, expression: str) -> None:
        """Asks the page until the expression holds there."""
        deadline = time.monotonic() + TIMEOUT_S
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"never: {expression}"
            time.sleep(0.02)

    def resize(self, width: int, height: int, *, mobile: bool = False, dark: bool = False) -> None:
        """The window, in CSS pixels, and the theme its reader prefers."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[theme])

    def press(self, key: str) -> None:
        """One key, down and up; a letter is typed."""
        text = {"text": key} if len(key) == 1 else {}
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def screenshot(self) -> bytes:
        """What the window shows, as a PNG."""
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    def downloaded(self, name: str) -> str:
        """The text of a file that the page hands over, once it is whole."""
        while self._wait_for("Browser.downloadProgress")["state"] == "inProgress":
            pass
        return (self._downloads / name).read_text("utf-8")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _started(self, words: list[str]) -> subprocess.Popen[bytes]:
        """The browser reads orders on descriptor 3 and answers on 4."""
        ours = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 64) for pipe in (os.pipe(), os.pipe()) for end in pipe]
        orders, self._to, self._from, answers = ours

        def place() -> None:
            os.dup2(orders, 3)
            os.dup2(answers, 4)

        process = subprocess.Popen(
            words, preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(orders)
        os.close(answers)
        return process

    def _call(self, method: str, **parameters: Any) -> Any:
        self._count += 1
        order = {"id": self._count, "method": method, "params": parameters}
        order |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(order).encode() + b"\0")
        while (message := self._next()).get("id") != self._count:
            self._seen.append(message)
        assert "error" not in message, message
        return message["result"]

    def _wait_for(self, event: str) -> Any:
        while True:
            for at, message in enumerate(self._seen):
                if message.get("method") == event:
                    return self._seen.pop(at)["params"]
            self._seen.append(self._next())

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + TIMEOUT_S
        while b"\0" not in self._rest:
            left = max(0.0, deadline - time.monotonic())
            assert select.select([self._from], [], [], left)[0], "the browser does not answer"
            read = os.read(self._from, 65536)
            assert read, "the browser has gone"
            self._rest += read
        message, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(message)
        if said.get("method") == "Log.entryAdded":
            entry = said["params"]["entry"]
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}".strip())
        if said.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.complaints.append(json.dumps(said["params"]))
        return said


def chromium() -> str:
    """The browser's program; without one the test is skipped, or fails where CI requires it."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return found or missing("chromium is not on PATH: the page was not opened in a browser", "browser")


def missing(message: str, tool: str) -> NoReturn:
    """Skips loudly, or fails where CI requires the tool."""
    if tool in os.environ.get("EVALS_REQUIRE", "").split(","):
        pytest.fail(message)
    pytest.skip(message)
