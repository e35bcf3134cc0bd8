"""One run through bad weather, sudden deaths and full disks, and what must hold of it afterwards."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.process import start
from tests.chaos.server import FAULTS, PayServer, Weather
from tests.disks import small_disk

DIALOGUES = 24
CONCURRENCY = 3
MOST_COMMANDS = 40
PATIENCE_S = 60.0
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PAGE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """What happens to one command: a signal so long after its start, and what a power cut does to the file."""

    signum: signal.Signals
    after_s: float
    tear: str | None  # cut: the last bytes are gone; zeros: the file grew but the data never came


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Everything that goes wrong, drawn from a seed."""

    seed: int
    weather: Weather
    blows: tuple[Blow, ...]
    pages: int | None  # 4 kB pages of disk that the first command finds; None where there is room enough

    @classmethod
    def drawn(cls, seed: int) -> Schedule:
        rng = random.Random(seed)
        faults = tuple(rng.sample(FAULTS, rng.randint(0, 6)))
        weather = Weather(
            seed=seed,
            faults=faults,
            share=rng.choice((0.1, 0.3, 0.6)) if "slow_loris" not in faults else 0.05,
            delay_s=rng.choice((0.0, 0.002, 0.02)),
        )
        blows = tuple(_blow(rng) for _ in range(rng.randint(0, 4)))
        return cls(seed=seed, weather=weather, blows=blows, pages=rng.randint(1, 14) if rng.random() < 0.3 else None)


