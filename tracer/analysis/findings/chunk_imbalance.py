"""chunk-imbalance: chunks of items, and the last ones keep some workers busy while others have none."""

from __future__ import annotations

import numpy as np

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.findings.tiny_tasks import best_chunksize
from tracer.record.kinds import kind_of


def find(context: Context) -> Finding | None:
    """Ask the model whether smaller chunks would end sooner.

    Needs a pool that finished chunks of several items.
    """
    load = context.load
    if load is None or load.workers < 2 or int(np.median(load.items)) < 2:
        return None
    chunksize, best = best_chunksize(context)
    usual = int(np.median(load.items))
    if chunksize >= usual:
        return None
    run = context.task_ns
    return context.finding(
        "chunk-imbalance",
        max(context.tail_ns / 1e9, 0.0),
        title=(
            f"chunks of {usual} items were too large to share out evenly: cores idle for "
            f"{seconds(context.tail_ns / 1e9)} at the end"
        ),
        what=(
            f"{int(load.items.sum()):,} items went out in {len(load):,} chunks of {usual}, of "
            f"{seconds(float(run.min()) / 1e9)} "
            f"to {seconds(float(run.max()) / 1e9)}: at the end cores stood idle for "
            f"{seconds(context.tail_ns / 1e9)} on average."
        ),
        advice=f"Hand over smaller chunks: {kind_of(load.kind).chunks_by}={chunksize}.",
        evidence={
            "chunksize": usual,
            "recommended_chunksize": chunksize,
            "shortest_chunk_ns": int(run.min()),
            "longest_chunk_ns": int(run.max()),
            "idle_at_the_end_ns": int(context.tail_ns),
        },
        predicted_seconds=best,
    )
