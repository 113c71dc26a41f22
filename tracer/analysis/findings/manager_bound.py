"""manager-bound: workers wait for a manager's process, which answers all of them one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, equals, floats, integers
from tracer.analysis.cores.slices import PREEMPTED
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.intervals import Cover, thread_key, union
from tracer.record.kinds import MANAGER
from tracer.wording import count, percent

WAITING = 0.2
"""Workers that wait for a manager for less of their time have something else to do first."""
BUSY = 0.25
"""A manager that works less of the time is not what limits them: it waits for questions, or for a core. In a
round trip with a single worker the manager, the worker and the two wake-ups take about a third each."""
MOSTLY = 0.5
"""Workers that wait for a manager for more of their time do little else."""
MAY_WAIT = ("get", "join", "acquire", "wait", "__enter__", "wait_for", "recv", "poll")
"""Methods that wait for another process, and not for the manager: only its own work counts in them. (`put`
waits where a queue is full; a manager that has little to do meanwhile is told by `BUSY`.)"""


@dataclass(frozen=True)
class Calls:
    """What the workers asked of managers: nanoseconds over all workers, within the makespan.

    `in_calls` is from calls that were recorded, `around` from the unpickling of tasks and after their ends: a
    proxy in a task's arguments connects, and says when it is gone.
    """

    number: int
    what: str
    in_calls: float
    around: float
    busy: float | None


def find(context: Context) -> Finding | None:
    """Add up how long the workers waited for managers.

    Without slices calls that may wait for somebody else are left out.
    """
    load, found = context.load, calls(context)
    if load is None or found is None or not load.workers:
        return None
    waited = found.in_calls + found.around
    share = waited / max(sum(context.spent.values()), 1.0)
    # Beside other programs a manager gets less done; who does little else waits for it all the same.
    left = min(context.model.cores / context.cores, 1.0) if share > MOSTLY else 1.0
    if share < WAITING or (found.busy is not None and found.busy < BUSY * left):
        return None
    saved = min(waited / load.workers / 1e9, context.makespan)
    each = found.number / max(len(load), 1)
    busy = ""
    if found.busy is not None:
        busy = f" Its process was at work for {percent(found.busy)} of the run."
    times = f"{each:.0f} calls" if each >= 1.5 else "a call" if each >= 0.5 else f"{each:.2g} calls"
    also = (
        f", {seconds(found.around / load.workers / 1e9)} of that to open and close a proxy with each task"
        if found.around > 0.1 * waited
        else ""
    )
    return context.finding(
        "manager-bound",
        saved,
        title=f"workers waited {percent(share)} of their time for a manager's process",
        what=(
            f"{context.who} made {count(found.number, 'call')} to a manager (mostly {found.what}), {times} a "
            f"{'task' if load.pooled else 'worker'}, and waited {percent(share)} of their time for it: "
            f"{seconds(saved)} each{also}.{busy}"
        ),
        advice=(
            "Return values from the tasks in place of shared state; or collect updates and hand them over in "
            "one call, pass the proxy by the pool's initializer, or use shared_memory for numbers."
        ),
        evidence={
            "calls": found.number,
            "calls_a_task": each,
            "waiting_share": share,
            "in_calls_seconds": found.in_calls / 1e9,
            "opening_and_closing_seconds": found.around / 1e9,
            "manager_busy_share": found.busy,
        },
        predicted_seconds=max(context.makespan - saved, 0.0),
        confidence="high" if found.busy is not None else "low",
        missing="" if found.busy is not None else "no slices: whether the manager was busy is not known",
    )


def calls(context: Context) -> Calls | None:
    """Return what the workers of the load asked of managers; None where they asked nothing."""
    spans, load = context.trace.spans, context.load
    if load is None:
        return None
    window = context.account.makespan or (0.0, 0.0)
    if load.row is not None:
        window = load.origin_ns, load.origin_ns + load.measured_ns
    mine = equals(spans, "category", MANAGER) & _by_workers(context)
    start = np.clip(floats(spans, "start")[mine], *window)
    end = np.clip(floats(spans, "end")[mine], *window)
    known = end > start
    if not known.any():
        return None
    names = spans["name"][mine].fillna("").astype(str)[known]
    start, end = start[known], end[known]
    manager = _held_by_managers(context)
    may_wait = names.str.rpartition(".")[2].isin(MAY_WAIT).to_numpy(bool)
    length = end - start
    own = np.zeros(length.size) if manager is None else _within(manager, start, end)
    around, busy = 0.0, None
    if manager is not None:
        around = _around(context, manager)
        busy = float(_within(manager, np.array(window[:1]), np.array(window[1:]))[0])
        busy /= max(window[1] - window[0], 1.0)
    spent = np.where(may_wait, own, length)
    most = names.groupby(names.to_numpy()).size().idxmax()
    return Calls(int(known.sum()), str(most), float(spent.sum()), around, busy)


def _by_workers(context: Context) -> Booleans:
    """Tell which spans are of threads that did the work."""
    spans, table = context.trace.spans, context.account.lanes.iloc[context.lanes]
    process, tid = integers(spans, "process"), integers(spans, "tid")
    whole = table["tid"].to_numpy(np.int64) < 0
    number = table["process"].to_numpy(np.int64)
    threads = thread_key(number[~whole], table["tid"].to_numpy(np.int64)[~whole])
    return np.asarray(np.isin(process, number[whole]) | np.isin(thread_key(process, tid), threads))


def _held_by_managers(context: Context) -> Cover[np.int64] | None:
    """Return when a manager's process held a core, or was put off one; None without slices of one."""
    frame, holds = context.trace.processes, context.holds
    if holds is None:
        return None
    managers = integers(frame, "process")[equals(frame, "role", MANAGER)]
    theirs = np.isin(holds.process[holds.thread], managers)
    if not theirs.any():
        return None
    begin, end = holds.start[theirs], holds.end[theirs]
    if holds.exact:
        gaps = holds.gaps(PREEMPTED)
        thread, start = holds.apart(gaps.start)
        off = np.isin(holds.process[thread], managers)
        begin, end = np.append(begin, start[off]), np.append(end, (start + gaps.end - gaps.start)[off])
    return union(begin, end)


def _around(context: Context, manager: Cover[np.int64]) -> float:
    """Return how long workers were off their cores as they unpickled a task, or had ended one, and a manager
    worked meanwhile: there is nothing else that they wait for then.
    """
    load, tasks, holds = context.load, context.trace.tasks, context.holds
    if load is None or load.row is None or load.threaded or load.written or holds is None:
        return 0.0
    received, begun = (floats(tasks, name)[load.row] for name in ("received", "run_start"))
    done = floats(tasks, "result_sent")[load.row]
    start, end = np.append(received, done), np.append(begun, done + load.gap)
    thread = holds.find(
        np.tile(integers(tasks, "process")[load.row], 2), np.tile(integers(tasks, "worker_tid")[load.row], 2)
    )
    known = np.flatnonzero((end > start) & (thread >= 0))
    start, end, thread = start[known], end[known], thread[known]
    on_core = holds.slices.within(holds.key(thread, start), holds.key(thread, end))
    return float(np.where(_within(manager, start, end) > 0, end - start - on_core, 0.0).clip(min=0.0).sum())


def _within(cover: Cover[np.int64], start: Floats, end: Floats) -> Floats:
    return cover.within(start.astype(np.int64), end.astype(np.int64)).astype(np.float64)
