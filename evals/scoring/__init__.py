"""Outcomes to numbers: counts a dialogue contributes, metrics over their sums, and clustered intervals.

`evals.scoring.board` and `evals.scoring.paired` are the two doors: `ScoreBoard` for one run, `PairedBoard` for two.
"""
