"""Embeddings for alignment: which gold item a prediction talks about. They never say whether it is right.

Two texts that contradict each other lie as near as two that agree, so guards and judge verify what embeddings align,
and a pair in two languages is a candidate for the judge alone. Every text is embedded once and kept on a shared shelf.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.errors import ConfigError, ExtractorError, StoppedShort
from evals.matching.embedding_doors import Door, EmbeddingServer, ModelFolder
from evals.matching.shelf import Shelf
from evals.text.features import Features

if TYPE_CHECKING:
    import numpy as np

_DEFAULT_CACHE = Path(".evals") / "embeddings.sqlite"
_AT_ONCE = 64  # texts a request
_HELD = 20_000  # vectors in memory
_KNOWN_TEXT = "The user moved to Porto in May 2021. 用户2021年5月搬到了波尔图。"
_SAME = 0.999  # cosine of one text's vectors by one model; another model's is far below
_KEYS = ("base_url", "model", "api_key_env", "path", "cache_path", "http")


def embedder_of(node: Mapping[str, Any] | None) -> Embedder:
    """The embedder of `matcher.embedding`. Raises ConfigError where neither a server nor a folder is named, or both."""
    given = dict(node or {})
    if unknown := sorted(set(given) - set(_KEYS)):
        raise ConfigError(f"matcher.embedding.{unknown[0]}: no such key; there are {', '.join(_KEYS)}")
    base_url, path = given.get("base_url"), given.get("path")
    if (base_url is None) == (path is None):
        raise ConfigError(
            "matcher.align_scorer=embedding: give matcher.embedding.base_url and .model of a server, "
            "or matcher.embedding.path of a model's folder"
        )
    door: Door
    if base_url is not None:
        door = EmbeddingServer(base_url, given.get("model"), given.get("api_key_env"), given.get("http"))
    else:
        door = ModelFolder(str(path))
    return Embedder(door, Path(given.get("cache_path") or _DEFAULT_CACHE))


class Embedder:
    """Vectors of texts, each asked for once, and how near they lie."""

    def __init__(self, door: Door, cache: Path) -> None:
        self._door = door
        self._shelf = Shelf(cache, table="vectors", columns="vector blob", named_by="matcher.embedding.cache_path")
        self._held: dict[str, np.ndarray] = {}
        self._checked = False

    @property
    def identity(self) -> dict[str, Any]:
        """What pins the model, as far as it is known: for a server its name, for a folder the hash of its files."""
        return {"model": self._door.name, "dimensions": len(self._vectors([_KNOWN_TEXT])[0])}

    def learn(self, texts: Sequence[str]) -> None:
        """Embeds what is not known yet, many texts a request.

        Raises ConfigError when the door cannot be used at all, StoppedShort when it fails later.
        """
        if len(self._held) > _HELD:
            self._held.clear()
        missing = [text for text in dict.fromkeys(texts) if text not in self._held and not self._recall(text)]
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            self._keep(some, self._embedded(some))

    def similar_to(self, gold: Sequence[Features]) -> Callable[[Features], list[float]]:
        """Gold texts in, a function out that gives a prediction's similarity to each; 0 to one in another language."""
        self.learn([text.text for text in gold])
        languages = [text.languages | {text.language} for text in gold]

        def similarities(predicted: Features) -> list[float]:
            own = predicted.languages | {predicted.language}
            near = self.nearness(predicted.text, [text.text for text in gold])
            return [value if own & theirs else 0.0 for value, theirs in zip(near, languages, strict=True)]

        return similarities

    def nearness(self, text: str, others: Sequence[str]) -> list[float]:
        """Cosines from 0 to 1, whatever the languages."""
        if not others:
            return []
        mine, theirs = self._vectors([text])[0], self._vectors(others)
        return [round(min(max(float(mine @ other), 0.0), 1.0), 6) for other in theirs]

    # --- where vectors come from -----------------------------------------------------------------

    def _vectors(self, texts: Sequence[str]) -> list[np.ndarray]:
        self.learn(texts)
        return [self._held[text] for text in texts]

    def _embedded(self, texts: Sequence[str]) -> list[list[float]]:
        try:
            self._check_it_is_who_it_was()
            return self._door.embed(texts)
        except ExtractorError as error:
            if not self._checked:
                raise ConfigError(f"matcher.embedding: {self._door.name} cannot be used: {error}") from None
            raise StoppedShort(f"matcher.embedding: {self._door.name} no longer answers: {error}") from None

    def _check_it_is_who_it_was(self) -> None:
        """One name may stand for another model by now: vectors of two would be compared with each other."""
        if self._checked:
            return
        [fresh] = self._door.embed([_KNOWN_TEXT])
        self._checked = True
        if not self._recall(_KNOWN_TEXT):
            self._keep([_KNOWN_TEXT], [fresh])
            return
        known, now = self._held[_KNOWN_TEXT], _unit(fresh)
        if len(known) != len(now) or float(known @ now) < _SAME:
            raise ConfigError(
                f"matcher.embedding: {self._door.name} answers otherwise than when its vectors were stored; "
                "if it is another model, give it another name or matcher.embedding.cache_path another file"
            )

    def _recall(self, text: str) -> bool:
        row = self._shelf.get(self._key(text))
        if row is not None:
            self._held[text] = _unit(array("f", row[1]))
        return row is not None

    def _keep(self, texts: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        pairs = list(zip(texts, vectors, strict=True))
        self._shelf.put((self._key(text), array("f", vector).tobytes()) for text, vector in pairs)
        self._held |= {text: _unit(vector) for text, vector in pairs}

    def _key(self, text: str) -> str:
        return sha256(json.dumps([self._door.name, text]).encode()).hexdigest()


def _unit(vector: Sequence[float]) -> np.ndarray:
    import numpy as np

    values = np.asarray(vector, dtype=np.float32)
    return values / np.linalg.norm(values)
