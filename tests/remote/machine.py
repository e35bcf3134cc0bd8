"""`evals` as another machine would run it: a process with a cache of its own, and leases that end soon.

python -m tests.remote.machine LEASE_S WORDS …
"""

from __future__ import annotations

import sys

from evals.cli import main
from evals.remote import landing, lease

if __name__ == "__main__":
    lease.TTL_S = float(sys.argv[1])
    lease.RENEW_S = lease.TTL_S / 4
    landing.SEND_S = lease.TTL_S / 10
    sys.exit(main(sys.argv[2:]))
