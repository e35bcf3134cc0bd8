"""The latency benchmark: plans requests, sends them, stamps them, and judges whether its own figures are to be believed."""
