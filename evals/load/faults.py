"""What can become of a request on its way: one word each, kept as a number while the load runs."""

from __future__ import annotations

OK = 0
NAMES = (
    "",  # a complete reply; what it says is read after the window
    "refused",  # nobody listens there
    "unreachable",  # no such host, no route, TLS that does not fit
    "closed",  # the connection was closed before the first byte of a reply
    "reset",  # the connection was reset
    "truncated",  # the reply ended before its length said so
    "garbled",  # what came is not HTTP
    "too_large",  # a longer reply than is taken
    "timed_out",  # no complete reply in time
    "broken",  # the connection broke, and the sender cannot tell how
    "abandoned",  # the run ended first
    "failed",  # extract() raised, or its process ended
)
CODES = {name: code for code, name in enumerate(NAMES)}
# What took at least so long: it stays in the distribution as a lower bound of itself.
CENSORED = (CODES["timed_out"], CODES["abandoned"])
