"""The boards: repeats, clusters, intervals, notes, pairing and memory."""

from __future__ import annotations

import gc
import random
import tracemalloc
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint

from evals.results import DialogueOutcome, Score
from evals.scoring.board import ScoreBoard
from evals.scoring.counted import BLOCK
from evals.scoring.paired import PairedBoard


def random_dialogue(
    make: SimpleNamespace, rng: random.Random, number: int, *, cluster_size: int = 1
) -> DialogueOutcome:
    """A dialogue with up to five facts, some found, and some inventions."""
    states = [rng.choice(("found", "found", "missed")) for _ in range(rng.randint(0, 5))]
    gold = tuple(make.gold(f"g{i}", state) for i, state in enumerate(states))
    found = tuple(make.predicted("correct", g.gid) for g in gold if g.state == "found")
    invented = tuple(make.predicted(rng.choice(("hallucinated", "duplicate"))) for _ in range(rng.randint(0, 2)))
    return make.dialogue(
        gold,
        found + invented,
        id=f"d{number}",
        cluster=f"c{number // cluster_size}",
        language=rng.choice(("en", "zh")),
        split=rng.choice(("dev", "test")),
    )


def assert_alike(one: dict[tuple[str, str], Score], other: dict[tuple[str, str], Score]) -> None:
    """The same scores up to the rounding of sums taken in another order."""
    assert list(one) == list(other)
    for key, score in one.items():
        assert asdict(score) == pytest.approx(asdict(other[key]), abs=1e-9)


