"""Presenting a run: report.md, report.html, figures, scores.csv, scores.json and the block a terminal shows."""
