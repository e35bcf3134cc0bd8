"""What our HTTP costs over bare httpx in the same shape: one 1-connection client a slot, 20 ms of service, loopback."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from evals.extractors.cloud import CloudExtractor
from evals.types import EXTRACTION_TYPES, Message

SERVICE_S = 0.020
ROUNDS = 5
REQUESTS = {1: 60, 16: 800, 64: 1600}
ITEM = {
    "memory_key": "Home",
    "memory_value": "The user lives in Leeds. " * 4,
    "memory_type": "UserMemory",
    "tags": ["home"],
}
REPLY = {"code": 0, "message": "ok", "data": {"success": True, "memory_detail_list": [ITEM] * 3}}
SERVER = """
import asyncio, json, sys
BODY = json.dumps(json.loads(sys.argv[1])).encode()
REPLY = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(BODY) + BODY
class Fixed(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.received = transport, b""
    def data_received(self, data):
        self.received += data
        head, found, body = self.received.partition(b"\\r\\n\\r\\n")
        if found and len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0]):
            self.received = b""
            asyncio.get_running_loop().call_later(float(sys.argv[2]), self.transport.write, REPLY)
async def main():
    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
MESSAGES = tuple(
    Message(
        role="user" if number % 2 == 0 else "assistant", content=f"Message {number} of a talk about many things. " * 4
    )
    for number in range(10)
)


def http_overhead() -> None:
    """Prints throughput and CPU per request of CloudExtractor.extract against bare httpx, rounds interleaved."""
    command = [sys.executable, "-c", SERVER, json.dumps(REPLY), str(SERVICE_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        print(f"cloud client against bare httpx, {SERVICE_S * 1e3:g} ms of service; medians of {ROUNDS} rounds")
        print(
            f"{'in flight':>9} {'throughput':>11} {'CPU/request':>12} {'ours, req/s':>12} "
            f"{'bare':>7} {'ideal':>7} {'of ideal':>9}"
        )
        for concurrency, requests in REQUESTS.items():
            rounds = [asyncio.run(_round(url, concurrency, requests)) for _ in range(ROUNDS)]
            ours, bare = (
                tuple(statistics.median(one[which][part] for one in rounds) for part in (0, 1)) for which in (0, 1)
            )
            ideal = concurrency / SERVICE_S
            print(
                f"{concurrency:9} {ours[0] / bare[0]:10.2f}x {ours[1] / bare[1]:11.2f}x "
                f"{ours[0]:12.0f} {bare[0]:7.0f} {ideal:7.0f} {ours[0] / ideal:9.2f}"
            )
        server.terminate()
    print()


async def _round(url: str, concurrency: int, requests: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """(requests a second, CPU seconds a request) of ours and of bare httpx."""
    extractor = CloudExtractor(base_url=url, api_key_env=None, qps=None, tokens_per_minute=None)
    clients = [httpx.AsyncClient(limits=httpx.Limits(max_connections=1), verify=False) for _ in range(concurrency)]
    body = extractor.request(MESSAGES, EXTRACTION_TYPES).body
    free = list(clients)

    async def ours() -> None:
        assert (await extractor.extract(MESSAGES, EXTRACTION_TYPES)).facts

    async def bare() -> None:
        client = free.pop()
        response = await client.post(
            f"{url}/extract/memory", content=body, headers={"content-type": "application/json"}
        )
        assert response.json()["code"] == 0
        free.append(client)

    found = [await _driven(call, concurrency, requests) for call in (ours, bare)]
    await extractor.close()
    for client in clients:
        await client.aclose()
    return found[0], found[1]


async def _driven(call: Callable[[], Awaitable[None]], concurrency: int, requests: int) -> tuple[float, float]:
    left = iter(range(requests))

    async def slot() -> None:
        for _ in left:
            await call()

    await asyncio.gather(*(call() for _ in range(concurrency)))  # connections are open before the clock starts
    started_s, cpu_s = time.perf_counter(), time.process_time()
    await asyncio.gather(*(slot() for _ in range(concurrency)))
    return requests / (time.perf_counter() - started_s), (time.process_time() - cpu_s) / requests


if __name__ == "__main__":
    http_overhead()
