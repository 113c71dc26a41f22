"""The steps of each task: what its worker does beside running, and what the owner's hidden threads do for it.

worker     wait  pipe  unpickle  run  pickle  pipe       its bars, and what an export nests in the task
owner      pickle  pipe  …               …  unpickle  deliver
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.account.pipes import ready_to_receive
from tracer.analysis.columns import Floats
from tracer.analysis.structure import results
from tracer.timeline.task_columns import TaskColumns


@dataclass(frozen=True)
class Step:
    """A step of every task: the kind of its bars, start and end in ns, NaN where it was not taken."""

    kind: str
    start: Floats
    end: Floats


def worker_steps(columns: TaskColumns) -> list[Step]:
    """Return the steps of the worker's own thread but the run: wait, pickle, send, receive, unpickle."""
    if not len(columns.trace.tasks):
        return []
    received, waiting = columns.time("received"), columns.time("wait_start")
    pickled = columns.time("pickle_end")
    got = ready_to_receive(columns.time("lock_acquired"), pickled, received)
    np.fmax(got, waiting, out=got)
    done, sent = results.by_worker(columns.trace)
    steps = [
        Step("wait", waiting, got),
        Step("pickle", columns.time("run_end"), done),
        Step("pipe", done, sent),
    ]
    if not np.isnan(pickled).all():
        steps += [Step("pipe", got, received), Step("unpickle", received, columns.time("run_start"))]
    return steps


def hidden_steps(columns: TaskColumns) -> tuple[list[Step], list[Step]]:
    """Return the steps of the thread that sends a task, and of the one that receives its result."""
    pickle_start = columns.time("pickle_start")
    if np.isnan(pickle_start).all():
        return [], []
    sent, opened = columns.time("pickle_end"), columns.time("result_unpickled")
    sends = [Step("pickle", pickle_start, sent), Step("pipe", sent, columns.time("sent"))]
    receives = [
        Step("unpickle", columns.time("result_received"), opened),
        Step("deliver", opened, columns.time("delivered")),
    ]
    return sends, receives
