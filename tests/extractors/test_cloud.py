"""The cloud client against a server that misbehaves: every fault is the right value, and the key is nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.cli import main
from evals.errors import ConfigError, of_http_status
from evals.extractors.cloud import CloudExtractor
from evals.memos.codes import CODES
from evals.predictions import decoded, prediction_from
from evals.spending import BYTES_A_TOKEN, charged_for
from tests.faults import Act, FaultServer, drip, envelope, hang_up, http, reset

KEY = "mpg-recognisable-0123456789abcdef"
OK = {"success": True, "memory_detail_list": [{"memory_value": "Leeds.", "new_field": 1}], "preference_detail_list": []}
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
GOOD = envelope(0, OK, "ok")

# name: (what the server does, the error's type or None, how often it is asked)
FAULTS: dict[str, tuple[Act | list[Act], str | None, int]] = {
    "ok": (GOOD, None, 1),
    "code 200": (envelope(200, OK), None, 1),
    "no lists": (envelope(0, {"success": True}), None, 1),
    "null lists": (envelope(0, {"memory_detail_list": None, "preference_detail_list": None}), None, 1),
    "wrong content type": (http(200, json.dumps({"code": 0, "data": OK}).encode(), "content-type: text/html"), None, 1),
    "code as text": (envelope("0", OK), None, 1),
    "half a pair": (http(200, b'{"code": 0, "data": {"memory_detail_list": [{"memory_value": "\\ud83d"}]}}'), None, 1),
    "broken item": (envelope(0, {"memory_detail_list": [7, {"memory_value": 1}]}), None, 1),
    "429 once": ([envelope(40300, status=429, headers=("retry-after: 0",)), GOOD], None, 2),
    "500 twice": ([envelope(50000), envelope(50000), GOOD], None, 3),
    "reset once": ([reset, GOOD], None, 2),
    "no data": (envelope(0), "MalformedReply", 1),
    "success false": (envelope(0, {"success": False}, "nope"), "RefusedByCode", 1),
    "list is a dict": (envelope(0, {"memory_detail_list": {}}), "MalformedReply", 1),
    "not JSON": (http(200, b"hello"), "MalformedReply", 1),
    "JSON array": (http(200, b"[]"), "MalformedReply", 1),
    "empty body": (http(200, b""), "MalformedReply", 1),
    "invalid UTF-8": (http(200, b'{"code": 0, "data": {"x": "\xff\xfe"}}'), "MalformedReply", 1),
    "deep nesting": (http(200, b"[" * 100_000), "MalformedReply", 1),
    "bad gzip": (http(200, b"not gzip", "content-encoding: gzip"), "MalformedReply", 1),
    "redirect": (http(302, b"", "location: http://127.0.0.1:1/"), "MalformedReply", 1),
    "50 MB": (http(200, b" " * (50 * 2**20)), "MalformedReply", 1),
    "HTML 502": (http(502, HTML), "ServerFailed", 3),
    "HTML 403": (http(403, HTML), "AuthRejected", 1),
    "plain 404": (http(404, b"not found"), "NotFound", 1),
    "FastAPI 422": (http(422, b'{"code": 422, "detail": [{"loc": ["body"]}], "data": null}'), "BadRequest", 1),
    "401 and 50000": (envelope(50000, status=401), "AuthRejected", 1),
    "429 and quota": (envelope(40301, status=429), "QuotaExhausted", 1),
    "429 and no code": (http(429, b'{"detail": "slow down", "retry_after": 9}', "retry-after: 0"), "RateLimited", 3),
    "asks to wait an hour": (envelope(40300, status=429, headers=("retry-after: 3600",)), "RateLimited", 1),
    "500 and success": (envelope(0, OK, status=500), "ServerFailed", 3),
    "unknown code": (envelope(41234), "RefusedByCode", 1),
    "slow headers": (http(200, b"{}", pause_s=1.5), "TimedOut", 3),
    "drip": (drip, "TimedOut", 3),
    "cut body": (http(200, b'{"code": 0', length=500), "ConnectionBroken", 3),
    "reset": (reset, "ConnectionBroken", 3),
    "hang up": (hang_up, "ConnectionBroken", 3),
    **{
        f"code {code}": (envelope(code, status=status), meaning.error.__name__, 3 if meaning.retryable else 1)
        for code, meaning in CODES.items()
        for status in [200]
    },
    **{
        f"code {code} mapped": (
            envelope(code, status=meaning.http_status),
            meaning.error.__name__
            if of_http_status(meaning.http_status).__name__ != "AuthRejected"
            or meaning.error.__name__ == "QuotaExhausted"
            else "AuthRejected",
            3 if meaning.retryable else 1,
        )
        for code, meaning in CODES.items()
    },
}


def run(server: FaultServer, folder: Path, names: list[str], *overrides: str) -> int:
    dialogues = folder / "D.jsonl"
    lines = [
        json.dumps({"id": f"d{n}", "messages": [{"role": "user", "content": name}]}) for n, name in enumerate(names)
    ]
    dialogues.write_text("\n".join(lines) + "\n")
    return main(
        [
            *("run", "dataset=file", f"dataset.path={dialogues}", "extractor=cloud"),
            *(
                f"extractor.base_url={server.base_url}",
                "http.max_attempts=3",
                "http.backoff_s=0.01",
                "http.timeout_s=0.7",
            ),
            *("http.max_wait_s=5", "runner.concurrency=16", "report.formats=[]", *overrides),
            *("--out", str(folder), "--name", "r"),
        ]
    )


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_API_KEY", KEY)


def test_every_fault_is_the_right_value(tmp_path: Path) -> None:
    """Each fault in a run of its own dialogue: typed, tried again only where that may help, and counted."""
    with FaultServer({name: act for name, (act, _, _) in FAULTS.items()}) as server:
        assert run(server, tmp_path, list(FAULTS), "runner.max_error_rate=1") == 0
    predictions = [json.loads(line) for line in (tmp_path / "r" / "predictions.jsonl").read_text().splitlines()]
    names = list(FAULTS)
    found = {names[int(line["id"][1:])]: line for line in predictions}
    got = {name: found[name].get("error", {}).get("type") for name in names}
    assert got == {name: error for name, (_, error, _) in FAULTS.items()}
    assert dict(server.asked) == {name: times for name, (_, _, times) in FAULTS.items()}
    tries = {name: len(found[name]["trace"]["branches"][0]["attempts"]) for name in names}
    assert tries == dict(server.asked)
    record = json.loads((tmp_path / "r" / "run.json").read_text())
    failed = sum(error is not None for _, error, _ in FAULTS.values())
    assert record["counts"] == {"dialogues": len(names), "predictions": len(names), "failed": failed}
    assert record["system"]["calls"]["attempts"] == sum(server.asked.values())


def test_what_is_kept_of_a_success(tmp_path: Path) -> None:
    """Attempts with waits, bytes, status and code; the reply as it came, unknown fields and all; violations counted."""
    acts: dict[str, Act | list[Act]] = {"a": [envelope(40309), GOOD], "b": envelope("200", OK)}
    with FaultServer(acts) as server:
        assert run(server, tmp_path, ["a", "b"], "extraction_types=[preference]") == 0
    lines = (tmp_path / "r" / "predictions.jsonl").read_text().splitlines()
    first, second = sorted(map(json.loads, lines), key=lambda line: str(line["id"]))
    (branch,) = first["trace"]["branches"]
    one, two = branch["attempts"]
    assert (one["error"], one["code"], one["http_status"]) == ("RateLimited", 40309, 200)
    assert (two["code"], two["http_status"], two.get("error")) == (0, 200, None)
    assert two["wait_ms"] > 0
    assert two["request_bytes"] == len(server.requests[0].partition(b"\r\n\r\n")[2])
    assert "new_field" in branch["raw"]
    assert first["trace"]["contract_violations"] == ["memory_detail_list came unasked"]
    assert "code is a string" in second["trace"]["contract_violations"]
    sent = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    assert set(sent) == {"messages", "extraction_types"}


def test_a_dialogue_given_up_keeps_the_tries_it_cost(tmp_path: Path) -> None:
    """The try that failed and the one that was cut off stand in the failure, and the second may have been billed."""
    acts: dict[str, Act | list[Act]] = {"a": [envelope(50000, status=500), http(200, b"{}", pause_s=3)]}
    with FaultServer(acts) as server:
        assert run(server, tmp_path, ["a"], "runner.timeout_s=0.5", "http.timeout_s=5", "runner.max_error_rate=1") == 0
    (line,) = (tmp_path / "r" / "predictions.jsonl").read_bytes().splitlines()
    prediction = prediction_from(decoded(line))
    (branch,) = prediction.trace.branches
    failed, cut_off = branch.attempts
    assert (failed.error, failed.http_status) == ("ServerFailed", 500)
    assert (cut_off.error, cut_off.http_status) == ("TimedOut", None)
    assert 0 < (cut_off.service_ms or 0) <= 500
    sent = (failed.request_bytes or 0) + (cut_off.request_bytes or 0)
    assert charged_for(prediction).prompt == pytest.approx(sent / BYTES_A_TOKEN, abs=2)


def test_too_many_failures_stop_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong key fails alike every time: the run stops early with exit 4, and says what the server said."""
    names = [f"n{number}" for number in range(60)]
    with FaultServer(dict.fromkeys(names, envelope(40132, status=401, message="API key invalid"))) as server:
        assert run(server, tmp_path, names, "runner.concurrency=2") == 4
    assert sum(server.asked.values()) < 20
    assert "AuthRejected: HTTP 401, code 40132" in capsys.readouterr().err


