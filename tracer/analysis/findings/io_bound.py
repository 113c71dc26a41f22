"""io-bound: tasks mostly waited, off the cores: more of them could have waited at once."""

from __future__ import annotations

from tracer.analysis.findings.best_workers import best_workers
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding
from tracer.analysis.findings.manager_bound import calls
from tracer.analysis.findings.one_at_a_time import turns, waits
from tracer.analysis.model import Change
from tracer.wording import count, percent

WAITING = 0.5
"""Tasks that wait less than half of their time are bound by something else first."""
FILLED = 2.0
"""With so many times the workers that fill the cores on average, hardly one is idle: more bring nothing."""
MORE = 4
"""So many times the workers are asked of the model at most, if there are tasks for them."""


def find(context: Context) -> Finding | None:
    """Look at the time off the cores, without that in front of locks and of the GIL, or for inner tasks.

    Needs to know of most runs whether they held a core.
    """
    load = context.load
    if load is None or not len(load) or not context.has_split:
        return None
    rest = waits(context)
    asked = calls(context)
    if asked is not None and asked.in_calls > WAITING * float(rest.sum()):
        return None  # they wait for a manager
    if turns(context) is not None:
        return None  # or for each other: more at once would wait longer
    share = float(rest.sum()) / max(float((load.work + load.rest).sum()), 1.0)
    if share < WAITING:
        return None
    saved = context.gain(Change(spared_ns=rest))
    workers, fastest = best_workers(context, max(_most(context), load.workers))
    predicted = fastest if workers > load.workers else None
    workers = max(workers, load.workers)
    who = "worker" if not load.threaded else "thread"
    threads = "" if load.threaded else "threads in place of processes, "
    advice = f"Let more wait at once: {count(workers, who)}, {threads}or asyncio."
    if predicted is None:
        advice = "Wait for less: fetch ahead, batch requests, or start what is waited for earlier."
    what = "tasks" if load.pooled else "threads" if load.threaded else "processes"
    return context.finding(
        "io-bound",
        saved,
        title=f"{what} spent {percent(share)} of their time waiting, off the cores",
        what=(
            f"{what.capitalize()} were off the cores for {percent(share)} of their time, waiting for I/O, a "
            "sleep or another process; "
            f"{count(load.workers, who) if load.pooled else context.who} kept "
            f"{percent(context.share('on_core'))} of their time on a core."
        ),
        advice=advice,
        evidence={"waiting_share": share, "workers": load.workers, "recommended_workers": workers},
        predicted_seconds=predicted,
    )


def _most(context: Context) -> int:
    """Return how many workers are worth trying: no more than the tasks, or than fill the cores."""
    load = context.load
    if load is None:
        return 1
    work, both = float(load.work.sum()), float((load.work + load.rest).sum())
    filling = FILLED * context.cores * both / work if work > 0 else float(len(load))
    return int(min(MORE * load.workers, len(load), filling))
