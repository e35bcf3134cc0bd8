"""Whether what a gold item requires was said: each slot's value, in some canonical form, in the item's evidence."""

from __future__ import annotations

from collections.abc import Iterator

from evals.text.canonical import canonical
from evals.text.fold import fold
from evals.text.language import language_of
from evals.text.values import values
from evals.text.words import content_words
from evals.types import GoldItem, Message

_CALENDAR = frozenset(("date", "year", "month", "weekday"))


def unsaid_slots(item: GoldItem, messages: tuple[Message, ...], *, now: str | None) -> Iterator[tuple[str, str]]:
    """(name, value) of every slot that the evidence (all messages, where none is named) does not hold.

    A value is held as it stands, in canonical form, or by its content words. A day, month or year may have been told
    from `now` ("next Friday"), so with `now` it is taken as said.
    """
    if not item.slots:
        return
    said = "\n".join(messages[index].content for index in item.evidence or range(len(messages)))
    literal = fold(said)
    unsaid = [(name, value) for name, value in item.slots.items() if not _holds(literal, fold(value))]
    if not unsaid:  # as nearly always, and everything further costs twenty times as much
        return
    texts, words = _forms(said), _words(said)
    for name, value in unsaid:
        if now and any(each.type in _CALENDAR for each in values(canonical(value, language_of(value)))):
            continue
        wanted = _words(value)
        if not (wanted and wanted <= words) and not any(_holds(text, form) for form in _forms(value) for text in texts):
            yield name, value


def _forms(text: str) -> frozenset[str]:
    """A text as it reads in either language: one that is mixed spells its numbers in both."""
    return frozenset((fold(text), canonical(text, "en"), canonical(text, "zh")))


def _words(text: str) -> frozenset[str]:
    language = language_of(text)
    return frozenset(word for form in _forms(text) for word in content_words(form, language))


def _holds(text: str, words: str) -> bool:
    """Whether words stand in a text as words: not `li` in `likes`, nor `5` in `15`; Chinese has no such borders."""
    start = text.find(words)
    while words and start >= 0:
        end = start + len(words)
        if not (_joins(text[:start][-1:], words[0]) or _joins(words[-1], text[end : end + 1])):
            return True
        start = text.find(words, start + 1)
    return False


def _joins(left: str, right: str) -> bool:
    both = left + right
    return len(both) == 2 and both.isascii() and (both.isalpha() or both.isdigit())