def test_the_key_is_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that echoes the key in bodies, messages and headers leaves it in no file, no output and no repr."""
    echo = json.dumps({"code": 40132, "message": f"bad key Token {KEY}", "data": None}).encode()
    acts: dict[str, Act | list[Act]] = {
        "a": http(401, echo, f"x-key: {KEY}"),
        "b": http(200, f"<html>{KEY}</html>".encode()),
        "c": envelope(0, {"memory_detail_list": [{"memory_value": f"The key is {KEY}."}]}, KEY),
    }
    with FaultServer(acts) as server:
        assert run(server, tmp_path, list(acts), "runner.max_error_rate=1", "report.formats=[html,md,csv,json]") == 0
        assert all(f"Token {KEY}".encode() in request for request in server.requests)
        extractor = CloudExtractor(base_url=server.base_url)
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err + repr(extractor) + repr(vars(extractor)) + str(extractor.facts)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert "[redacted]" in (tmp_path / "r" / "predictions.jsonl").read_text()


@pytest.mark.parametrize(("value", "said"), [(None, "MEMOS_API_KEY is not set"), ("two words", "MEMOS_API_KEY holds")])
def test_a_missing_or_odd_key_is_one_line(value: str | None, said: str, tmp_path: Path) -> None:
    """Nothing is sent and nothing but the variable's name is shown."""
    environment = {"PATH": "/usr/bin", **({} if value is None else {"MEMOS_API_KEY": value})}
    words = [sys.executable, "-m", "evals", "run", "extractor=cloud", "--out", str(tmp_path)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "two words" not in done.stderr


def test_the_key_itself_is_refused_where_its_name_belongs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who puts the key into the configuration is told so, and it is stored nowhere."""
    assert main(["run", "extractor=cloud", f"extractor.api_key_env={KEY}", "--out", str(tmp_path)]) == 2
    assert KEY not in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_env_file_gives_key_and_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--env-file is read before the configuration is composed."""
    monkeypatch.delenv("MEMOS_API_KEY")
    monkeypatch.setenv("MEMOS_BASE_URL", "")  # restored at the end
    monkeypatch.delenv("MEMOS_BASE_URL")
    with FaultServer({"a": GOOD}) as server:
        (tmp_path / ".env").write_text(f"MEMOS_API_KEY={KEY}\nMEMOS_BASE_URL={server.base_url}\n")
        (tmp_path / "D.jsonl").write_text('{"id": "d", "messages": [{"role": "user", "content": "a"}]}\n')
        words = ["run", "dataset=file", f"dataset.path={tmp_path}/D.jsonl", "extractor=cloud", "--out", str(tmp_path)]
        assert main([*words, "--env-file", str(tmp_path / ".env"), "--name", "r"]) == 0
        assert server.asked["a"] == 1


def test_a_dialogue_over_the_limit_is_not_sent(tmp_path: Path) -> None:
    """The pre-check fails it by count, limit and counter, without an attempt."""
    with FaultServer({}) as server:
        assert run(server, tmp_path, ["字" * 8001], "runner.max_error_rate=1") == 0
        assert not server.requests
    line: dict[str, Any] = json.loads((tmp_path / "r" / "predictions.jsonl").read_text())
    assert line["error"]["type"] == "InputTooLong"
    assert "8001 tokens, where up to 8000 are taken (counted by cjk+others/4)" in line["error"]["message"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"base_url": "memos.test"}, "extractor.base_url=memos.test"),
        ({"base_url": "https://user:pw@memos.test"}, "without user name"),
        ({"qps": 0}, "extractor.qps=0"),
        ({"tokens_per_minute": -1}, "extractor.tokens_per_minute=-1"),
        ({"http": {"proxy": "http://u:p@proxy.test:1"}}, "belongs in HTTPS_PROXY"),
        ({"http": {"ca_bundle": "nowhere.pem"}}, "http.ca_bundle=nowhere.pem"),
        ({"tokenizer": "nowhere.json"}, "extractor.tokenizer=nowhere.json"),
    ],
)
def test_a_wrong_setting_is_one_line(how: dict[str, Any], said: str) -> None:
    """Every configuration that could never work says so before anything is sent."""
    with pytest.raises(ConfigError, match=said):
        CloudExtractor(**how)
