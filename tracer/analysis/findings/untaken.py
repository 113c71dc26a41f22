"""Results that nobody took: the thread of a pool's owner that takes them had ended, and who waits, waits on.

worker           result_sent ─────────── result_sent ──┐ stays in the pipe
result handler   result_received ─ callback raises ✕   ╵
main             ░░░░░░░░░░░░░░░░░░░░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓ waits
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Integers, equals, floats, integers
from tracer.analysis.findings.afterwards import waited_by_main
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.deaths import MOST_LISTED, share
from tracer.analysis.findings.finding import WORTH, Finding, seconds
from tracer.analysis.structure.pools import Pool, hidden_thread, pools
from tracer.record.kinds import RESULT_HANDLER
from tracer.wording import count

EARLY_NS = 100e6
"""A pool that ends tells this thread to, and its workers in the same milliseconds: one that ended so long
before them ended by itself."""


@dataclass(frozen=True)
class _Untaken:
    """The rows of the tasks whose results nobody took, and when the thread ended that should have."""

    rows: Integers
    ended: float


def find(context: Context) -> Finding | None:
    """Say which results nobody took, and how long main waited meanwhile; nothing where that was short."""
    tasks = context.trace.tasks
    found = [one for one in (_of_pool(context, pool) for pool in pools(context.trace)) if one is not None]
    if not found:
        return None
    worst = max(found, key=lambda one: one.rows.size)
    waited, wall = waited_by_main(context, worst.ended), context.wall_ns / 1e9
    if waited < WORTH * wall:
        return None
    came = worst.rows[~np.isnan(floats(tasks, "result_received")[worst.rows])]
    at = "" if not came.size else f" while it delivered task {integers(tasks, 'task')[came[-1]]:,}"
    results = count(worst.rows.size, "result")
    function = tasks["function"].iloc[came[-1]] if came.size else None
    of = f" of {function}()" if isinstance(function, str) else ""
    return Finding(
        "tasks-failed",
        waited,
        share(context, waited, 0.0),
        f"The thread that takes a Pool's results ended at {seconds(worst.ended / 1e9)}{at}{of}, as it does "
        f"when a callback raises. {results} never came: main waited {seconds(waited)} while nothing ran.",
        "See its traceback on stderr, and let no `callback` or `error_callback` raise.",
        evidence={
            "failed": int(worst.rows.size),
            "of": len(tasks),
            "failed_share": worst.rows.size / len(tasks),
            "tasks": integers(tasks, "task")[worst.rows][:MOST_LISTED].tolist(),
        },
        title=f"a Pool's thread for results ended{at}, and main waited {seconds(waited)} for {results}",
        window_ns=context.life,
        ends_it=True,
    )


def _of_pool(context: Context, pool: Pool) -> _Untaken | None:
    """Find the results of a pool that were handed back after its thread for results had ended by itself."""
    trace, tasks = context.trace, context.trace.tasks
    if pool.traits.receiving != RESULT_HANDLER:
        return None
    mine = (integers(tasks, "pool") == pool.number) & np.isnan(floats(tasks, "delivered"))
    mine &= equals(tasks, "status", "ok") | equals(tasks, "status", "error")
    thread = hidden_thread(trace, pools(trace), pool, RESULT_HANDLER) if mine.any() else None
    if thread is None or np.isnan(thread.ended):
        return None
    workers = np.isin(integers(trace.processes, "process"), integers(tasks, "process")[mine])
    people = equals(trace.processes, "role", "main") | workers
    ends = np.concatenate([floats(trace.processes, name)[people] for name in ("stopped", "exited")])
    over = float(np.nanmin(ends)) if (~np.isnan(ends)).any() else float(trace.end_ns)
    return _Untaken(np.flatnonzero(mine), thread.ended) if thread.ended < over - EARLY_NS else None
