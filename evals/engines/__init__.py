"""Asking and matching spread over the workers of a Ray cluster; the only room that imports ray."""
