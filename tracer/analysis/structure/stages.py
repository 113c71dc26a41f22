"""Stages: the stretches into which a program divides its own run, by spans of its first thread.

with tracer.span("pickled"): …      a stage each
with tracer.span("shared memory"): …
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers, equals, first_known, floats, integers
from tracer.tables.tables import Tables

MOST = 8
"""Of more spans (in a loop, say) none is a stage: they do not divide the run so that a reader sees it."""


@dataclass(frozen=True)
class Stage:
    """A stretch of the run: its name, nanoseconds since the trace began, and its row in `spans`."""

    name: str
    start_ns: float
    end_ns: float
    row: int

    @property
    def length_ns(self) -> float:
        """How long it is."""
        return self.end_ns - self.start_ns


@cached
def stages(trace: Tables) -> tuple[Stage, ...]:
    """Return the stages of a run in order of time, none where it has no such spans, or too many.

    Those are spans of the program's own, of its first thread, that lie in no other; where a single one holds
    others, as around the whole program, those.
    """
    spans = trace.spans
    people = trace.processes
    main = equals(people, "role", "main")
    mine = equals(spans, "category", "user")
    mine &= np.isin(integers(spans, "process"), integers(people, "process")[main])
    mine &= np.isin(integers(spans, "tid"), integers(people, "pid")[main])
    rows = np.flatnonzero(mine)
    start = floats(spans, "start")
    end = first_known(floats(spans, "end"), np.full(len(spans), float(trace.end_ns)))
    rows = rows[np.lexsort((-end[rows], start[rows]))]  # one that holds others before these
    while rows.size:
        until = np.maximum.accumulate(end[rows])
        outer = np.append(True, end[rows][1:] > until[:-1])
        if outer.sum() > 1 or outer.all():
            rows = rows[outer]
            break
        rows = rows[~outer]
    return _made(trace, rows, start, end) if rows.size <= MOST else ()


def _made(trace: Tables, rows: Integers, start: Floats, end: Floats) -> tuple[Stage, ...]:
    names = trace.spans["name"].fillna("").to_numpy(object)
    return tuple(Stage(str(names[i]), float(start[i]), float(end[i]), i) for i in rows.tolist())
