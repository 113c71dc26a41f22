"""What is counted over time: tasks that run, tasks that wait in a queue, bytes on their way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, Integers, first_known
from tracer.analysis.structure.runs import task_runs
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class Counter:
    """A step function: `value[i]` holds from `time[i]` on (ns since the trace's origin) to the next time.

    `unit` is "" for a number of tasks, else "B".
    """

    name: str
    unit: str
    time: Integers
    value: Integers


def counters(columns: TaskColumns) -> tuple[Counter, ...]:
    """Return the counters of a trace's tasks; none where it has no tasks.

    A task is queued from its `submitted` until a worker has it, or it is delivered without; what neither
    happened to is queued to the end. Arguments are on their way from `pickle_end` to `received`, results from
    `result_pickled` to `result_received`.
    """
    if not len(columns.trace.tasks):
        return ()
    end = np.full(len(columns.trace.tasks), float(columns.trace.end_ns))
    taken = first_known(columns.time("received"), columns.time("run_start"), columns.time("delivered"), end)
    runs = task_runs(columns.trace)
    one = np.ones(end.size, np.int64)
    ways = [("pickle_end", "received", "args_bytes"), ("result_pickled", "result_received", "result_bytes")]
    starts, ends, sizes = (
        np.concatenate([column(names[place]) for names in ways])
        for place, column in enumerate((columns.time, columns.time, columns.number))
    )
    return (
        _counter("tasks running", "", runs.start_ns, runs.end_ns, one[: runs.row.size]),
        _counter("tasks queued", "", columns.time("submitted"), taken, one),
        _counter("bytes in flight", "B", starts, ends, sizes),
    )


def _counter(name: str, unit: str, start: Floats, end: Floats, weight: Integers) -> Counter:
    """Add up the weights of what holds at each instant; it begins at the first start and ends at 0."""
    known = (end > start) & (weight > 0)  # not where one of them is NaN
    times = np.concatenate([start[known], end[known]]).astype(np.int64)
    changes = np.concatenate([weight[known], -weight[known]])
    order = np.argsort(times, kind="stable")
    times, values = times[order], np.cumsum(changes[order])
    last = np.append(times[1:] != times[:-1], True)[: times.size]
    return Counter(name, unit, times[last], values[last].astype(np.int64))
