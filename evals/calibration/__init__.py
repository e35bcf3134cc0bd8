"""How far a matcher or a judge can be trusted: labelled pairs, generated probes, rates and certificates."""
