"""Two stored runs to differences: which runs may be compared, dialogue by dialogue pairs, deltas, and what changed.

Reads what runs stored and never asks an extractor, a matcher or a judge.
"""
