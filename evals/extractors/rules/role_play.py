"""Which of a user's turns are spoken in a part: from the call to play until the play is called off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.types import Message

_USER_PLAYS = re.compile(
    r"\b(?:role-?\s?play|let'?s (?:pretend|play (?:a|out|the)|act)|pretend (?:that )?(?:i|we)\b"
    r"|i(?:'ll| will) (?:be|play) [^.\n]{1,40} and you\b|"
    r"i(?:'m| am) playing (?:a|the) (?:role|part|character)|my character|in character|you(?:'re| are) (?:now )?my"
    r" (?:boss|girlfriend|boyfriend|wife|husband|mom|mother|son|daughter)|imagine (?:i|that i|we)(?:'m| am| are))"
    r"|角色扮演|扮演|我来?[演扮]|陪我演|演一段|咱们演|假装我|假设我是|模拟面试",
    re.I,
)
_ASSISTANT_PLAYS = re.compile(
    r"^\W*(?:you are|you're) (?:now )?(?:a|an|the)\b|\b(?:act as|pretend (?:to be|you)|i want you"
    r" to (?:act|be|play)|imagine you"
    r"|write (?:a|an|the|me a) .{0,30}(?:story|poem|song|script|dialogue|scene|essay|novel|chapter"
    r"|letter from|monologue|speech)"
    r"|from the (?:perspective|point of view) of)"
    r"|^\W*你(?:现在)?是(?:一[名个位])|你来?[演扮]|写(?:一)?(?:个|篇|首|段)?.{0,12}(?:故事"
    r"|小说|剧本|诗|作文|台词|独白)",
    re.I,
)
_OVER = re.compile(
    r"\b(?:out of character|stop (?:the )?(?:role|play|acting|pretending)|end (?:of )?(?:the )?(?:role"
    r"|scene|play)|back to (?:reality|normal|real)"
    r"|enough (?:of )?(?:role|play|pretend)|seriously now|for real now)|不演了|停停|别演"
    r"|演完了|出戏|说正经|回到现实|不玩了|结束扮演",
    re.I,
)


def own_turns(messages: Sequence[Message]) -> Iterator[tuple[int, str]]:
    """Index and content of the user's turns that are not part of a play; system and assistant turns never count."""
    playing = False
    for index, message in enumerate(messages):
        if message.role != "user":
            continue
        opening = message.content[:500]
        if playing:
            playing = _OVER.search(opening) is None
            continue
        if _USER_PLAYS.search(opening):
            playing = True
            continue
        if _ASSISTANT_PLAYS.search(opening):
            continue
        yield index, message.content
