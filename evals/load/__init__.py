"""The latency benchmark: plans requests, sends and stamps them, and judges whether its figures are to be believed."""
