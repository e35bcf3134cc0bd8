"""Cuts out of a user's message what is not the user's own talk: code, quotes, links, pasted text, secrets."""

from __future__ import annotations

import re

_LONGEST = 6_000  # characters of one message that are read; longer ones are pasted documents
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{0,300}`", re.S)
_LINK = re.compile(r"(?:https?://|www\.)[^\s，。；]{1,2000}")
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>|\|).*$", re.M)
_MARKER = re.compile(r"->-> ?\d[\d,]*\s*$")
_LONG_QUOTE = 24  # characters; shorter quotes are titles and words, longer ones somebody's talk
_QUOTE = re.compile(
    r"\"([^\"]{1,4000})\"|“([^”]{1,4000})”|「([^」]{1,4000})」|『([^』]{1,4000})』|«([^»]{1,4000})»"
    r"|(?<=[\s(:])'([^'\n]{24,1000})'(?=[\s.,;:!?)]|$)"
)
_OPEN_QUOTE = re.compile(r"[:：]\s*[“「\"].{24,}\Z", re.S)

_TEXT_TASK = re.compile(
    r"\b(?:translat|proof-?read|paraphras|summar[iy]|rewrite|re-write|rephras|reword|polish|shorten"
    r"|grammar|correct (?:the|this|my)"
    r"|edit (?:the|this|my)|improve (?:the|this|my)|fix (?:the|this|my)|make (?:this|the following)"
    r"|analy[sz]e (?:the|this)"
    r"|in (?:spanish|french|german|english|chinese)\b)"
    r"|翻译|翻成|译成|润色|改写|校对|总结|概括|缩写|扩写|续写|改成|修改|重写|仿写",
    re.I,
)
_FOLLOWS = re.compile(
    r"\b(?:the )?following\b|\bbelow\b|\bthis (?:text|letter|e-?mail|message|paragraph|article"
    r"|passage|sentence|essay|story)"
    r"|\bhere(?:'s| is)\b[^.\n]{0,60}\b(?:text|letter|e-?mail|message|article|essay|draft|story|log)\b"
    r"|以下|下面|如下|这封|这段|这篇|这句|原文|内容[:：]",
    re.I,
)
_AFTER_COLON = re.compile(r"[:：]\s*(?:\n|$|[“\"「])|[:：]\s?(?=\S.{60,})|\n\s*\n", re.S)

_LABEL = (
    r"\b(?:passport|credit card|debit card|bank card|card|account|social security|ssn|id|identity card|pin|password"
    r"|passcode|cvv|licen[cs]e|insurance)\b|身份证|护照|银行卡|信用卡|卡号|医保卡|社保|密码|账号|证件"
)
_SECRET = re.compile(
    rf"(?:(?:my|the|我的|我)\s?)?(?:{_LABEL})(?:\s?(?:number|no\.?|code|号码?|卡号|为))*\s*(?:is|was|[:：=是为#])?\s*"
    r"[A-Za-z]{0,3}\d(?:[ -]?[\dXx]){3,30}"
    r"|\b(?:password|passcode|passphrase|pin(?: code)?)\b\s*(?:is|was|[:=])\s*\S{1,80}"
    r"|(?:密码|口令)\s*(?:是|为|[:：=])\s*[^\s，。；]{1,80}"
    r"|(?<![\d.,])\d(?:[ -]?\d){11,30}[Xx]?(?!\d)",
    re.I,
)


def own_words(content: str) -> str:
    """What of a message the user says in their own voice; every piece cut out leaves a sentence end behind."""
    text = _MARKER.sub("", content[:_LONGEST].replace("\u2019", "'").replace("\r", ""))
    text = _CODE.sub("\n", text)
    text = _QUOTED_LINE.sub("", text)
    if _TEXT_TASK.search(text[:400]):
        text = _before_paste(text)
    text = _QUOTE.sub(_without_talk, text)
    text = _OPEN_QUOTE.sub(":", text)
    text = _LINK.sub(" ", text)
    return _SECRET.sub(" ", text)


def holds_secret(text: str) -> bool:
    """Whether a number or word that must never be stored stands in a text."""
    return _SECRET.search(text) is not None


def _before_paste(text: str) -> str:
    """A request to work on a text, without the text: it begins after the colon or the blank line."""
    first = _AFTER_COLON.search(text)
    if first is not None:
        return text[: first.start()]
    return "" if _FOLLOWS.search(text) and len(text) > 160 else text


def _without_talk(match: re.Match[str]) -> str:
    inner = next(group for group in match.groups() if group is not None)
    spoken = len(inner) >= _LONG_QUOTE or (len(inner) > 8 and any("\u4e00" <= char <= "\u9fff" for char in inner))
    return " … " if spoken else match.group()
