"""What takes minutes: a fuzzer over the served document, many clients for a while, the vendor's SDK, parity."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = 200
SOAK_S = float(os.environ.get("EVALS_SOAK_S", "60"))

SDK = """
import json, sys
from memos.api.client import MemOSClient
client = MemOSClient(api_key="mpg-one", base_url=sys.argv[1])
messages = [{"role": "user", "content": "I live in Lisbon. Please keep your answers short."}]
for kinds in (None, ["memory"], ["preference"]):
    reply = client.extract_memory(messages=messages, **({"extraction_types": kinds} if kinds else {}))
    print(json.dumps(reply))
"""


@pytest.mark.slow
@pytest.mark.parametrize("http_status", ["mapped", "always_200"])
def test_a_fuzzer_finds_no_breach_of_the_document(serve: Callable[..., Any], http_status: str, tmp_path: Path) -> None:
    """schemathesis over /openapi.json: no 5xx, every answer as documented, wrong requests refused, right ones taken."""
    served = serve(f"server.http_status={http_status}", "server.keys_env=SERVED", SERVED="mpg-one")
    checks = "all" if http_status == "mapped" else "not_a_server_error,response_schema_conformance"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/openapi.json", "--checks", checks]
    command += ["-H", "Authorization: Token mpg-one", "--max-examples", "200", "--seed", "1", "--no-color"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=900)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "POST" in done.stdout or "operations" in done.stdout.lower()


@pytest.mark.slow
def test_no_reply_of_many_clients_is_lost_or_crossed(serve: Callable[..., Any], system: Any) -> None:
    """200 clients at once: each gets its own words back, or is told to come again; nothing else ever happens."""
    served = serve(*system("Brief"))
    end = time.monotonic() + SOAK_S

    def client(number: int) -> Counter[str]:
        seen: Counter[str] = Counter()
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        while time.monotonic() < end:
            marker = f"client {number} request {sum(seen.values())}"
            body = json.dumps({"messages": [{"role": "user", "content": marker}]})
            connection.request("POST", "/extract/memory", body)
            reply = connection.getresponse()
            answer = json.loads(reply.read())
            if reply.status == 429:
                assert answer["code"] == 40300
                seen["refused"] += 1
                time.sleep(0.05)
                continue
            assert (reply.status, answer["data"]["memory_detail_list"]) == (200, [{"memory_value": marker}])
            seen["answered"] += 1
        connection.close()
        return seen

    with ThreadPoolExecutor(CLIENTS) as pool:
        total = sum(pool.map(client, range(CLIENTS)), Counter())
    print(f"{CLIENTS} clients, {SOAK_S:g} s: {dict(total)}")
    assert total["answered"] > CLIENTS
    assert served.call(method="GET", path="/healthz").json["in_flight"] == 0
    assert "Traceback" not in served.said()


@pytest.mark.slow
def test_the_vendors_sdk_works(serve: Callable[..., Any], tmp_path: Path) -> None:
    """MemOSClient.extract_memory of MemoryOS, from an environment that EVALS_MEMOS_SDK names the Python of."""
    python = os.environ.get("EVALS_MEMOS_SDK")
    if not python or not shutil.which(python):
        pytest.skip(
            "give EVALS_MEMOS_SDK=<python of an environment with MemoryOS >= 2.0.33>: it is too heavy to install"
        )
    served = serve("server.keys_env=SERVED", SERVED="mpg-one")
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [python, "-c", SDK, f"{served.url}/api/openmem/v1"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=env,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    replies = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [reply["code"] for reply in replies] == [0, 0, 0]
    found = [{name for name, items in reply["data"].items() if isinstance(items, list) and items} for reply in replies]
    facts, preferences = "memory_detail_list", "preference_detail_list"
    assert found == [{facts, preferences}, {facts}, {preferences}]


@pytest.mark.slow
def test_a_served_extractor_is_scored_as_in_process(serve: Callable[..., Any], tmp_path: Path) -> None:
    """extractor=cloud against a served baseline: the outcomes of the whole golden set are the same but for latency."""
    served = serve("server.keys_env=SERVED", SERVED="mpg-one")
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MEMOS_API_KEY": "mpg-one",
        "MEMOS_BASE_URL": f"{served.url}/api/openmem/v1",
    }
    for name in ("baseline", "cloud"):
        budgets = ["extractor.qps=null", "extractor.tokens_per_minute=null"] if name == "cloud" else []
        command = [sys.executable, "-m", "evals", "run", f"extractor={name}", "--name", name, *budgets]
        done = subprocess.run(
            [*command, "report.formats=[]"], capture_output=True, text=True, cwd=tmp_path, env=env, timeout=600
        )
        assert done.returncode == 0, done.stderr
    there, here = (outcomes(tmp_path / "reports" / name / "outcomes.jsonl") for name in ("cloud", "baseline"))
    assert len(here) >= 80
    assert there == here


def outcomes(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{name: value for name, value in line.items() if name != "latency_ms"} for line in lines]
