"""Annotated dialogues in: the record `memgold/1`, its validation, selection, overlays and the import of public sets."""
