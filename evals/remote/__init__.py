"""Data and runs in a store: whatever fsspec reaches, seen from here as files of this machine."""
