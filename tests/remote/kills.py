"""A run killed again and again, gone on with now on one machine, now on another, some of which have lost their cache.

python -m tests.remote.kills [KILLS [SEED]]      default: 10 0; prints what was asked against what may be
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.commands.conftest import PROGRAM
from tests.perf.synthetic import write
from tests.remote.local_s3 import LocalS3

DIALOGUES, CONCURRENCY, DELAY_S, LEASE_S = 200, 2, 0.15, 1.0
BUCKET, RUN = "kills", "runs/a"


class Kills:
    """The run, the store, and the program that logs what it is asked."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng, self.folder, self.log = random.Random(seed), folder, folder / "asked.log"
        self.s3 = LocalS3()
        self.s3.start()
        self.s3.client().create_bucket(Bucket=BUCKET)
        program, (data, _) = folder / "program.py", write(folder, DIALOGUES, seed=seed)
        program.write_text(PROGRAM.format(log=str(self.log), down=str(folder / "down"), delay_s=DELAY_S), "utf-8")
        self.words = [
            *("run", "dataset=file", f"dataset.path={data}", "report.formats=[]", f"runner.concurrency={CONCURRENCY}"),
            *("extractor=command", f"extractor.argv=[{sys.executable},{program}]"),
            *("--name", "a", "--out", f"s3://{BUCKET}/runs"),
        ]

    @property
    def asked(self) -> int:
        return len(self.log.read_text("utf-8").splitlines()) if self.log.exists() else 0

    @property
    def sent(self) -> list[str]:
        """The ids of the answers in the store, in order."""
        names = [name for name in self.s3.names(BUCKET) if name.startswith(f"{RUN}/predictions/")]
        lines = b"".join(self.s3.read(BUCKET, name) or b"" for name in names).splitlines()
        return [json.loads(line)["id"] for line in lines]

    def start(self) -> subprocess.Popen[bytes]:
        """The command on one of two machines, which may just have lost its disk."""
        cache = self.folder / self.rng.choice(("one", "two"))
        if self.rng.random() < 0.3:
            shutil.rmtree(cache, ignore_errors=True)
        return subprocess.Popen(
            [sys.executable, "-m", "tests.remote.machine", str(LEASE_S), *self.words],
            stdout=subprocess.DEVNULL,
            env={**os.environ, **self.s3.environment, "MEMORY_EVALS_CACHE": str(cache)},
        )

    def kill_once(self) -> int:
        """Kills the run after some answers. Returns how many of those it had asked for were not in the store."""
        asked, sent, process = self.asked, len(self.sent), self.start()
        goal = self.asked + self.rng.randint(2, 20)
        while process.poll() is None and self.asked < goal:
            time.sleep(0.02)
        time.sleep(self.rng.random() * DELAY_S)
        process.send_signal(signal.SIGKILL)
        process.wait()
        lost = self.asked - asked - (len(self.sent) - sent)
        print(f"  {self.asked} asked, {len(self.sent)} of {DIALOGUES} in the store, {lost} lost", flush=True)
        time.sleep(LEASE_S)  # another machine may go on then
        return lost


def main(kills: int, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Kills(Path(folder), seed)
        lost = sum(run.kill_once() for _ in range(kills))
        ended, sent, asked = run.start().wait(), run.sent, run.asked
        run.s3.stop()
        allowed = DIALOGUES + lost
        print(f"{kills} kills, {DIALOGUES} dialogues: {asked} asked, {allowed} allowed, {len(sent)} answers stored")
        sys.exit(ended or asked > allowed or sorted(sent) != sorted(set(sent)) or len(sent) != DIALOGUES)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [10, 0][len(given) :]))
