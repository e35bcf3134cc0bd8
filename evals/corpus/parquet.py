"""Records as Parquet: one schema whatever the records hold, written in row groups, read back by `dataset=hub`.

What has a fixed shape is an Arrow list or struct. What has none is a string of JSON: `slots`, whose names are free,
and `updates`, one field of which is a string or a list.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.corpus.record import Record
