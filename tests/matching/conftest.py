"""Short ways to write gold, predictions and dialogues in the tables of this room's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from evals.matching.fuzzy import FuzzyMatcher
from evals.protocols import Matcher
from evals.types import Extraction, Fact, Forbidden, Gold, GoldFact, GoldItem, Message, Outcome, Preference

Match = Callable[..., Outcome]
FUZZY = FuzzyMatcher()


@pytest.fixture(scope="session")
def match() -> Match:
    """Match texts (facts) or whole items against each other; messages are (role, content)."""

    def matched(
        gold: Sequence[str | GoldItem],
        predicted: Sequence[str | Fact | Preference],
        *,
        messages: Sequence[tuple[str, str]] = (),
        forbidden: Sequence[Forbidden] = (),
        matcher: Matcher = FUZZY,
    ) -> Outcome:
        items = tuple(
            GoldFact(gid=f"f{number}", memory_value=item) if isinstance(item, str) else item
            for number, item in enumerate(gold)
        )
        extraction = Extraction(
            facts=tuple(
                Fact(memory_value=item) if isinstance(item, str) else item
                for item in predicted
                if not isinstance(item, Preference)
            ),
            preferences=tuple(item for item in predicted if isinstance(item, Preference)),
        )
        said = tuple(Message(role=role, content=content) for role, content in messages)  # type: ignore[arg-type]
        return matcher.match(Gold(items=items, forbidden=tuple(forbidden)), extraction, said)

    return matched
