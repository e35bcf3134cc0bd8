"""Go over what came out wrong or unjudged, worst first, and write down where it is gold that is wrong: an overlay.

evals review RUN                              decisions go to disputes.jsonl, one by one
evals review RUN --out-file lyon.jsonl        to another file
evals score RUN dataset.overlay=disputes.jsonl   the scores before and after

Every decision is stored before the next question, so that the same command goes on where it was left, with q,
Ctrl-D or Ctrl-C. Answers may be piped in; at the end of the input the command ends. report.html offers the same, by
a button beside each of the worst cases.
"""

from __future__ import annotations

import argparse
import getpass
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.remote.url import folder_here

if TYPE_CHECKING:
    from evals.corpus.disputes import DisputeFile, ItemKey
    from evals.report.pairing import Aligned
    from evals.runs import RunFolder
    from evals.types import Message

KEYS = {"d": "drop", "e": "edit", "o": "optional", "v": "variant", "a": "add"}
KINDS = {"f": "fact", "e": "explicit_preference", "i": "implicit_preference"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="folder, or name under --out")
    parser.add_argument(
        "--out-file", type=Path, default=Path("disputes.jsonl"), help="the overlay (default: disputes.jsonl)"
    )
    parser.add_argument("--author", help="who decides, for the overlay (asked for once otherwise)")
    parser.add_argument("--out", type=folder_here, default=Path("reports"), help="where runs are (default: reports)")


def main(arguments: argparse.Namespace) -> int:
    from evals.commands.present import KeptMessages
    from evals.commands.where import complete_run, run_path
    from evals.corpus.disputes import DisputeFile
    from evals.runs import RunFolder

    folder = RunFolder(run_path(arguments.run, arguments.out))
    complete_run(folder)
    if isinstance(sys.stdin, io.TextIOWrapper):  # a pipe may hold anything
        sys.stdin.reconfigure(errors="replace")
    cases = disputable(folder)
    with DisputeFile(arguments.out_file) as file:
        for torn in file.mended:
            print(f"warning: {file.path}: a half-written last line was cut off: {torn!r}", file=sys.stderr)
        left = [case for case in cases if not file.is_settled(case.key)]
        print(f"{len(cases)} to look at, {len(cases) - len(left)} of them decided")
        print(f"afterwards: evals score {folder.path} dataset.overlay={file.path}")
        messages = lru_cache(maxsize=32)(KeptMessages(folder))
        review = _Review(file=file, messages=messages, author=arguments.author)
        try:
            review.go_through(left)
        except KeyboardInterrupt as stop:
            raise type(stop)(f"interrupted; {review.summary(left)}") from None
    print(review.summary(left))
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputable:
    """Something that came out wrong or unjudged, and the dialogue it came out in."""

    id: str
    in_hash: str | None
    where: str
    pair: Aligned

    @property
    def key(self) -> ItemKey:
        from evals.corpus.disputes import ItemKey

        predicted = self.pair.predicted
        return ItemKey(self.id, self.in_hash, self.pair.target, predicted.text if predicted else None)


def disputable(folder: RunFolder) -> list[Disputable]:
    """All there is to look at, the most harmful first; what several repeats have alike comes once."""
    from evals.report.pairing import STATES_BY_HARM, aligned

    found: dict[ItemKey, Disputable] = {}
    for outcome in folder.outcomes():
        where = ", ".join((outcome.language, outcome.split, *outcome.labels))
        for pair in aligned(outcome):
            if pair.actions:
                case = Disputable(id=outcome.id, in_hash=outcome.in_hash, where=where, pair=pair)
                found.setdefault(case.key, case)
    return sorted(found.values(), key=lambda case: STATES_BY_HARM.index(case.pair.state))


class _EndOfInputError(Exception):
    """Nobody answers any more."""