def _blow(rng: random.Random) -> Blow:
    signum = rng.choice(SIGNALS)
    tear = rng.choice((None, None, "cut", "zeros")) if signum == signal.SIGKILL else None
    return Blow(signum=signum, after_s=rng.uniform(0.05, 0.9), tear=tear)


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of one schedule; `wrong` says what did not hold."""

    seed: int
    commands: int = 0
    killed: int = 0
    ended: int = 0
    abandoned: int = 0  # was stopping for a failure when the signal came, and gave up its calls
    full: int = 0
    torn: int = 0
    calls: int = 0
    paid: int = 0
    allowed: int = 0
    wrong: list[str] = field(default_factory=list)


class Lab:
    """A dataset, a service, and the run that nothing disturbed. Use as a context manager."""

    def __init__(self, folder: Path, *, dialogues: int = DIALOGUES) -> None:
        self.folder, self.count = folder, dialogues
        self.data = folder / "data.jsonl"
        lines = [json.dumps(_record(number), ensure_ascii=False) for number in range(dialogues)]
        self.data.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.server = PayServer()
        self.log = folder / "log"

    def __enter__(self) -> Lab:
        self.server.__enter__()
        process = start(self.words(self.folder / "calm"), self.log)
        process.join(PATIENCE_S)
        assert process.exitcode == 0, self.log.read_text()
        self.calm = result(self.folder / "calm" / "a")
        assert self.server.calls == self.count
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__()

    def words(self, out: Path) -> list[str]:
        """The one command that is given again and again."""
        return [
            *("run", "dataset=file", f"dataset.path={self.data}", "extractor=cloud", "extractor.api_key_env=null"),
            *(f"extractor.base_url={self.server.base_url}", "extractor.qps=null", "extractor.tokens_per_minute=null"),
            *(f"runner.concurrency={CONCURRENCY}", "runner.max_error_rate=0", "runner.max_in_a_row=null"),
            *("http.timeout_s=2", "http.backoff_s=0.005", "http.max_wait_s=0.02", "report.formats=[]"),
            *("--out", str(out), "--name", "a"),
        ]

    def through(self, schedule: Schedule) -> Report:
        """Gives the command until it says 0, while everything of the schedule goes wrong; then looks closely."""
        report = Report(seed=schedule.seed)
        self.server.begin(schedule.weather)
        self.log.write_text("")
        place = self.folder / f"run-{schedule.seed}"
        with _disk(place, schedule.pages) as out:
            ballast = out / "ballast"
            if schedule.pages is not None:
                ballast.write_bytes(bytes(2**20 - schedule.pages * PAGE))
            blows = list(schedule.blows)
            while (code := self._command(out, blows.pop(0) if blows else None, report)) != 0:
                if code not in (4, 130, 143, -signal.SIGKILL):
                    report.wrong.append(f"exit code {code}: {self.log.read_text()[-2000:]}")
                    return report
                if report.commands > MOST_COMMANDS:
                    report.wrong.append("it never ended")
                    return report
                report.full += ballast.exists() and "disk is full" in self.log.read_text()
                ballast.unlink(missing_ok=True)
            self._look(out / "a", report)
        return report

    def killed(self, place: Path, kills: int, *, seed: int) -> Report:
        """Kills the command so often, each time a few answers further on or at any moment, then lets it end."""
        rng, report = random.Random(seed), Report(seed=seed)
        place.mkdir()
        while report.killed < kills:
            process = start(self.words(place), self.log)
            further, moment_s = self.server.calls + rng.randint(0, 6), rng.uniform(0.0, 0.05)
            while process.exitcode is None and self.server.calls < further:
                process.join(0.002)
            process.join(moment_s if rng.random() < 0.8 else rng.uniform(0.0, 0.5))
            if process.exitcode is not None:
                report.wrong.append(f"it ended with {process.exitcode} after {report.killed} kills")
                return report
            process.kill()
            process.join()
            report.killed += 1
        process = start(self.words(place), self.log)
        process.join(PATIENCE_S)
        if process.exitcode != 0:
            report.wrong.append(f"exit code {process.exitcode}: {self.log.read_text()[-2000:]}")
        self._look(place / "a", report)
        return report

    def _command(self, out: Path, blow: Blow | None, report: Report) -> int:
        report.commands += 1
        process = start(self.words(out), self.log)
        process.join(PATIENCE_S if blow is None else blow.after_s)
        if blow is not None and process.exitcode is None:
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(process.pid or 0, blow.signum)
            process.join(PATIENCE_S)
            if process.exitcode == -signal.SIGKILL:
                report.killed += 1
                if not _is_complete(out / "a"):  # else all of it was on the disk before run.json said so
                    report.torn += _tear(out / "a" / "predictions.jsonl", blow.tear)
            else:
                report.ended += 1
                report.abandoned += process.exitcode == 4
        if process.exitcode is None:
            process.kill()
            process.join()
            report.wrong.append(f"it hung: {self.log.read_text()[-2000:]}")
        return process.exitcode or 0

    def _look(self, run: Path, report: Report) -> None:
        """Nothing lost, nothing paid twice but what was in flight, counts add up, the same result."""
        report.calls, report.paid = self.server.calls, self.server.paid.total()
        in_flight = CONCURRENCY * (report.killed + report.abandoned + (report.full > 0))
        report.allowed = self.count + in_flight + report.torn
        if report.paid > report.allowed:
            report.wrong.append(f"{report.paid} answers were paid for, {report.allowed} may be")
        about = json.loads((run / "run.json").read_text("utf-8"))
        expected = {"dialogues": self.count, "predictions": self.count, "failed": 0}
        if about["status"] != "complete" or about["counts"] != expected:
            report.wrong.append(f"{about['status']}, {about['counts']}")
        found = result(run)
        report.wrong += [
            f"{name} differ from the undisturbed run's" for name in found if found[name] != self.calm[name]
        ]
        lines = (run / "predictions.jsonl").read_bytes().splitlines()
        answered = [line["id"] for line in map(json.loads, lines) if "error" not in line]
        if sorted(answered) != sorted(f"d{number}" for number in range(self.count)):
            report.wrong.append(f"{len(answered)} answers are stored, {len(set(answered))} of them different")


def result(run: Path) -> dict[str, Any]:
    """All that a run came to but for times."""
    about = json.loads((run / "run.json").read_text("utf-8"))
    outcomes = [json.loads(line) for line in (run / "outcomes.jsonl").read_text("utf-8").splitlines()]
    timeless = [{name: value for name, value in outcome.items() if name != "latency_ms"} for outcome in outcomes]
    parts = {name: about[name] for name in ("scores", "controls", "skill", "confusion", "signature")}
    return {"outcomes": timeless, **parts}


def _disk(place: Path, pages: int | None) -> AbstractContextManager[Path]:
    if pages is not None:
        return small_disk(place, "1m")
    place.mkdir()
    return nullcontext(place)


def _is_complete(run: Path) -> bool:
    about = run / "run.json"
    return about.exists() and json.loads(about.read_text("utf-8"))["status"] == "complete"


def _tear(predictions: Path, how: str | None) -> int:
    """What a power cut may leave of the end of the file; returns how many whole answers it took."""
    if how is None or not predictions.exists():
        return 0
    whole = predictions.read_bytes()
    if how == "zeros":
        with suppress(OSError), predictions.open("ab") as file:  # a full disk has no room for them
            file.write(bytes(512))
        return 0
    os.truncate(predictions, max(0, len(whole) - 30))
    return whole[-30:].count(b"\n")


def _record(number: int) -> dict[str, Any]:
    chinese = number % 3 == 0
    text = f"我养了{number}只猫。" if chinese else f"I have {number} cats and a dog called Rex."
    return {
        "id": f"d{number}",
        "cluster": f"c{number // 2}",
        "language": "zh" if chinese else "en",
        "messages": [{"role": "user", "content": text}],
        "gold_facts": [{"memory_value": text}],
        "gold_explicit_preferences": [],
        "gold_implicit_preferences": [],
    }


def table(reports: Sequence[Report]) -> str:
    """The sums over many schedules."""
    names = ("commands", "killed", "ended", "abandoned", "full", "torn", "calls", "paid", "allowed")
    lines = [f"{'schedules':<10} {len(reports)}"]
    lines += [f"{name:<10} {sum(getattr(report, name) for report in reports)}" for name in names]
    wrong = [report for report in reports if report.wrong]
    lines.append(f"{'wrong':<10} {len(wrong)}")
    lines += [f"  seed {report.seed}: {fault}" for report in wrong for fault in report.wrong]
    return "\n".join(lines)
