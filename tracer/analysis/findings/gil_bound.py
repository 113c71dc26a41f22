"""gil-bound: threads that compute take turns at the interpreter's lock."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import floats, integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.cores.slices import PREEMPTED
from tracer.analysis.cores.waits import gil_waits, off_ns
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding
from tracer.analysis.model import Change
from tracer.wording import percent

TURNS = 0.25
"""Threads that wait less for each other, of the time in which one of them ran, are little held up."""
STARVED = 0.3
"""Threads that wait for a task for more of their time are held up by who hands them over. A little is no sign
of that: who hands one over as another ends has to wait for the lock, too."""
ONE_CORE, MORE = 0.6, 1.4
"""Threads that take turns want one core together: with less they wait for something else, with more they run
side by side. What other programs took counts as wanted, but not against them: under a load, a thread whose
wait for its turn is over wants a core beside the one that has it."""
TOGETHER = 0.15
"""Nor do they hold several at once for more of the time in which they hold any: who waits for the lock wakes
every 5 ms to ask for it, for some microseconds."""
SLEEPS = 0.25
"""Who waits for the lock sleeps. On a busy machine several threads are without a core at once, and seem to
want more than one: but those that only lack cores sleep for less of the time that they are off them."""


def find(context: Context) -> Finding | None:
    """Look for threads that together held about one core while several of them were in a function.

    Needs to know of most runs whether they held a core; without exact slices it is uncertain, and says so.
    """
    load = context.load
    if load is None or not load.takes_turns or load.workers < 2:
        return None
    if not context.has_split or context.makespan <= 0:
        return None
    on_core = context.spent["on_core"] / (context.makespan * 1e9)
    own = on_core + context.spent["no_core"] / (context.makespan * 1e9)
    wanted = own + context.spent["other_programs"] / (context.makespan * 1e9)
    off = max(sum(context.spent[name] for name in ("no_core", "other_programs", "blocked")), 1.0)
    turns = _turns(context)
    computed = float(load.work.sum()) / max(float((load.work + load.rest).sum()), 1.0)
    if turns < TURNS or wanted < ONE_CORE or on_core > MORE or computed < 0.5:
        return None
    if own > MORE and (context.spent["blocked"] < SLEEPS * off or _together(context) > TOGETHER):
        return None
    if context.cores - _elsewhere(context) < MORE:
        return None  # other processes of the program have the cores that these would want
    exact = context.account.exact_cores
    # Where threads had a task nearly always, the next ones came as these ended: processes get them earlier.
    fed = load.follows is None and context.share("starved", "lock_wait") < STARVED
    predicted = context.predict(Change(processes=True, made_at_once=fed)).predicted_ns / 1e9
    return context.finding(
        "gil-bound",
        context.gain(
            Change(processes=True, cores=context.cores, made_at_once=fed)
        ),  # what other programs took is not its doing
        title=f"{load.workers} threads took turns: together they kept {on_core:.1f} cores busy",
        what=(
            f"{load.workers} threads computed in turns: on average {on_core:.2f} cores were busy, and "
            "each thread waited "
            f"for the others, at the interpreter's lock (GIL), {percent(turns)} of the time that it "
            "could have run."
        ),
        advice=(
            "Use processes for work that computes in Python (ProcessPoolExecutor, Pool), or a "
            "free-threaded build."
        ),
        evidence={
            "threads": load.workers,
            "cores_busy": on_core,
            "cores_wanted": wanted,
            "waiting_share": turns,
            "computing_share": computed,
            "longest_run_ns": int(np.max(load.work + load.rest, initial=0)),
        },
        predicted_seconds=predicted,
        confidence="high" if exact else "low",
        missing="" if exact else "no exact slices: waits are told from CPU clocks alone",
    )


def _elsewhere(context: Context) -> float:
    """Return how many cores the program's other processes held meanwhile, or were put off, on average."""
    holds, (begin, end) = context.holds, context.window
    if holds is None or end <= begin:
        return 0.0
    gaps = holds.gaps(PREEMPTED)
    who, since = holds.apart(gaps.start)
    thread = np.append(holds.thread, who)
    start, until = np.append(holds.start, since), np.append(holds.end, since + (gaps.end - gaps.start))
    others = ~np.isin(holds.process[thread], context.account.lanes["process"].to_numpy()[context.lanes])
    length = np.minimum(until[others], end) - np.maximum(start[others], begin)
    return float(length.clip(min=0.0).sum() / (end - begin))


def _turns(context: Context) -> float:
    """Return how much of the time in which a thread ran or waited for the others it waited for them.

    A thread waits for the GIL asleep; what was put off its core would have run. One whose task is over before
    Python takes the GIL from it waits for its turn before the next one.
    """
    load = context.load
    if load is None or load.row is None or context.holds is None or not context.holds.exact:
        return context.share("blocked")
    waits = gil_waits(context.trace, context.holds, load.row)
    waited = float(np.minimum(waits, off_ns(context.trace, context.holds, load.row)).sum())
    waited += max(context.spent["bookkeeping"] - float(load.gap.sum()), 0.0)
    return waited / (waited + context.spent["on_core"]) if waited > 0 else 0.0


def _together(context: Context) -> float:
    """Return for how much of the time in which threads of the load held a core several of them did.

    1 where not every switch was recorded.
    """
    load, holds, tasks = context.load, context.holds, context.trace.tasks
    if load is None or load.row is None or holds is None or not holds.exact:
        return 1.0
    thread = holds.find(integers(tasks, "process")[load.row], integers(tasks, "worker_tid")[load.row])
    mine = np.isin(holds.thread, thread)
    start, end = floats(tasks, "run_start")[load.row].min(), floats(tasks, "run_end")[load.row].max()
    times, running = step_function(
        np.clip(holds.start[mine].astype(np.float64), start, end),
        np.clip(holds.end[mine].astype(np.float64), start, end),
    )
    if times.size < 2:
        return 0.0
    length = np.diff(times)
    return float(length[running[:-1] > 1].sum() / max(length[running[:-1] > 0].sum(), 1.0))
