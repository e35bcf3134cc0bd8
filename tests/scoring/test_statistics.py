"""Standard errors and intervals against independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from evals.scoring.counts import INDEX, NAMES
from evals.scoring.formula import Harmonic, Ratio
from evals.scoring.statistics import Moments, Sums, standard_error, t_interval, upper_bound, wilson

PREDICTED, GOLD, CORRECT, FOUND = (INDEX[name] for name in ("complete_predicted", "gold", "complete_correct", "found"))
PRECISION = Ratio({"complete_correct": 1}, {"complete_predicted": 1})
RECALL = Ratio({"found": 1}, {"gold": 1})
F1 = Harmonic(PRECISION, RECALL)


def clustered_counts(rng: np.random.Generator, clusters: int, dialogues: int) -> tuple[np.ndarray, np.ndarray]:
    """(counts of each dialogue, cluster of each dialogue); dialogues of one cluster share a skill."""
    groups = np.repeat(np.arange(clusters), dialogues)
    skill = rng.beta(6, 3, clusters)[groups]
    counts = np.zeros((len(groups), len(NAMES)))
    counts[:, GOLD] = rng.integers(1, 9, len(groups))
    counts[:, CORRECT] = counts[:, FOUND] = rng.binomial(counts[:, GOLD].astype(int), skill)
    counts[:, PREDICTED] = counts[:, CORRECT] + rng.binomial(3, 1 - skill)
    return counts, groups


def summed(counts: np.ndarray, groups: np.ndarray) -> Sums:
    """The sums of a whole set, each cluster handed over closed; one metric, present in each dialogue."""
    moments = Moments(counts=len(NAMES), metrics=1)
    for group in np.unique(groups):
        rows = counts[groups == group]
        moments.add(np.append(rows.sum(axis=0), len(rows))[None])
    return moments.sums()


class TestStandardError:
    """The delta method from running sums."""

    @pytest.mark.parametrize("clusters", [2, 7, 40, 129])
    def test_equals_cluster_robust_regression(self, clusters: int) -> None:
        """Oracle: statsmodels. A ratio Σy/Σx is the weighted least-squares mean of y/x with weights x, and its
        cluster-robust covariance with the usual correction is C/(C−1)·Σ(Σ(y − r·x))²/(Σx)²."""
        counts, groups = clustered_counts(np.random.default_rng(clusters), clusters, 5)
        sums = summed(counts, groups)
        for formula, y, x in (
            (RECALL, counts[:, FOUND], counts[:, GOLD]),
            (F1, 2 * counts[:, CORRECT], counts[:, PREDICTED] + counts[:, GOLD]),
        ):
            model = sm.WLS(y / x, np.ones_like(x), weights=x)
            # Stata's small-sample factor is C/(C−1)·(n−1)/(n−k) with k = 1
            fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
            value = formula.value(sums.counts)
            error = standard_error(formula.gradient(sums.counts), sums, clusters)
            assert value == pytest.approx(fit.params[0], rel=1e-12)
            assert error == pytest.approx(fit.bse[0], rel=1e-9)
            assert t_interval(value, error, clusters) == pytest.approx(tuple(fit.conf_int()[0]), rel=1e-9)

    def test_agrees_with_jackknife_and_bootstrap_over_clusters(self) -> None:
        """Oracle: brute force. Leaving out or redrawing whole clusters gives the same error within a few per cent,
        also where precision and recall do not share a numerator."""
        rng = np.random.default_rng(5)
        counts, groups = clustered_counts(rng, 60, 4)
        counts[:, FOUND] = rng.binomial(counts[:, GOLD].astype(int), 0.5)  # as in a slice by preference type
        sums = summed(counts, groups)
        error = standard_error(F1.gradient(sums.counts), sums, 60)
        totals = np.array([counts[groups == group].sum(axis=0) for group in range(60)])
        left_out = np.array([F1.value(sums.counts - total) for total in totals])
        jackknife = np.sqrt(59 / 60 * ((left_out - left_out.mean()) ** 2).sum())
        drawn = [F1.value(totals[rng.integers(0, 60, 60)].sum(axis=0)) for _ in range(2000)]
        assert error == pytest.approx(jackknife, rel=0.03)
        assert error == pytest.approx(np.std(drawn), rel=0.06)

    def test_is_the_published_influence_formula_for_f1(self) -> None:
        """u_i = (2·tp − F·(pred + gold))/mean(pred + gold), SE = sqrt(C/(C−1)·Σu²)/n, one dialogue a cluster."""
        counts, groups = clustered_counts(np.random.default_rng(11), 50, 1)
        sums, size = summed(counts, groups), counts[:, PREDICTED] + counts[:, GOLD]
        f1 = 2 * counts[:, CORRECT].sum() / size.sum()
        influence = (2 * counts[:, CORRECT] - f1 * size) / size.mean()
        expected = np.sqrt(50 / 49 * (influence**2).sum()) / 50
        assert standard_error(F1.gradient(sums.counts), sums, 50) == pytest.approx(expected, rel=1e-12)

    def test_of_a_sum_is_centred(self) -> None:
        """A total is not scale-free, so its mean influence must be taken off: SE = sqrt(C)·sd of the clusters."""
        counts, groups = clustered_counts(np.random.default_rng(12), 30, 3)
        sums = summed(counts, groups)
        totals = [counts[groups == group, PREDICTED].sum() for group in range(30)]
        gradient = np.eye(len(NAMES))[PREDICTED]
        assert standard_error(gradient, sums, 30) == pytest.approx(np.sqrt(30) * np.std(totals, ddof=1), rel=1e-9)

    def test_of_one_cluster_is_undefined(self) -> None:
        """Nothing can be said about other clusters from one."""
        counts, groups = clustered_counts(np.random.default_rng(13), 1, 5)
        sums = summed(counts, groups)
        assert standard_error(F1.gradient(sums.counts), sums, 1) is None

    def test_interval_covers_the_truth_as_often_as_it_says(self) -> None:
        """Of 600 sets of 25 clusters, about 95 % of the intervals hold the true F1 (simulation error 0.9 points)."""
        truth_counts, _ = clustered_counts(np.random.default_rng(1), 40_000, 4)
        truth = F1.value(truth_counts.sum(axis=0))
        covered = 0
        for seed in range(600):
            counts, _ = clustered_counts(np.random.default_rng(1000 + seed), 25, 4)
            moments = Moments(counts=len(NAMES), metrics=1)
            for total in counts.reshape(25, 4, -1).sum(axis=1):
                moments.add(np.append(total, 4)[None])
            sums = moments.sums()
            error = standard_error(F1.gradient(sums.counts), sums, 25)
            low, high = t_interval(F1.value(sums.counts), error, 25)
            covered += low <= truth <= high
        assert 0.92 <= covered / 600 <= 0.975


class TestMoments:
    """Running sums, whatever the moment they are read at."""

    def test_reading_midway_changes_nothing(self) -> None:
        """Sums read after every cluster equal sums read once."""
        counts, groups = clustered_counts(np.random.default_rng(2), 70, 1)
        moments = Moments(counts=len(NAMES), metrics=1)
        for row in counts:
            moments.add(np.append(row, 1)[None])
            moments.sums(np.append(row, 1))
        once = summed(counts, groups)
        often = moments.sums()
        np.testing.assert_allclose(often.second_moment, once.second_moment)
        np.testing.assert_array_equal(often.counts, once.counts)
        assert (often.clusters[0], often.dialogues[0]) == (70, 70)

    def test_unfinished_cluster_counts_as_if_it_ended(self) -> None:
        """Three closed and one open cluster are four."""
        counts, groups = clustered_counts(np.random.default_rng(3), 4, 1)
        moments = Moments(counts=len(NAMES), metrics=1)
        for row in counts[:3]:
            moments.add(np.append(row, 1)[None])
        with_open, closed = moments.sums(np.append(counts[3], 1)), summed(counts, groups)
        np.testing.assert_array_equal(with_open.second_moment, closed.second_moment)
        np.testing.assert_array_equal(with_open.clusters, closed.clusters)


class TestProportions:
    """Intervals for rates at their ends. Oracles: statsmodels and scipy."""

    @pytest.mark.parametrize("n", [1, 5, 40, 300])
    @pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
    def test_wilson(self, n: int, rate: float) -> None:
        """Equal to statsmodels' Wilson interval, and never without the rate itself."""
        low, high = wilson(rate, n)
        assert (low, high) == pytest.approx(proportion_confint(rate * n, n, method="wilson"), abs=1e-12)
        assert low <= rate <= high

    @pytest.mark.parametrize(("hits", "n"), [(0, 300), (0, 1), (3, 20), (19, 20), (20, 20)])
    def test_upper_bound(self, hits: int, n: int) -> None:
        """The one-sided 95 % Clopper–Pearson bound is the upper end of statsmodels' two-sided 90 % interval."""
        expected = proportion_confint(hits, n, alpha=0.1, method="beta")[1]
        assert upper_bound(hits / n, n) == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("clusters", [2, 3, 20, 1000])
    def test_t_quantile(self, clusters: int) -> None:
        """The reach of the interval is scipy.stats' t quantile with C − 1 degrees of freedom."""
        low, high = t_interval(0.5, 1.0, clusters)
        assert (high - low) / 2 == pytest.approx(scipy.stats.t.ppf(0.975, clusters - 1), rel=1e-9)
