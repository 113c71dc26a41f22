"""Tasks that ended the thread which ran them: a `ThreadPool` learns nothing of that, and waits."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Integers, equals, floats, integers
from tracer.analysis.findings import deaths
from tracer.analysis.findings.afterwards import waited_by_main
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import WORTH, Finding, seconds
from tracer.analysis.structure.pools import of_kinds

MOST_NAMED = 3
"""So many tasks are named, the others counted."""
WEIGHTY = 0.5
"""Where so much of the wall time was waited for nothing, speed is beside the point."""


def find(context: Context) -> Finding | None:
    """Say which tasks were lost so, and how long main waited afterwards while nothing ran."""
    tasks = context.trace.tasks
    threaded = of_kinds(context.trace, lambda kind: kind.threaded)
    lost = np.flatnonzero(equals(tasks, "status", "lost") & threaded)
    if not lost.size:
        return None
    functions = tasks["function"][lost].dropna().astype(str)
    where = f" in {functions.iloc[0]}()" if functions.nunique() == 1 else ""
    numbers = integers(tasks, "task")[lost].tolist()
    named = ", ".join(f"{number:,}" for number in numbers[:MOST_NAMED])
    more = f" and {lost.size - MOST_NAMED:,} more" if lost.size > MOST_NAMED else ""
    one = lost.size == 1
    since = _ended(context, lost)
    waited = waited_by_main(context, since)
    title = f"{'a thread' if one else f'{lost.size:,} threads'} ended{where}: "
    title += f"task {named} was lost" if one else f"{lost.size:,} tasks were lost"
    what = (
        f"{'Task' if one else 'Tasks'} {named}{more}{where} ended {'its thread' if one else 'their threads'} "
        f"at {seconds(since / 1e9)}, as `sys.exit()` does. Nobody will ever send "
        f"{'its result' if one else 'their results'}"
    )
    if waited >= WORTH * context.wall_ns / 1e9:
        title += f", and main waited {seconds(waited)} for {'it' if one else 'them'}"
        what += f": main waited {seconds(waited)} while nothing ran"
    wall = context.wall_ns / 1e9
    return Finding(
        "worker-died",
        waited,
        deaths.share(context, waited, 0.0),
        f"{what}.",
        "Return, or raise an `Exception`, in place of `sys.exit()`: a ThreadPool answers for no other.",
        evidence={"tasks": numbers[: deaths.MOST_LISTED], "tasks_lost": int(lost.size), "processes": []},
        title=title,
        window_ns=context.life if waited else None,
        ends_it=bool((wall > 0 and waited >= WEIGHTY * wall) or lost.size >= WEIGHTY * len(tasks)),
    )


def _ended(context: Context, lost: Integers) -> float:
    """Return when the last of the threads of these tasks ended."""
    threads, tasks = context.trace.threads, context.trace.tasks
    mine = np.isin(integers(threads, "tid"), integers(tasks, "worker_tid")[lost])
    ended = floats(threads, "ended")[mine]
    known = ended[~np.isnan(ended)]
    return float(known.max()) if known.size else float(np.nanmax(floats(tasks, "run_start")[lost]))