@dataclass(kw_only=True)
class _Review:
    """One sitting: asks, and stores what is decided."""

    file: DisputeFile
    messages: Callable[[str], Sequence[Message] | None]
    author: str | None
    kept: int = 0
    disputed: int = 0
    _asked_author: bool = field(default=False)

    def go_through(self, cases: Sequence[Disputable]) -> None:
        for place, case in enumerate(cases, start=1):
            if self.file.is_settled(case.key):  # by a decision on the same item, just now
                continue
            print(f"\n[{place}/{len(cases)}] {_one_line(case.id)} · {_one_line(case.where)}")
            print("\n".join((*_pair_lines(case.pair), *self._messages(case, cited_only=True))))
            try:
                if not self._decide(case):
                    return
            except _EndOfInputError:
                print()
                return

    def summary(self, cases: Sequence[Disputable]) -> str:
        left = sum(not self.file.is_settled(case.key) for case in cases)
        return f"{self.disputed} disputes stored in {self.file.path}, {self.kept} items kept, {left} left to look at"

    def _decide(self, case: Disputable) -> bool:
        """Asks until there is an answer that means something; False for an end."""
        choices = [f"{key} {name}" for key, name in KEYS.items() if name in case.pair.actions]
        prompt = f"k keep gold | gold is wrong: {', '.join(choices)} | m messages, s skip, q quit > "
        while True:
            answer = _ask(prompt).lower()
            if answer in ("q", "quit", "s", "skip"):
                return answer[0] == "s"
            if answer in ("k", "keep"):
                self._settle(case, "keep")
                return True
            action = KEYS.get(answer, answer)
            if answer in ("m", "messages"):
                print("\n".join(self._messages(case, cited_only=False)))
            elif action not in KEYS.values():
                print(f"no such answer: {_one_line(answer)!r}")
            elif action not in case.pair.actions:
                print(f"{action} does not fit here; choose among {', '.join(choices)}")
            elif self._dispute(case, action):
                return True

    def _dispute(self, case: Disputable, action: str) -> bool:
        """Asks for the rest of a dispute and stores it; False where the person went back."""
        from evals.corpus.disputes import added_name
        from evals.corpus.overlay import Correction

        value, text = _value(case.pair, action)
        if value is None and action != "drop":
            return False
        if action == "add" and self.file.has_added(case.id, text):
            print("added already")
            self._settle(case, "add")
            return True
        reason = _ask("why (one line, Enter for none) > ")
        correction = Correction(
            id=case.id,
            gid=added_name(text) if action == "add" else case.pair.target or "",
            action=action,  # type: ignore[arg-type]  # one of KEYS, all of which are actions
            value=value,
            reason=reason or None,
            author=self._author(),
            in_hash=case.in_hash,
        )
        self.file.dispute(correction)
        self.disputed += 1
        self._settle(case, action)
        return True

    def _settle(self, case: Disputable, verdict: Any) -> None:
        from evals.corpus.disputes import Reviewed

        self.kept += verdict == "keep"
        key = case.key
        self.file.settle(
            Reviewed(
                id=key.id,
                gid=key.gid,
                predicted=key.predicted,
                verdict=verdict,
                author=self.author,
                in_hash=key.in_hash,
            )
        )

    def _author(self) -> str | None:
        if self.author is None and not self._asked_author:
            self._asked_author = True
            login = _login()
            self.author = _ask(f"your name, asked once (Enter for {login!r}) > ") or login
        return self.author

    def _messages(self, case: Disputable, *, cited_only: bool) -> list[str]:
        """The evidence of a pair, or with nothing cited the dialogue, indented so that no text looks like ours."""
        from evals.report.cases import turns

        said = self.messages(case.id)
        if said is None:
            return ["  messages  not kept with this run (runner.save_messages)"]
        cited = frozenset(index for index in _cited(case.pair) if index < len(said))
        shown = [turn for turn in turns(said, cited) if turn.role]
        if cited and cited_only:
            shown = [turn for turn in shown if turn.index in cited]
        return [
            line
            for turn in shown
            for line in (
                f"  message {turn.index} ({turn.role}{', cited' if turn.cited else ''})",
                *_quoted(turn.content),
            )
        ]


def _value(pair: Aligned, action: str) -> tuple[Any, str]:
    """The value of a correction and the text in it; None where an action needs one and the person went back."""
    from evals.corpus.disputes import added_value

    predicted = pair.predicted.text if pair.predicted else ""
    if action == "drop":
        return None, ""
    if action == "optional":
        return not (pair.gold and pair.gold.optional), ""
    if action == "edit":
        text = _ask("the right wording (Enter to go back) > ")
        return text or None, text
    text = _ask("the wording (Enter for the prediction's, - to go back) > " if predicted else "the wording > ")
    text = "" if text == "-" else text or predicted
    if action == "variant" or not text:
        return text or None, text
    kind = pair.predicted.kind if pair.predicted else pair.gold.kind if pair.gold else None
    while (answer := _ask(f"f fact, e explicit, i implicit preference (Enter for {kind}) > ") or kind) is not None:
        chosen = KINDS.get(answer, answer)
        if chosen in KINDS.values():
            return added_value(chosen, text), text
    return None, text


def _ask(prompt: str) -> str:
    try:
        return input(prompt).strip()
    except (EOFError, RuntimeError):  # the latter without any standard input
        raise _EndOfInputError from None


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "reviewer"


def _cited(pair: Aligned) -> tuple[int, ...]:
    grounded = pair.predicted.grounded_in if pair.predicted else None
    return (*(pair.gold.evidence if pair.gold else ()), *(() if grounded is None else (grounded,)))


def _pair_lines(pair: Aligned) -> list[str]:
    """What gold says, what was predicted, and what became of it, each indented."""
    from evals.report.wording import state_title, why_gold, why_predicted

    why = why_predicted(pair.predicted) if pair.predicted else why_gold(pair.gold) if pair.gold else ""
    lines = [f"  {state_title(pair.state)}: {_one_line(why)}"]
    if pair.gold:
        optional = ", optional" if pair.gold.optional else ""
        lines += [
            f"  gold {_one_line(pair.gold.gid)} ({state_title(pair.gold.kind)}{optional})",
            *_quoted(pair.gold.text),
        ]
    if pair.predicted:
        kind = state_title(pair.predicted.kind or "preference of unknown type")
        lines += [f"  predicted #{pair.predicted.index} ({kind})", *_quoted(pair.predicted.text)]
        if pair.predicted.forbidden_text is not None:
            fid = pair.target or pair.predicted.unwanted or ""
            lines += [f"  forbidden {_one_line(fid)}", *_quoted(pair.predicted.forbidden_text)]
    return lines


def _quoted(text: str) -> list[str]:
    from evals.report.untrusted import visible

    return [f"    | {line}" for line in visible(text).split("\n")]


def _one_line(text: str) -> str:
    from evals.report.untrusted import visible

    return visible(text).replace("\n", " ")
