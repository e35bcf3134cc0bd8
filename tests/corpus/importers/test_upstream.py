"""Every public set says where it comes from, and an import can be told from another by the hash of what it read."""

from __future__ import annotations

import re

import pytest

from evals.corpus.importers import IMPORTERS, SETS, instructions
from evals.corpus.importers.upstream import digest, upstream_files


@pytest.mark.parametrize("name", SETS)
def test_every_set_is_pinned(name):
    """A full commit, a full hash and a licence stand in the instructions."""
    public = SETS[name]
    assert re.fullmatch("[0-9a-f]{40}", public.commit)
    assert re.fullmatch("[0-9a-f]{64}", public.sha256)
    for part in (public.commit, public.sha256, public.licence, public.repository, f"evals import {name} SOURCE DEST"):
        assert part in instructions(public)
    assert name in IMPORTERS


def test_digest_is_what_sha256sum_gives(tmp_path):
    """Oracle: `printf a >a; printf b >b; sha256sum a b | sha256sum`, and `sha256sum a` for one file (coreutils 9.1)."""
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    files = upstream_files(tmp_path, "*")
    assert digest(tmp_path, files) == "cb13f400dcb618e400d0f7d54f7cdb330d37a07272cb99a1016cda5830a10556"
    assert (
        digest(tmp_path / "a", (tmp_path / "a",)) == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    )
