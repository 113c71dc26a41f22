"""tiny-tasks: handing a task over costs more than running it."""

from __future__ import annotations

import numpy as np

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change
from tracer.analysis.model.prediction import PREFIX
from tracer.record.kinds import kind_of
from tracer.wording import count, percent

SMALL_BYTES = 16_384
"""Messages up to this size are about their fixed cost; beyond it, the bytes are (args-pickling)."""
ENOUGH = 4
"""Fewer tasks a worker than this leave nothing to put into chunks."""
WITHIN = 1.02
"""The smallest chunk size that comes so near to the best is recommended: small chunks balance better."""


def find(context: Context) -> Finding | None:
    """Look at the cost of a task's way against its run.

    Needs a pool of processes with some tasks for each worker.
    """
    load = context.load
    if load is None or load.threaded or not load.pooled or len(load) < ENOUGH * load.workers:
        return None
    if np.median(np.maximum(load.args_bytes, load.result_bytes)) > SMALL_BYTES:
        return None
    run = float(np.median(context.task_ns))
    way = float(np.median(load.serialize + load.write)) + float(np.median(load.receive))
    consumed = context.model.consumed
    collect = 0.0 if consumed and consumed.in_callbacks else load.collect  # callbacks are the program's own
    way += float(np.median(load.unpickle + load.pack + load.reply + load.gap + collect))
    if run > way:
        return None
    chunksize, best = best_chunksize(context)
    usual = int(np.median(load.items))
    if chunksize <= usual:
        return None
    return context.finding(
        "tiny-tasks",
        context.makespan - best,
        title=(
            f"{count(len(load), 'tiny task')}: handing one over takes {seconds(way / 1e9)}, running it "
            f"{seconds(run / 1e9)}"
        ),
        what=(
            f"{count(len(load), 'task')} ran {seconds(run / 1e9)} each (median), and each one's way to a "
            "worker and back "
            f"took {seconds(way / 1e9)}: workers spent "
            f"{percent(context.in_tasks)} "
            "of their time in the function."
        ),
        advice=(
            f"Put {chunksize} items at a time into one message."
            if load.written
            else f"Hand over more items at a time: {kind_of(load.kind).chunks_by}={chunksize}."
        ),
        evidence={
            "tasks": len(load),
            "run_median_ns": int(run),
            "overhead_median_ns": int(way),
            "chunksize": usual,
            "recommended_chunksize": chunksize,
        },
        predicted_seconds=best,
    )


def best_chunksize(context: Context) -> tuple[int, float]:
    """Return the chunk size that the model likes best, the smallest that is about as good; its makespan.

    Sizes that make more chunks than the model plays are left out: so many balance no better.
    """
    load = context.model.played
    assert load is not None
    items = int(load.items.sum())
    size = 1
    while items // size > PREFIX:
        size *= 2
    sizes = [size]
    while size * load.workers < items:
        size *= 2
        sizes.append(size)
    played = {size: context.predict(Change(chunksize=size)).predicted_ns / 1e9 for size in sizes}
    best = min(played.values())
    chosen = next(size for size in sizes if played[size] <= best * WITHIN)
    return chosen, played[chosen]
