"""Where embeddings come from: an OpenAI-compatible server, or a sentence-transformers model in a folder."""

from __future__ import annotations

import asyncio
import json
import math
import os
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from evals.errors import ConfigError, MalformedReply
from evals.http import Reply, Sender, checked_base_url, secret_from, settings_from
from evals.inference import checked_reply
from evals.weights import pin_of


class Door(Protocol):
    """Gives one vector a text, in the order asked. `name` pins the model as well as it can be pinned."""

    name: str

    def embed(self, texts: Sequence[str]) -> list[list[float]]: ...


class EmbeddingServer:
    """`POST {base_url}/embeddings`. Raises ConfigError for a configuration that could never work."""

    def __init__(
        self, base_url: str, model: str | None, api_key_env: str | None = None, http: Mapping[str, Any] | None = None
    ) -> None:
        if model is None:
            raise ConfigError("matcher.embedding.model: the pinned id of the server's model is wanted")
        self.name = self._model = model
        self._base_url = checked_base_url(base_url, wanted_by="matcher.embedding.base_url")
        self._settings = settings_from(http or {})
        self._key = None
        if api_key_env is not None:
            given = os.environ.get(api_key_env)
            self._key = secret_from(api_key_env, given, wanted_by="matcher.embedding.api_key_env")

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Raises the ExtractorError it came to."""
        return asyncio.run(self._ask(texts))

    async def _ask(self, texts: Sequence[str]) -> list[list[float]]:
        headers = {"Authorization": f"Bearer {self._key.reveal()}"} if self._key else {}
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        data = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        sender = Sender(self._base_url, self._settings, headers, (self._key,) if self._key else ())
        async with sender:
            sent = await sender.post("/embeddings", data, lambda reply: _vectors(reply, len(texts)))
        return sent.value


class ModelFolder:
    """A model that sentence-transformers loads from a folder, weights as safetensors only: nothing is unpickled."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()
        if not self._path.is_dir():
            raise ConfigError(f"matcher.embedding.path={path}: a folder with a sentence-transformers model is wanted")
        self.name = pin_of(str(self._path)) or path

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        vectors = self._model.encode(list(texts), show_progress_bar=False)
        return [[float(number) for number in vector] for vector in vectors]

    @cached_property
    def _model(self) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what its own libraries have to say about each other
                from sentence_transformers import SentenceTransformer
                from transformers.utils.logging import disable_progress_bar
        except ImportError:
            wanted = "pip install 'memory-evals[embed]', or name a server by matcher.embedding.base_url"
            raise ConfigError(f"matcher.embedding.path: sentence-transformers is not installed; {wanted}") from None
        disable_progress_bar()
        try:
            return SentenceTransformer(
                str(self._path), local_files_only=True, model_kwargs={"use_safetensors": True}, device="cpu"
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            said = " ".join(str(error).split())[:200]
            raise ConfigError(f"matcher.embedding.path={self._path}: it cannot be loaded: {said}") from None


def _vectors(reply: Reply, wanted: int) -> list[list[float]]:
    """The vectors in their order. Raises MalformedReply where one is missing, of another length or not of numbers."""
    listed = checked_reply(reply).get("data")
    found: dict[int, list[float]] = {}
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping) and _is_vector(entry.get("embedding")):
            place = entry.get("index", len(found))
            found[place if type(place) is int else -1] = [float(number) for number in entry["embedding"]]
    if sorted(found) != list(range(wanted)) or len({len(vector) for vector in found.values()}) != 1:
        raise MalformedReply(f"HTTP {reply.status}: {wanted} vectors of one length were wanted, {len(found)} came")
    return [found[place] for place in range(wanted)]


def _is_vector(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(number, (int, float)) and math.isfinite(number) for number in value)
        and any(value)
    )
