"""Stage 2, format and clean: messages in the standard shape, and the transcript a prompt shows of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from evals.types import Message

SystemMessages = Literal["drop", "keep"]

_NEWLINES = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")


def clean(messages: Sequence[Message], *, system_messages: SystemMessages) -> tuple[Message, ...]:
    """The messages without control characters and outer blanks; empty ones, and where asked system ones, left out.

    Newlines become \\n. The text is otherwise left as it is, and cleaning twice changes nothing.
    """
    kept = (message for message in messages if system_messages == "keep" or message.role != "system")
    cleaned = (Message(role=message.role, content=_clean(message.content), time=message.time) for message in kept)
    return tuple(message for message in cleaned if message.content)


def transcript(messages: Sequence[Message], *, chat_time: bool) -> str:
    """One message after the other as `role: [time]: content`, the time only where it is asked for and known."""
    return "\n".join(f"{message.role}: {_stamp(message, chat_time)}{message.content}" for message in messages)


def _stamp(message: Message, chat_time: bool) -> str:
    return f"[{message.time}]: " if chat_time and message.time else ""


def _clean(text: str) -> str:
    return _CONTROL.sub("", _NEWLINES.sub("\n", text)).strip()
