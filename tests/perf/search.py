"""How near `load=slo` comes on a queue whose answer is known, by simulated searches: `python -m tests.perf.search`.

Figures in docs/latency.md and docs/decisions.md come from here. Arrivals and service are simulated: no clock matters.
"""

from __future__ import annotations

import math
from unittest.mock import patch

import numpy as np

from evals.load import slo
from evals.load.summary import Slo
from tests.load.test_slo import BOUNDS, CAPACITY, SERVERS, SERVICE_S, Queue
from tests.perf.latency_runs import simulated_rate

LIMIT_MS, SEARCHES = 60.0, 180
COLUMNS = ("requests a step", "goes on upwards", "found / truth", "> 1.05", "three > 1.15", "steps")


def main() -> None:
    truth = simulated_rate(SERVERS, SERVICE_S, LIMIT_MS)
    print(f"four servers of 20 ms, p99 within {LIMIT_MS:g} ms: {truth:.0f} a second, {SEARCHES} searches each\n")
    print("{:>15} {:>15} {:>15} {:>7} {:>13} {:>6}".format(*COLUMNS))
    for requests in (1000, 3000):
        for above in (math.inf, slo.ABOVE):
            with patch.object(slo, "ABOVE", above):
                found = [_search(seed, requests) for seed in range(SEARCHES)]
            ratios = np.array([rate for rate, _ in found]) / truth
            threes = ratios.reshape(-1, 3)
            print(
                f"{requests:>15} {'no' if above == math.inf else 'yes':>15} {ratios.min():>8.2f} … {ratios.max():.2f}"
                f" {np.mean(ratios > 1.05):>7.1%} {np.mean(threes.max(1) > 1.15 * threes.min(1)):>13.1%}"
                f" {np.mean([probes for _, probes in found]):>6.1f}"
            )


def _search(seed: int, requests: int) -> tuple[float, int]:
    """The rate found, and after how many steps."""
    queue = Queue(seed, requests=requests)
    found = slo.search(queue.at, capacity_rps=CAPACITY, slo=Slo(latency_ms=LIMIT_MS), bounds=BOUNDS)
    return found.rate or 0.0, len(found.probes)


if __name__ == "__main__":
    main()
