"""too-few-tasks: there were not enough tasks to keep all workers busy until the end."""

from __future__ import annotations

import numpy as np

from tracer.analysis.findings import chunk_imbalance
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.findings.straggler import LONGER
from tracer.wording import count

FEW = 4
"""With this many tasks a worker and more, the last round is at most a fifth of the run."""


def find(context: Context) -> Finding | None:
    """Look at the number of tasks, where they are about equal.

    Needs a pool that finished a task.
    """
    load, run = context.load, context.task_ns
    if load is None or not load.pooled or not len(load):
        return None
    workers = max(load.workers, context.pool_size)
    slots = max(min(workers, context.cores), 1)
    if len(load) >= FEW * slots or (len(load) > 2 and run.max() > LONGER * np.median(run)):
        return None
    if chunk_imbalance.find(context) is not None and len(load) >= slots:
        return None
    lost = context.tail_ns
    if len(load) < slots:  # some never had one
        lost = max(lost, (1.0 - len(load) / slots) * float(run.max()))
    return context.finding(
        "too-few-tasks",
        lost / 1e9,
        title=(
            f"{count(len(load), 'task')} for {count(workers, 'worker')} on "
            f"{count(context.cores, 'core')}: "
            f"nothing to do for {seconds(lost / 1e9)}"
        ),
        what=(
            f"{count(len(load), 'task')} of about {seconds(float(np.median(run)) / 1e9)} for "
            f"{count(workers, 'worker')} on {count(context.cores, 'core')}: on average, cores had nothing to "
            f"do for {seconds(lost / 1e9)}."
        ),
        advice=f"Cut the work into more tasks: {FEW * slots} or more of about the same length.",
        evidence={"tasks": len(load), "workers": workers, "cores": context.cores, "idle_ns": int(lost)},
        predicted_seconds=max(context.makespan - lost / 1e9, 0.0),
    )
