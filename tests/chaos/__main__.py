"""`make chaos`: seeded schedules of faults, kills and full disks, and a table of what came of them.

python -m tests.chaos [schedules] [first seed]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.chaos.lab import Lab, Schedule, table

EVERY = 25  # schedules between two signs of life


def main(count: int = 500, first: int = 0) -> int:
    """The exit code: 1 where anything did not hold."""
    started_s, reports, faults = time.monotonic(), [], Counter[str]()
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        for seed in range(first, first + count):
            reports.append(lab.through(Schedule.drawn(seed)))
            faults.update(lab.server.faults)
            if reports[-1].wrong or len(reports) % EVERY == 0:
                print(f"{len(reports)}/{count}", *reports[-1].wrong, file=sys.stderr, flush=True)
    print(table(reports))
    print("\n".join(f"{name:<24} {calls}" for name, calls in sorted(faults.items())))
    print(f"{time.monotonic() - started_s:.0f} s")
    return int(any(report.wrong for report in reports))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
