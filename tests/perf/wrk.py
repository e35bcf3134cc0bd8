"""wrk as a second opinion: the same POST, in a closed loop or as it comes; None where it is not installed."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
local bodies, requests, at = {BODIES}, {}, 0
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
init = function(args)
  for place, body in ipairs(bodies) do requests[place] = wrk.format(nil, nil, nil, body) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
"""
_COMING = """
math.randomseed({SEED})
delay = function() return math.floor(0.5 - {MEAN_MS} * math.log(1 - math.random())) end
"""
# Connections of wrk_at. Together they send as a Poisson process does; of 128 those that wait for an answer were missed
# (260 a second asked for, 245 sent, and a third of the p99). A server must not close those that rest some seconds.
SOURCES = 512
_UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrk:
    """What wrk says; `failed` counts replies that are not 2xx or 3xx."""

    rps: float
    p50_ms: float
    p99_ms: float
    failed: int


def wrk(url: str, bodies: Sequence[bytes], *, concurrency: int, seconds: int) -> Wrk | None:
    """One run of wrk with one thread that sends the bodies in turn, after a second that is thrown away."""
    return _wrk(url, _script(bodies), concurrency, seconds)


def wrk_at(url: str, bodies: Sequence[bytes], *, rate: float, seconds: int, seed: int = 0) -> Wrk | None:
    """wrk at a rate: many connections, each of which waits an exponential time before it sends (wrk's `delay`).

    wrk itself knows the closed loop alone, whose tail at the same throughput is shorter: it never sends while it waits.
    """
    coming = _COMING.format(SEED=seed, MEAN_MS=1e3 * SOURCES / rate)
    return _wrk(url, _script(bodies) + coming, SOURCES, seconds)


def _script(bodies: Sequence[bytes]) -> str:
    return _SCRIPT.replace("BODIES", ",\n".join(_lua(body) for body in bodies))


def _wrk(url: str, lua: str, connections: int, seconds: int) -> Wrk | None:
    if shutil.which("wrk") is None:
        return None
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(lua)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", "--latency", "-s", script.name]
        subprocess.run([*command, "-d1s", url], capture_output=True, check=True)
        done = subprocess.run([*command, f"-d{seconds}s", url], capture_output=True, text=True, check=True)
    return _read(done.stdout)


def _read(said: str) -> Wrk:
    times = {share: _ms(value) for share, value in re.findall(r"^\s+(\d+)%\s+(\S+)$", said, re.MULTILINE)}
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    rps = re.search(r"Requests/sec:\s+(\S+)", said)
    assert rps is not None, said
    return Wrk(rps=float(rps[1]), p50_ms=times["50"], p99_ms=times["99"], failed=int(failed[1]) if failed else 0)


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\D+)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNITS_MS[unit]


def _lua(body: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in body) + '"'


if __name__ == "__main__":
    import sys

    print(wrk(sys.argv[1], [Path(sys.argv[2]).read_bytes()], concurrency=int(sys.argv[3]), seconds=3))
