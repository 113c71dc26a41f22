"""straggler: one task, much longer than the others, was still running when they were done."""

from __future__ import annotations

import numpy as np

from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.model import Change

LONGER = 2.5
"""So many times the median makes a straggler; less is what equal tasks scatter, or a last round."""


def find(context: Context) -> Finding | None:
    """Look for a long task that ended last, when cores had nothing left to do.

    Needs three tasks that ended, and two workers.
    """
    load, run = context.load, context.task_ns
    if load is None or len(load) < 3 or load.workers < 2:
        return None
    median = float(np.median(run))
    longest = int(np.argmax(run))
    if run[longest] < LONGER * median or load.items[longest] > 1:
        return None
    ahead = context.predict(Change(longest_first=True)).predicted_ns / 1e9
    first = ahead < 0.97 * context.makespan
    return context.finding(
        "straggler",
        context.tail_ns / 1e9,
        title=(
            f"one task ran {run[longest] / max(median, 1.0):.0f} times as long as the others, and the "
            "rest waited for it"
        ),
        what=(
            f"The longest task ran {seconds(run[longest] / 1e9)}, "
            f"{run[longest] / max(median, 1.0):.1f} times the median; "
            f"at the end cores stood idle for {seconds(context.tail_ns / 1e9)} on average while it ran on."
        ),
        advice="Start the longest tasks first, or split them." if first else "Split the longest task.",
        evidence={
            "longest_ns": int(run[longest]),
            "median_ns": int(median),
            "idle_at_the_end_ns": int(context.tail_ns),
            "task_rank": longest + 1,
        },
        predicted_seconds=min(ahead, context.makespan) if first else None,
    )