class TestScoreBoard:
    """One run."""

    def test_interval_is_clustered(self, make: SimpleNamespace) -> None:
        """Oracle: statsmodels' cluster-robust weighted mean of the dialogues' recall, with t quantiles."""
        rng = random.Random(3)
        outcomes = [random_dialogue(make, rng, i, cluster_size=3) for i in range(150)]
        score = make.scores(*outcomes)["recall", "all"]
        rows = [(sum(g.state == "found" for g in o.gold), len(o.gold), o.cluster) for o in outcomes if o.gold]
        found, size = (np.array([row[i] for row in rows], dtype=float) for i in (0, 1))
        _, groups = np.unique([row[2] for row in rows], return_inverse=True)
        fit = sm.WLS(found / size, np.ones_like(size), weights=size).fit(
            cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
        )
        assert score.value == pytest.approx(fit.params[0])
        assert (score.low, score.high) == pytest.approx(tuple(fit.conf_int()[0]))
        assert (score.dialogues, score.clusters, score.n) == (len(rows), groups.max() + 1, size.sum())

    def test_rate_at_its_end_gets_wilson_on_clusters(self, make: SimpleNamespace) -> None:
        """No failure in 60 dialogues of 30 users is Wilson's interval on 30 draws."""
        score = make.scores(*(make.dialogue(id=str(i), cluster=str(i // 2)) for i in range(60)))["error_rate", "all"]
        assert (score.low, score.high) == pytest.approx(proportion_confint(0, 30, method="wilson"), abs=1e-12)
        assert (score.value, score.n, score.note) == (0, 60, None)

    def test_one_cluster_has_no_interval(self, make: SimpleNamespace) -> None:
        """And says so, at 0 and 1 as elsewhere."""
        outcomes = [make.dialogue((make.gold("g", state),), (), id=state, cluster="c") for state in ("found", "missed")]
        found = make.scores(*outcomes)
        for metric in ("recall", "error_rate"):
            assert (found[metric, "all"].low, found[metric, "all"].high) == (None, None)
            assert found[metric, "all"].note == "one cluster: no interval"

    @pytest.mark.parametrize(
        ("dialogues", "clusters", "note"),
        [(50, 20, None), (49, 20, "small sample"), (50, 19, "small sample"), (300, 300, None)],
    )
    def test_small_samples_are_marked(
        self, make: SimpleNamespace, dialogues: int, clusters: int, note: str | None
    ) -> None:
        """Below 50 dialogues or 20 clusters."""
        cluster_of = sorted(i % clusters for i in range(dialogues))
        outcomes = (make.dialogue(id=str(i), cluster=str(cluster_of[i])) for i in range(dialogues))
        assert make.scores(*outcomes)["error_rate", "all"].note == note

    def test_repeats_average_inside_the_dialogue(self, make: SimpleNamespace) -> None:
        """Two repeats, one right and one wrong, are one dialogue half right, not two dialogues."""
        gold, item = (make.gold("g", "found"),), (make.predicted("correct", "g"),)
        right = [make.dialogue(gold, item, id="a", repeat=repeat) for repeat in range(2)]
        mixed = [
            make.dialogue(gold, item, id="b"),
            make.dialogue((make.gold("g"),), (), id="b", repeat=1, error="timeout"),
        ]
        found = make.scores(*right, *mixed)
        recall = found["recall", "all"]
        assert (recall.value, recall.n, recall.dialogues, recall.clusters) == (3 / 4, 2, 2, 2)
        assert found["error_rate", "all"].value == 1 / 4
        assert found["precision", "all"].n == 3 / 2
        assert found["macro_f1", "all"].value == 3 / 4

    def test_identical_repeats_change_nothing(self, make: SimpleNamespace) -> None:
        """Four times the same answer is no more evidence than one."""
        rng = random.Random(4)
        outcomes = [random_dialogue(make, rng, i) for i in range(40)]
        once, often = make.scores(*outcomes), make.scores(*(o for o in outcomes for _ in range(4)))
        assert once == often

    def test_scores_midway_change_nothing(self, make: SimpleNamespace) -> None:
        """Asking for scores now and then, in the middle of clusters and repeats, leaves the end result alone."""
        rng = random.Random(5)
        outcomes = [random_dialogue(make, rng, i, cluster_size=4) for i in range(90)]
        board = ScoreBoard()
        for number, outcome in enumerate(outcomes):
            board.add(outcome)
            if number % 7 == 0:
                board.scores()
        assert_alike({(s.metric, s.slice): s for s in board.scores()}, make.scores(*outcomes))

    def test_order_of_clusters_does_not_matter(self, make: SimpleNamespace) -> None:
        """Clusters reversed, each kept whole."""
        rng = random.Random(6)
        outcomes = [random_dialogue(make, rng, i, cluster_size=2) for i in range(80)]
        assert_alike(make.scores(*outcomes), make.scores(*reversed(outcomes)))

    def test_clusters_without_a_denominator_are_not_counted(self, make: SimpleNamespace) -> None:
        """Forbidden items listed in 5 of 60 dialogues make 5 clusters, and a small sample."""
        outcomes = (make.dialogue(id=str(i), forbidden_listed=int(i < 5)) for i in range(60))
        score = make.scores(*outcomes)["forbidden_rate", "all"]
        assert (score.n, score.dialogues, score.clusters, score.note) == (5, 5, 5, "small sample")

    def test_slices_add_up(self, make: SimpleNamespace) -> None:
        """Denominators of the languages sum to the whole."""
        rng = random.Random(8)
        found = make.scores(*(random_dialogue(make, rng, i) for i in range(60)))
        for metric in ("recall", "precision", "f1", "error_rate"):
            parts = [found[metric, f"language={language}"].n for language in ("en", "zh")]
            assert sum(parts) == found[metric, "all"].n

    def test_an_empty_board_has_no_scores(self) -> None:
        """Nothing seen, nothing said."""
        assert ScoreBoard().scores() == ()

    def test_memory_does_not_grow_with_the_run(self, make: SimpleNamespace) -> None:
        """What a board holds after 4,000 dialogues is within 1 % of what it holds after 200."""

        def held_bytes(dialogues: int) -> int:
            rng, board = random.Random(9), ScoreBoard()
            gc.collect()
            tracemalloc.start()
            for number in range(dialogues):
                board.add(random_dialogue(make, rng, number, cluster_size=2))
            gc.collect()
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            return held

        held_bytes(BLOCK * 2)  # caches of slice names and legality fill once
        assert held_bytes(BLOCK * 16) == pytest.approx(held_bytes(BLOCK * 2), rel=0.02)


class TestPairedBoard:
    """Two runs."""

    def test_difference_of_means_is_a_paired_t_interval(self, make: SimpleNamespace) -> None:
        """Oracle: statsmodels' cluster-robust mean of the differences in memories a dialogue."""
        rng = random.Random(10)
        pairs = [
            (random_dialogue(make, random.Random(i), i, cluster_size=3), random_dialogue(make, rng, i, cluster_size=3))
            for i in range(60)
        ]
        board = PairedBoard()
        for a, b in pairs:
            board.add(a, b)
        (score,) = board.differences(["memories_per_dialogue"], ["all"])
        gaps = np.array([len(a.predicted) - len(b.predicted) for a, b in pairs], dtype=float)
        fit = sm.OLS(gaps, np.ones(60)).fit(cov_type="cluster", cov_kwds={"groups": np.arange(60) // 3}, use_t=True)
        assert score.value == pytest.approx(gaps.mean())
        assert (score.low, score.high) == pytest.approx(tuple(fit.conf_int()[0]))
        assert (score.n, score.dialogues, score.clusters) == (60, 60, 20)

    def test_f1_difference_agrees_with_the_jackknife(self, make: SimpleNamespace) -> None:
        """Oracle: leaving out one dialogue at a time, counted with plain sums."""
        rng = random.Random(11)
        pairs = []
        for i in range(80):
            a = random_dialogue(make, rng, i)
            pairs.append(
                (
                    a,
                    make.dialogue(
                        a.gold, a.predicted[1:], id=a.id, language=a.language, split=a.split, cluster=a.cluster
                    ),
                )
            )
        board = PairedBoard()
        for a, b in pairs:
            board.add(a, b)
        (score,) = board.differences(["precision"], ["all"])
        counts = np.array(
            [[sum(p.state == "correct" for p in o.predicted), len(o.predicted)] for pair in pairs for o in pair]
        ).reshape(80, 2, 2)

        def gap(totals: np.ndarray) -> float:
            (a_right, a_all), (b_right, b_all) = totals
            return float(a_right / a_all - b_right / b_all)

        left_out = np.array([gap(counts.sum(axis=0) - row) for row in counts])
        jackknife = np.sqrt(79 / 80 * ((left_out - left_out.mean()) ** 2).sum())
        assert score.value == pytest.approx(gap(counts.sum(axis=0)))
        assert (score.high - score.low) / 2 / 1.99 == pytest.approx(jackknife, rel=0.05)  # t(79) = 1.99

    def test_difference_is_the_difference_of_the_scores(self, make: SimpleNamespace) -> None:
        """In every metric and slice, with the bounds of each at their worst."""
        rng = random.Random(12)
        left, right = ([random_dialogue(make, rng, i) for i in range(30)] for _ in range(2))
        right = [
            make.dialogue(b.gold, b.predicted, id=a.id, language=a.language, split=a.split, cluster=a.cluster)
            for a, b in zip(left, right, strict=True)
        ]
        board = PairedBoard()
        for a, b in zip(left, right, strict=True):
            board.add(a, b)
        one, two = make.scores(*left), make.scores(*right)
        differences = board.differences()
        assert [(s.metric, s.slice) for s in differences] == list(one)
        for score in differences:
            a, b = one[score.metric, score.slice], two[score.metric, score.slice]
            if a.value is None or b.value is None:
                assert (score.value, score.low, score.n) == (None, None, 0)
            else:
                assert score.value == pytest.approx(a.value - b.value)
                assert score.bound_low <= score.value <= score.bound_high

    def test_a_run_against_itself_differs_by_nothing(self, make: SimpleNamespace) -> None:
        """Zero, with an interval of zero width: pairing takes out everything shared."""
        rng, board = random.Random(13), PairedBoard()
        for i in range(60):
            outcome = random_dialogue(make, rng, i)
            board.add(outcome, outcome)
        for score in board.differences(["f1", "recall"]):
            assert score.value is None or (score.value, score.low, score.high) == (
                0,
                pytest.approx(0),
                pytest.approx(0),
            )

    def test_swapping_the_runs_turns_the_sign(self, make: SimpleNamespace) -> None:
        """b − a is −(a − b), ends exchanged."""
        rng = random.Random(14)
        forth, back = PairedBoard(), PairedBoard()
        for i in range(40):
            a = random_dialogue(make, rng, i)
            b = make.dialogue(a.gold, (), id=a.id, language=a.language, split=a.split, cluster=a.cluster)
            forth.add(a, b)
            back.add(b, a)
        (one,), (two,) = (board.differences(["f1"], ["all"]) for board in (forth, back))
        assert (one.value, one.low, one.high) == pytest.approx((-two.value, -two.high, -two.low))

    def test_unlike_dialogues_are_refused(self, make: SimpleNamespace) -> None:
        """Pairing by position only would compare different dialogues."""
        with pytest.raises(ValueError, match="cannot be paired"):
            PairedBoard().add(make.dialogue(id="a"), make.dialogue(id="b"))

    def test_unknown_metric_and_unseen_slice(self, make: SimpleNamespace) -> None:
        """A name that does not exist is an error; a slice of which nothing was seen has no scores."""
        board = PairedBoard()
        board.add(make.dialogue(), make.dialogue())
        assert board.differences(["f1"], ["language=fr"]) == ()
        with pytest.raises(KeyError, match="f2"):
            board.differences(["f2"])
