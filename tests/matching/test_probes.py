"""The bundled probes and what the matcher makes of every one: a change of behaviour shows here first."""

from __future__ import annotations

from evals.matching.exact import ExactMatcher
from evals.matching.fuzzy import FuzzyMatcher
from evals.matching.probes import probe_digest, probe_states

EXPECTED = """
en/same         correct/equal
en/reworded     correct/similarity
en/number       value_error/digits
en/number-word  correct/equal
en/date         value_error/value
en/date-format  correct/equal
en/time         value_error/value
en/place        value_error/entity
en/negation     unjudged/polarity
en/attitude     unjudged/polarity
en/role         unjudged/role
en/modality     unjudged/modality
en/less         partial/residual
en/unrelated    unjudged/grounding
zh/same         correct/equal
zh/reworded     correct/similarity
zh/number       value_error/digits
zh/number-word  correct/equal
zh/date         value_error/digits
zh/date-format  correct/equal
zh/time         value_error/value
zh/place        value_error/entity
zh/negation     unjudged/polarity
zh/attitude     unjudged/polarity
zh/role         unjudged/role
zh/modality     unjudged/modality
zh/less         partial/residual
zh/unrelated    unjudged/grounding
en/places       unjudged/order
zh/sides        unjudged/order
en/direction    unjudged/direction
en/activity     unjudged/activity
zh/kind         unjudged/kind
zh/hope         unjudged/modality
"""


def test_every_probe() -> None:
    """The whole table, in both languages alike."""
    assert [f"{probe:<15} {state}" for probe, state in probe_states(FuzzyMatcher())] == EXPECTED.strip().splitlines()


def test_the_digest_is_that_of_the_states() -> None:
    """The same for the same matcher, another for one that decides differently."""
    assert probe_digest(FuzzyMatcher()) == probe_digest(FuzzyMatcher())
    assert len(probe_digest(FuzzyMatcher())) == 16
    assert probe_digest(FuzzyMatcher()) != probe_digest(ExactMatcher())
    assert probe_digest(FuzzyMatcher()) != probe_digest(FuzzyMatcher(floor=0.99))
