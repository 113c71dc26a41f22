"""The same tasks in one process, one after another, without a pool."""

from __future__ import annotations

import numpy as np

from tracer.analysis.model.workload import SUBMIT_NS, Workload

LEAST_CORES = 0.1
"""Nobody is left with less of a core than this for long."""


def one_process_ns(load: Workload) -> float:
    """Return how long the tasks of a workload would take one after another in the program's own thread (ns).

    Nothing is pickled, sent or waited for; what the program did between two submissions, and its iterable,
    it does as before. Where other programs left the workers less than a core, this one gets no more.
    """
    work = np.maximum(load.work - load.unpickle - load.pack, 0.0)
    run = work / min(max(load.cores, LEAST_CORES), 1.0) + load.rest
    return float(run.sum() + load.make.sum() + load.think.sum() + _between(load))


def _between(load: Workload) -> float:
    """Return what the program did between the submissions of each burst, where that was more than to submit.

    Where they followed results it waited for these, which is nothing that one process would do.
    """
    if load.follows is not None or len(load) < 2:
        return 0.0
    steps = np.diff(load.after)
    within = (np.diff(load.burst) == 0) & (steps > SUBMIT_NS)
    return float(steps[within].sum())
