"""A real S3 for tests: moto's, behind a socket, that counts what it is asked and refuses what a test wants refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing-at-all",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",  # what is gone is gone at once
}


class LocalS3:
    """Starts with `start()`; after `stop()` nothing listens there, and what was stored is there again after a start."""

    def __init__(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._moto = DomainDispatcherApplication(create_backend_app)
        self._client: Any = None
        self.port = 0
        self.requests: list[tuple[str, str]] = []
        self.refuses: Callable[[str, str], bool] = lambda method, path: False

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {**ENVIRONMENT, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}"}

    def start(self) -> None:
        from moto.moto_server.werkzeug_app import MotoRequestHandler
        from werkzeug.serving import make_server

        class Quiet(MotoRequestHandler):
            def log(self, *_: Any) -> None:
                """Says nothing."""

        self._server = make_server("127.0.0.1", self.port, self._app, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fetched(self, ending: str) -> list[str]:
        """The objects of such names that were read, in order."""
        return [path for method, path in self.requests if method == "GET" and path.endswith(ending)]

    def names(self, bucket: str) -> list[str]:
        """The keys of a bucket."""
        return sorted(found["Key"] for found in self.client().list_objects_v2(Bucket=bucket).get("Contents", []))

    def read(self, bucket: str, key: str) -> bytes | None:
        """An object's bytes, None where there is none."""
        client = self.client()
        with suppress(client.exceptions.NoSuchKey):
            body: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return body
        return None

    def write(self, bucket: str, key: str, data: bytes) -> None:
        self.client().put_object(Bucket=bucket, Key=key, Body=data)

    def client(self) -> Any:
        """The vendor's own client, so that nothing of ours says what stands there."""
        import boto3

        if self._client is None:
            self._client = boto3.session.Session().client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{self.port}",
                region_name=ENVIRONMENT["AWS_DEFAULT_REGION"],
                aws_access_key_id=ENVIRONMENT["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=ENVIRONMENT["AWS_SECRET_ACCESS_KEY"],
            )
        return self._client

    def _app(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.requests.append((method, path))
        if self.refuses(method, path):
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer
