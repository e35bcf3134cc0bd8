"""The deterministic language layer: canonical forms, typed values, words, entities, polarity and n-gram similarity."""
