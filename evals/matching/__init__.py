"""Decides what became of every gold and every predicted item: align, verify, ground (scoring.md, Matching)."""
