"""Windows hold every message once and in order, stay below the limit, and gold moves with its evidence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evals.corpus.importers.windows import token_estimate, windows
from evals.types import GoldFact, Message


def messages(*contents: str) -> tuple[Message, ...]:
    """Alternating messages, the user first."""
    return tuple(Message(role=("user", "assistant")[i % 2], content=text) for i, text in enumerate(contents))


def test_the_estimate_knows_scripts():
    """Three ASCII letters, one Chinese character or two Cyrillic letters make a token."""
    assert token_estimate("abcdef") == 2
    assert token_estimate("你好吗") == 3
    assert token_estimate("дом ") == 1.5 + 1 / 3


def test_a_window_ends_between_exchanges():
    """The second exchange does not fit beside the first, so it opens the next window with its question."""
    found = list(windows(messages("a" * 30, "b" * 30, "c" * 30, "d" * 30), 30))
    assert [(window.first, len(window.messages)) for window in found] == [(0, 2), (2, 2)]
    assert [window.messages[0].role for window in found] == ["user", "user"]
    assert not any(window.cut for window in found)


def test_an_exchange_that_is_too_long_is_shortened():
    """The longest message gives way, the others stay as they are."""
    (window,) = windows(messages("a" * 30, "b" * 300), 30)
    assert [message.content for message in window.messages] == ["a" * 30, "b" * 60]
    assert window.cut == {1}


def test_gold_is_counted_from_its_window():
    """Evidence inside is renumbered; outside, half outside or unknown, the item is not in this window."""
    first, second = windows(messages("a" * 30, "b" * 30, "c" * 30, "d" * 30), 30)
    fact = GoldFact(gid="f1", memory_value="x", evidence=(2,))
    assert first.keep(fact) is None
    assert second.keep(fact) == GoldFact(gid="f1", memory_value="x", evidence=(0,))
    assert second.keep(GoldFact(gid="f1", memory_value="x", evidence=(0, 2))) is None
    assert second.keep(GoldFact(gid="f1", memory_value="x")) is None


def test_gold_whose_quote_was_cut_off_is_left_out():
    """In a shortened message only what is still there can be found."""
    (window,) = windows(messages("I live in Paris. " + "x" * 300 + " I have a cat."), 30)
    kept = GoldFact(gid="f1", memory_value="x", evidence=(0,), evidence_text="I live in Paris.")
    lost = GoldFact(gid="f2", memory_value="x", evidence=(0,), evidence_text="I have a cat.")
    assert window.keep(kept) == kept
    assert window.keep(lost) is None


texts = st.text(st.sampled_from("ab 你д\n"), min_size=1, max_size=80)
talks = st.lists(
    st.builds(Message, role=st.sampled_from(["user", "assistant"]), content=texts), min_size=1, max_size=12
)


@given(talks, st.integers(20, 60))
def test_windows_partition_the_dialogue(talk, limit):
    """Every message is in exactly one window, whole unless marked as cut, and no window is over the limit."""
    found = list(windows(talk, limit))
    placed = [
        (window.first + index, message, window) for window in found for index, message in enumerate(window.messages)
    ]
    assert [index for index, _, _ in placed] == list(range(len(talk)))
    for index, message, window in placed:
        assert message.role == talk[index].role
        assert talk[index].content.startswith(message.content)
        assert (message.content != talk[index].content) == (index in window.cut)
    for window in found:
        assert sum(token_estimate(message.content) for message in window.messages) <= limit + 1e-6
