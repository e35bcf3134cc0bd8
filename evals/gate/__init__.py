"""Rules as data, and what they say of a candidate: PASS, FAIL or INCONCLUSIVE, each with its reason.

Reads what a comparison found; never asks, matches or builds anything.
"""
