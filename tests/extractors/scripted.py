"""An OpenAI-compatible server on a real socket that says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PROBE = '{"zq7": "k42vx"}'
NOTHING = {"memory": '{"memory_detail_list": []}', "preference": '{"preference_detail_list": []}'}


def says(text: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """A reply that says a text; `finish_reason`, `message` and further fields of the reply can be given."""
    message = fields.pop("message", {"role": "assistant", "content": text})
    choice = {"index": 0, "message": message, "text": text, "finish_reason": fields.pop("finish_reason", "stop")}
    usage = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14}
    return 200, {"model": "scripted", "system_fingerprint": "fp-1", "usage": usage, "choices": [choice], **fields}


def which(request: dict[str, Any]) -> str:
    """The branch a prompt belongs to, told by the shipped templates' own words."""
    prompt = request["messages"][-1]["content"] if "messages" in request else request["prompt"]
    if "memory_detail_list" in prompt:
        return "all" if "preference_detail_list" in prompt else "memory_reader"
    return "implicit_preference" if ("never states" in prompt or "没有说出口" in prompt) else "explicit_preference"


@dataclass
class Scripted:
    """`script` is asked for (status, JSON or bytes) of every request; the probe is answered as `enforces` says."""

    script: Callable[[dict[str, Any]], tuple[int, Any]]
    enforces: tuple[str, ...] = ("json_schema",)
    models: tuple[str, ...] = ("scripted",)
    delay_s: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    probes: int = 0

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.answer(200, {"data": [{"id": name} for name in outer.models]})

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.answer(*outer.reply(request, {key.lower(): value for key, value in self.headers.items()}))

            def answer(self, status: int, value: Any) -> None:
                body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def reply(self, request: dict[str, Any], headers: dict[str, str]) -> tuple[int, Any]:
        wanted = request.get("response_format", {})
        mode = "json_object+schema" if "schema" in wanted else wanted.get("type", "none")
        if "Say hello." in json.dumps(request):
            self.probes += 1
            if mode not in (*self.enforces, "none"):
                return 400, {"error": {"message": f"response_format {mode} is not supported"}}
            return says(PROBE if mode in self.enforces else "Hello!")
        self.asked.append(request)
        self.headers.append(headers)
        time.sleep(self.delay_s)
        return self.script(request)
