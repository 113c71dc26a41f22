"""The schedule that the model played: which worker had which task, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heapreplace

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.model.simulate import Outcome
from tracer.analysis.model.workload import Workload


@dataclass(frozen=True)
class Schedule:
    """Tasks on workers 0, 1, …: arrays of one length; times are nanoseconds from the first submission."""

    worker: Integers
    start_ns: Floats
    end_ns: Floats
    workers: int


def schedule(load: Workload, outcome: Outcome, scale: float = 1.0) -> Schedule:
    """Return the schedule of a workload that was played, its times multiplied by `scale`.

    The next task goes to who has waited longest, so that the times say which worker it was.
    """
    waiting = [(ready, worker) for worker, ready in enumerate(load.ready.tolist())]
    heapify(waiting)
    worker = np.empty(len(outcome.taken), np.int64)
    for task, free in enumerate(outcome.free):
        worker[task] = waiting[0][1]
        heapreplace(waiting, (free, waiting[0][1]))
    start, end = (scale * np.asarray(times, np.float64) for times in (outcome.taken, outcome.ended))
    return Schedule(worker, start, end, load.workers)
