"""Builds evals/text/idf_background.json.gz from background/*.txt: python tests/text/build_idf_background.py"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from evals.text.canonical import canonical
from evals.text.ngrams import BACKGROUND, Idf, ngrams

SENTENCES = Path(__file__).with_name("background")


def build() -> Idf:
    """The table of the sentences in background/en.txt and zh.txt, one text a line."""
    idf = Idf()
    for language in ("en", "zh"):
        for line in (SENTENCES / f"{language}.txt").read_text(encoding="utf-8").splitlines():
            idf.add(ngrams(canonical(line, language), language), language=language)
    return idf.freeze()


def main() -> None:
    """Write the table, byte for byte the same every time."""
    content = json.dumps(build().to_json(), ensure_ascii=False, separators=(",", ":")).encode()
    BACKGROUND.write_bytes(gzip.compress(content, mtime=0))


if __name__ == "__main__":
    main()
