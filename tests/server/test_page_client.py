"""A client as the vendor's page shows one: a base URL and a key in variables, a POST of JSON, in three shapes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import httpx
import pytest

PROFILE = [
    {"role": "system", "content": "Note what matters about the user."},
    {"role": "user", "content": "I am a nurse and I live in Lisbon. Please keep your answers short."},
    {"role": "assistant", "content": "Gladly."},
    {"role": "user", "content": "I prefer tea."},
]


@pytest.mark.parametrize(
    ("data", "lists"),
    [
        ({"messages": PROFILE}, {"memory_detail_list", "preference_detail_list"}),
        ({"messages": PROFILE[1:2], "extraction_types": ["memory"]}, {"memory_detail_list"}),
        ({"messages": PROFILE[1:], "extraction_types": ["preference"]}, {"preference_detail_list"}),
    ],
)
def test_the_pages_client_works_with_another_base_url(
    serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, data: dict[str, Any], lists: set[str]
) -> None:
    """Both kinds, facts alone, preferences alone: nothing but MEMOS_BASE_URL is changed."""
    served = serve("server.keys_env=SERVED", SERVED="mpg-one")
    monkeypatch.setenv("MEMOS_API_KEY", "mpg-one")
    monkeypatch.setenv("MEMOS_BASE_URL", f"{served.url}/api/openmem/v1")

    headers = {"Content-Type": "application/json", "Authorization": f"Token {os.environ['MEMOS_API_KEY']}"}
    url = f"{os.environ['MEMOS_BASE_URL']}/extract/memory"
    res = httpx.post(url, headers=headers, content=json.dumps(data), trust_env=False)

    reply = res.json()
    assert (res.status_code, reply["code"], reply["message"]) == (200, 0, "ok")
    assert set(reply["data"]) == {"success", *lists}
    assert all(reply["data"][name] for name in lists)
