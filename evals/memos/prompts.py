"""Stage 4, prompt build: the template of a branch and language with the dialogue put in.

A template is a text file `<branch>.<language>.txt` with `${conversation}` and, for a reference date, `${now}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from evals.errors import ConfigError
from evals.memos.branches import BRANCHES, Task
from evals.memos.turns import transcript
from evals.types import Message

SHIPPED = Path(__file__).with_name("prompts")
LANGUAGES = ("en", "zh")
CONTEXT = ("now", "chat_time")

_NAME = re.compile(r"\$\{(\w+)\}")
_KNOWN = {"conversation", "now"}
_NO_DATE = {"en": "not known", "zh": "未知"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSet:
    """Templates by (branch, language), the version they call themselves, and 12 hex digits of the sha256 of all."""

    version: str
    digest: str
    texts: Mapping[tuple[str, str], str]
    folder: Path

    def build(self, task: Task, messages: Sequence[Message], *, context: Sequence[str] = ()) -> str:
        """The prompt of one call. `context` may hold `chat_time` (times in the transcript) and `now` (the time of the
        last message that has one: never the wall clock). Raises ConfigError when the template is missing.
        """
        text = self.texts.get((task.name, task.language))
        if text is None:
            raise ConfigError(f"extractor.prompts: no file {task.name}.{task.language}.txt in {self.folder}")
        times = [message.time for message in messages if message.time]
        values = {
            "conversation": transcript(messages, chat_time="chat_time" in context),
            "now": times[-1] if times and "now" in context else _NO_DATE[task.language],
        }
        return _NAME.sub(lambda found: values[found[1]], text)  # one pass: what is put in is never expanded


def load_prompts(folder: str | None) -> PromptSet:
    """The shipped templates, or those of a folder of the user's, which may hold only the ones it needs.

    Raises ConfigError naming the file that has no `${conversation}`, names something unknown, or cannot be read.
    """
    path = SHIPPED if folder is None else Path(folder).expanduser()
    if not path.is_dir():
        raise ConfigError(f"extractor.prompts={folder}: no such folder")
    names = {(branch, language): path / f"{branch}.{language}.txt" for branch in BRANCHES for language in LANGUAGES}
    texts: dict[tuple[str, str], str] = {name: _template(file) for name, file in names.items() if file.is_file()}
    if not texts:
        wanted = f"{BRANCHES[0]}.{LANGUAGES[0]}.txt"
        raise ConfigError(f"extractor.prompts={folder}: no templates there; {wanted} and the like are wanted")
    digest = sha256()
    for (branch, language), text in sorted(texts.items()):
        digest.update(f"{branch}.{language}\0{text}\0".encode())
    version = path / "VERSION"
    return PromptSet(
        version=version.read_text(encoding="utf-8").strip() if version.is_file() else "unversioned",
        digest=digest.hexdigest()[:12],
        texts=texts,
        folder=path,
    )


def _template(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"extractor.prompts: {path}: {error}") from None
    named = set(_NAME.findall(text))
    if "conversation" not in named:
        raise ConfigError(f"extractor.prompts: {path} has no ${{conversation}}")
    if unknown := sorted(named - _KNOWN):
        raise ConfigError(
            f"extractor.prompts: {path}: ${{{unknown[0]}}} is unknown; there are ${{conversation}}, ${{now}}"
        )
    return text
