"""What a good evaluation set keeps to beyond being valid: slots that were said, dialogues that differ, full labels."""

from __future__ import annotations

from pathlib import Path

from evals.corpus.composition import Composition
from evals.corpus.overlap import UserTexts
from evals.corpus.slots import unsaid_slots
from evals.corpus.source import Located
from evals.errors import Fault

KEPT = 200


class Quality:
    """The findings of one pass over a dataset: `see` every dialogue, then `finish`. All are counted, 200 kept."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.total = 0
        self.composition = Composition()
        self.texts = UserTexts()
        self._places: dict[str, tuple[Path, int]] = {}

    def see(self, located: Located) -> None:
        """Takes in one dialogue: its slots against its evidence, its sentences against those of earlier ones."""
        dialogue = located.dialogue
        self._places[dialogue.id] = (located.path, located.line)
        self.composition.add(dialogue)
        now = located.record.context.now if located.record.context else None
        for item in dialogue.gold.items:
            for name, value in unsaid_slots(item, dialogue.messages, now=now):
                cited = f"message {', '.join(map(str, item.evidence))}" if item.evidence else "any message"
                message = f"does not occur in its evidence, {cited} (value {value[:60]!r})"
                self._found(dialogue.id, f"{item.gid}.slots.{name}: {message}")
        said = (message.content for message in dialogue.messages if message.role == "user")
        for shared in self.texts.add(dialogue.id, said):
            more = f" and {shared.count - 1} more" if shared.count > 1 else ""
            self._found(dialogue.id, f"shares a user sentence with {shared.other}: {shared.sentence[:80]!r}{more}")

    def finish(self, *, categories: int | None = None) -> None:
        """Adds what only the whole can show; `categories` is how many dialogues a label needs in each language."""
        for near in self.texts.near_duplicates():
            self._found(near.id, f"nearly the same user text as {near.other} (likeness {near.likeness:.2f})")
        for label, language, count in self.composition.thin(categories) if categories else ():
            self._add(f"label {label!r}: {count} dialogues in {language}, {categories} wanted")

    def _found(self, id: str, message: str) -> None:
        path, line = self._places[id]
        self._add(str(Fault(path=path, line=line, field=id, message=message)))

    def _add(self, finding: str) -> None:
        self.total += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)
