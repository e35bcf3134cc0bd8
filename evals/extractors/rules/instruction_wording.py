"""A standing instruction to the assistant, worded as what the user wants."""

from __future__ import annotations

import re

from evals.extractors.rules.english_wording import about_the_user, without_lead

_LASTING = re.compile(
    r",?\s*\b(?:from now on(?:wards)?|from here on(?: out)?|going forward|in (?:the )?future|henceforth"
    r"|from this point on(?:wards)?|from today on)\b,?\s*",
    re.I,
)
_POLITE = re.compile(
    r"^(?:please|just|also|and|kindly|you should|you must|you can|can you|I want you to|I would like you to)\s+",
    re.I,
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), wish)
    for pattern, wish in (
        (
            r"^(?P<when>(?:if|when|whenever|every time) .{3,120}?),? (?:please |then )?(?P<do>(?:always |never "
            r"|do not )?(?:use|give|say|put|keep|write|include|add|reply|answer|make|respond|start|list|explain|ask"
            r"|show|provide|format|tell|admit)\b.*)$",
            "{when}, I want the assistant to {do}",
        ),
        (r"^call me (?P<rest>.+)$|^address me as (?P<rest2>.+)$", "I want to be called {rest}"),
        (r"^(?:do not|don't) (?:ever )?(?P<rest>.+)$", "I do not want the assistant to {rest}"),
        (r"^never (?P<rest>.+)$", "I never want the assistant to {rest}"),
        (r"^always (?P<rest>.+)$", "I always want the assistant to {rest}"),
        (r"^(?P<what>.{3,40}?) always (?:goes|comes) (?P<rest>.+)$", "I always want {what} {rest}"),
        (r"^no (?P<rest>.+)$", "I want no {rest}"),
        (r"^(?:go|easy) (?:easy |light )?on (?:the )?(?P<rest>.+)$", "I want few {rest}"),
        (
            r"^(?:keep|make) (?:your |the )?(?P<what>\w+(?: \w+)?) (?P<rest>(?:very |as )?(?:short|brief|concise"
            r"|simple|formal|informal|casual|polite|minimal|crisp|direct|friendly|clear)\b.*)$",
            "I want {what} to be {rest}",
        ),
        (
            r"^(?P<what>[\w -]{3,60}?) (?:should|must|need to|has to|have to) (?:always )?(?P<rest>.+)$",
            "I want {what} to {rest}",
        ),
        (
            r"^(?P<rest>(?:use|avoid|skip|leave|drop|include|give|limit|write|prefer|add|put|reply|answer|respond"
            r"|talk|speak|be|keep|stop|make|show|format|explain|ask|tell|start|end|check|remind|send|stick|provide"
            r"|mention|cite|list|specify|refer|convert|remember|quote|suggest|confirm|state|round)\b.*)$",
            "I want the assistant to {rest}",
        ),
        (r"^(?P<rest>I .+)$", "{rest}"),
        (r"^(?P<rest>.+)$", "I want {rest}"),
    )
)
_CHINESE_POLITE = re.compile(r"^(?:请|麻烦|还有|也|希望|你|您|所以|对了|那|以后请|我(?:希望|要求|想让)(?:你|您)?)+")
_CHINESE_NAME = re.compile(
    r"^(?:可以|就|以后)?(?:叫我|称呼我为?)(?P<name>[\u4e00-\u9fffA-Za-z]{1,6}?)(?:就行|就好|吧)?$"
)


def english_wish(text: str) -> str:
    """ "Never use tables" as "The user never wants the assistant to use tables."."""
    body = _LASTING.sub(" ", text).strip(" ,")
    while (shorter := without_lead(_POLITE.sub("", body))) != body:
        body = shorter
    for pattern, wish in _SHAPES:
        if match := pattern.match(body):
            groups = {name: value for name, value in match.groupdict().items() if value is not None}
            rest = groups.get("rest", groups.get("rest2", ""))
            if body.startswith(rest) and not rest[:2].isupper() and not rest.startswith("I "):
                rest = rest[:1].lower() + rest[1:]
            return about_the_user(wish.format(**{"when": "", "do": "", "what": "", **groups, "rest": rest}))
    return ""


def chinese_wish(text: str) -> str:
    """别再用敬语 as 用户要求别再用敬语。"""
    body = _CHINESE_POLITE.sub("", text.strip("，,"))
    if match := _CHINESE_NAME.match(body):
        return f"用户希望被称呼为{match['name']}。"
    body = re.sub(r"(?<=[给跟替帮陪对叫])我(?!们)", "自己", body)
    body = re.sub(r"我的?", "用户的", body) if "我的" in body else body.replace("我们", "用户").replace("我", "用户")
    return f"用户要求{body.replace('你', '助手').replace('您', '助手')}。"
