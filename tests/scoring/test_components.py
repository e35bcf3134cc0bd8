"""Where the variance comes from: against statsmodels' analysis of variance, and against what was planted."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from evals.scoring.components import variance_components
from evals.scoring.counted import Counted, Header
from evals.scoring.counts import INDEX, NAMES
from evals.scoring.legality import ROWS


def block(found: np.ndarray, gold: int = 10) -> Counted:
    """Dialogues × repeats of found items, each of `gold`."""
    dialogues, repeats = found.shape
    counts = np.zeros((dialogues * repeats, len(ROWS), len(NAMES)))
    counts[:, 0, INDEX["found"]], counts[:, 0, INDEX["gold"]] = found.ravel(), gold
    headers = tuple(Header(id=str(i), cluster=str(i), language="en", split="dev") for i in range(dialogues))
    starts = np.arange(dialogues) * repeats
    return Counted(headers=headers, starts=starts, counts=counts, latency_ms=np.full(len(counts), np.nan))


def test_shares_are_those_of_an_analysis_of_variance() -> None:
    """Oracle: statsmodels' one-way table; MS between − MS within over the repeats is the dialogues' variance."""
    rng = np.random.default_rng(1)
    found = rng.binomial(10, rng.beta(4, 3, size=(40, 1)), size=(40, 3)).astype(float)
    import pandas as pd

    frame = pd.DataFrame({"y": found.ravel() / 10, "d": np.repeat(np.arange(40), 3).astype(str)})
    table = anova_lm(smf.ols("y ~ d", frame).fit())
    between, within = table["mean_sq"]["d"], table["mean_sq"]["Residual"]
    of_dialogues, of_repeats = (between - within) / 3, within / 3
    split = variance_components([block(found)], metric="recall")
    assert split is not None
    assert split.sampling == pytest.approx(of_dialogues / (of_dialogues + of_repeats))
    assert split.sampling + split.extractor == pytest.approx(1)
    assert split.repeats == 3


def test_an_extractor_that_never_wavers_has_no_share() -> None:
    """Equal repeats put all variance on the dialogues; equal dialogues all on the repeats."""
    same = np.repeat(np.array([[1.0], [9.0], [4.0], [6.0]]), 3, axis=1)
    steady = variance_components([block(same)], metric="recall")
    assert steady is not None
    assert steady.extractor == pytest.approx(0, abs=1e-12)
    wavering = variance_components([block(same.T.repeat(4, axis=0))], metric="recall")
    assert wavering is not None
    assert wavering.extractor == pytest.approx(1, abs=0.2)


def test_nothing_repeated_nothing_told() -> None:
    """One repeat, one dialogue, no variance and no dialogue have no split."""
    assert variance_components([block(np.array([[1.0], [2.0]]))], metric="recall") is None
    assert variance_components([block(np.array([[1.0, 2.0]]))], metric="recall") is None
    assert variance_components([block(np.full((5, 3), 4.0))], metric="recall") is None
    assert variance_components([], metric="recall") is None


def test_blocks_are_one_set() -> None:
    """However the dialogues are cut into blocks."""
    rng = np.random.default_rng(2)
    found = rng.integers(0, 10, (30, 2)).astype(float)
    whole = variance_components([block(found)], metric="recall")
    assert variance_components([block(found[:7]), block(found[7:])], metric="recall") == whole
