"""`Tables`: the tables and the metadata of one run, as plain values that know nothing of their views."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from tracer.tables import definitions


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables and the metadata of one run.

    Every table is a `pandas.DataFrame` in the form that `tracer.tables.definitions` declares: times in
    `Int64` nanoseconds since the trace's origin. `meta` is the content of `meta.json`; `end_ns` the last time
    known. A trace does not change, and two are the same only if they are one: frames do not compare.
    """

    tasks: pd.DataFrame = field(default_factory=definitions.TASKS.empty)
    processes: pd.DataFrame = field(default_factory=definitions.PROCESSES.empty)
    items: pd.DataFrame = field(default_factory=definitions.ITEMS.empty)
    slices: pd.DataFrame = field(default_factory=definitions.SLICES.empty)
    spans: pd.DataFrame = field(default_factory=definitions.SPANS.empty)
    threads: pd.DataFrame = field(default_factory=definitions.THREADS.empty)
    meta: dict[str, Any] = field(default_factory=dict)
    standing: pd.DataFrame = field(default_factory=definitions.STANDING.empty)
    others: pd.DataFrame = field(default_factory=definitions.OTHERS.empty)

    @cached_property
    def results(self) -> dict[Any, Any]:
        """What was worked out of these tables, by the function that did (`tracer.analysis.cache`)."""
        return {}

    @cached_property
    def end_ns(self) -> int:
        """The last instant that any table knows, in nanoseconds since the origin (0 where there is none)."""
        latest = [
            getattr(self, table.name)[column].max() for table in definitions.TABLES for column in table.times
        ]
        return max((int(value) for value in latest if pd.notna(value)), default=0)
