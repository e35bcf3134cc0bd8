"""Cuts a long dialogue into windows an API takes, exchange by exchange, and gold along with it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from evals.types import Forbidden, GoldFact, GoldPreference, Message

_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")

Item = TypeVar("Item", bound=GoldFact | GoldPreference | Forbidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some messages of a dialogue; `first` is the index of the first, `cut` those whose text was shortened to fit."""

    messages: tuple[Message, ...]
    first: int
    cut: frozenset[int] = frozenset()

    def keep(self, item: Item) -> Item | None:
        """The item with its evidence counted from this window, or None when part of its evidence lies elsewhere.

        Where the text of an evidence message was shortened, the quote has to be in what is left.
        """
        inside = [index - self.first for index in item.evidence]
        if not inside or not all(0 <= index < len(self.messages) for index in inside):
            return None
        quote = getattr(item, "evidence_text", None)
        if any(index + self.first in self.cut for index in inside) and not self._holds(quote, inside):
            return None
        return replace(item, evidence=tuple(inside))

    def _holds(self, quote: str | None, inside: Sequence[int]) -> bool:
        return bool(quote) and any(str(quote) in self.messages[index].content for index in inside)


def windows(messages: Sequence[Message], limit_tokens: int) -> Iterator[Window]:
    """Consecutive windows of at most `limit_tokens`, each beginning with a user's message where one begins an exchange.

    An exchange longer than that stands alone, its longest messages shortened.
    """
    held: list[Message] = []
    first, spent = 0, 0.0
    cut: set[int] = set()
    position = 0
    for exchange in _exchanges(messages):
        fitted = _fitted(exchange, limit_tokens)
        cost = sum(token_estimate(message.content) for message in fitted)
        if held and spent + cost > limit_tokens:
            yield Window(messages=tuple(held), first=first, cut=frozenset(cut))
            first, held, spent, cut = position, [], 0.0, set()
        cut |= {position + index for index, message in enumerate(fitted) if message is not exchange[index]}
        held += fitted
        spent += cost
        position += len(exchange)
    if held:
        yield Window(messages=tuple(held), first=first, cut=frozenset(cut))


def token_estimate(text: str) -> float:
    """Tokens of a text, rather too many than too few: 3 ASCII characters, 1 Chinese or 2 other ones make a token."""
    if text.isascii():
        return len(text) / 3
    ascii_length = len(text.encode("ascii", "ignore"))
    han = len(_HAN_OR_KANA.findall(text))
    return ascii_length / 3 + han + (len(text) - ascii_length - han) / 2


def _exchanges(messages: Sequence[Message]) -> Iterator[list[Message]]:
    exchange: list[Message] = []
    for message in messages:
        if message.role == "user" and exchange:
            yield exchange
            exchange = []
        exchange.append(message)
    if exchange:
        yield exchange


def _fitted(exchange: Sequence[Message], limit_tokens: int) -> list[Message]:
    fitted = list(exchange)
    costs = [token_estimate(message.content) for message in fitted]
    share = limit_tokens / len(fitted)
    while sum(costs) > limit_tokens + 1e-6:  # shares of a third do not add up exactly
        longest = costs.index(max(costs))
        room = max(limit_tokens - (sum(costs) - costs[longest]), share)
        fitted[longest] = replace(fitted[longest], content=_shortened(fitted[longest].content, room))
        costs[longest] = token_estimate(fitted[longest].content)
    return fitted


def _shortened(text: str, tokens: float) -> str:
    length = bisect_right(range(1, len(text) + 1), tokens, key=lambda end: token_estimate(text[:end]))
    return text[:length]
