"""When the program's first thread was alone: no task under way, no child at work; and what it did then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, equals, first_known, floats, integers
from tracer.analysis.cores.slices import PREEMPTED
from tracer.analysis.findings.context import Context
from tracer.analysis.intervals import Cover, union
from tracer.analysis.starting import makings
from tracer.analysis.structure.runs import task_runs
from tracer.record.kinds import IMPORT


@dataclass(frozen=True)
class Alone:
    """The life of the main process from `begin` to `end` (ns), and the stretches in which it was alone.

    `free` are those in which it neither imported nor started workers, `importing` those in which it did
    import. Both are empty where its life is not known.
    """

    begin: float
    end: float
    free: Cover[np.float64]
    importing: Cover[np.float64]

    @property
    def wall(self) -> float:
        """The length of its life."""
        return max(self.end - self.begin, 0.0)


def alone(context: Context) -> Alone:
    """Return when the main process was alone."""
    frame = context.trace.processes
    main = np.flatnonzero(equals(frame, "role", "main"))
    nothing = _cover(np.zeros(0), np.zeros(0))
    if not main.size:
        return Alone(0.0, 0.0, nothing, nothing)
    begin = float(floats(frame, "started")[main[0]])
    end = first_known(floats(frame, "exited"), np.full(len(frame), float(context.trace.end_ns)))[main[0]]
    if not end > begin:
        return Alone(0.0, 0.0, nothing, nothing)
    busy_start, busy_end = _busy(context)
    spans = context.trace.spans
    own = equals(spans, "category", IMPORT) & (integers(spans, "tid") == integers(frame, "pid")[main[0]])
    own &= integers(spans, "process") == integers(frame, "process")[main[0]]
    own &= ~np.isnan(floats(spans, "end")) & ~np.isnan(floats(spans, "start"))
    imports = floats(spans, "start")[own], floats(spans, "end")[own]
    idle = _without(begin, float(end), busy_start, busy_end)
    free = _without(begin, float(end), np.append(busy_start, imports[0]), np.append(busy_end, imports[1]))
    return Alone(begin, float(end), free, _cover(*imports).both(idle))


def on_core(context: Context, stretches: Cover[np.float64]) -> tuple[float, float] | None:
    """Return how long main's first thread held a core in these stretches, and lacked one (ns).

    None where there are no slices of it.
    """
    frame, holds = context.trace.processes, context.holds
    main = np.flatnonzero(equals(frame, "role", "main"))
    if holds is None or not main.size:
        return None
    who = integers(frame, "process")[main[:1]], integers(frame, "pid")[main[:1]]
    thread = holds.find(*who)[0]
    if thread < 0:
        return None
    both = np.full(stretches.start.size, thread)
    first, last = holds.key(both, stretches.start), holds.key(both, stretches.end)
    lacked = float(holds.gaps(PREEMPTED).within(first, last).sum()) if holds.exact else 0.0
    return float(holds.slices.within(first, last).sum()), lacked


def _busy(context: Context) -> tuple[Floats, Floats]:
    """Return when tasks were under way (submission to delivery), children lived, and workers were started.

    What main computes on results, its end after the last one included, is slow-consumer's. A task that was
    not seen to end ran until its worker's end.
    """
    tasks, frame = context.trace.tasks, context.trace.processes
    start = first_known(floats(tasks, "submitted"), floats(tasks, "run_start"))
    end = first_known(floats(tasks, "delivered"), floats(tasks, "run_end"), start)
    child = equals(frame, "role", "process")
    first = first_known(floats(frame, "start_called"), floats(frame, "started"))[child]
    last = first_known(floats(frame, "exited"), floats(frame, "target_end"))[child]
    runs, (made, done) = task_runs(context.trace), makings(context.trace)
    loops = [] if context.model.consumed is None else [context.model.consumed.loops]
    start = np.concatenate([start, runs.start_ns, first, made, *(one.start for one in loops)])
    end = np.concatenate([end, runs.end_ns, last, done, *(one.end for one in loops)])
    known = ~np.isnan(start) & ~np.isnan(end)
    return start[known], end[known]


def _cover(start: Floats, end: Floats) -> Cover[np.float64]:
    whole = union(start.astype(np.int64), np.maximum(start, end).astype(np.int64))
    return Cover(whole.start.astype(np.float64), whole.end.astype(np.float64))


def _without(begin: float, end: float, start: Floats, last: Floats) -> Cover[np.float64]:
    """Return what of a life lies in none of the intervals."""
    inside = _cover(np.maximum(start, begin), np.minimum(last, end))
    edges = np.concatenate([[begin], np.column_stack([inside.start, inside.end]).ravel(), [end]])
    first, until = edges[0::2], edges[1::2]
    some = until > first
    return Cover(first[some], until[some])
