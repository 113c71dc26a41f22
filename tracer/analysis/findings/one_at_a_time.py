"""One at a time: tasks that wait for each other at something that is not recorded, by how they end.

    alone     ██ 5 ms
    worker 1  ██┄┄┄┄┄┄██┄┄┄┄┄┄██     what each one does takes as long as when it ran alone,
    worker 2  ┄┄██┄┄┄┄┄┄██┄┄┄┄┄┄██   and one ends after the other, as evenly as that
    worker 3  ┄┄┄┄██┄┄┄┄┄┄██┄┄┄┄┄┄██

So it is at a lock of threading, at the lock of a file, at a service or a device that serves one. Tasks that
wait for answers of their own take as long beside others as alone, or end by chance, many at once. Where they
end unevenly, as on a busy machine, processes that compute under the lock still hold cores one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Floats, Integers, floats, integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.manager_bound import calls
from tracer.analysis.model.inner import helped, inner_waits

LEAST = 12
"""Fewer ends than this are even by chance."""
EVEN = 0.4
"""The tenth shortest of a hundred pauses between two ends is at least this part of the median: of ends that
come by chance it is a sixth of it."""
OFTEN, TOGETHER = 0.5, 0.05
"""Processes that hold cores for so much of the time, all added up, would by chance hold two at once for a
fifth of the time in which any does: hardly ever is no chance."""
SHORTER = 0.25
"""Tasks wait for so much of their time at least; with two workers at one lock it is half."""


@dataclass(frozen=True)
class Turns:
    """Tasks that end one by one: how long one takes alone, on average, and from end to end (ns).

    `waited` is how long each task of the load waited for the others.
    """

    alone_ns: float
    mean_ns: float
    pause_ns: float
    waited: Floats


def waits(context: Context) -> Floats:
    """Return how long each task of the load was off the cores, not for known locks or inner tasks (ns)."""
    load = context.load
    if load is None:
        return np.zeros(0)
    rest = load.rest
    if load.row is not None:
        inner = inner_waits(context.trace)[load.row]
        if not load.threaded:
            inner = np.maximum(inner, helped(context.trace, load.row))
        rest = rest - context.lock_ns - inner
    return np.asarray(rest.clip(min=0.0), np.float64)


def turns(context: Context) -> Turns | None:
    """Return how tasks take turns; None where they do not, or it is known at what: the GIL, a manager."""
    load = context.load
    if load is None or load.row is None or load.workers < 2 or not context.has_split:
        return None
    if load.takes_turns and context.spent["on_core"] > 0.5e9 * context.makespan:
        return None  # threads that compute
    rest, asked = waits(context), calls(context)
    if asked is not None and asked.in_calls > 0.5 * float(rest.sum()):
        return None
    task, start, end = _units(context)
    if end.size < max(LEAST, 3 * load.workers):
        return None
    order = np.argsort(end)
    task, start, end = task[order], start[order], end[order]
    length, pauses = end - start, np.diff(end)
    pause = float(pauses[: -load.workers].mean())  # the last ones run out
    if _is_even(pauses[: -load.workers]) and _were_alone(length, load.workers):
        # Who ended before had it until then.
        waited = length - (end - np.maximum(start, np.append(start[0], end[:-1])))
    elif _compute_apart(context):
        waited = length - length.min()
    else:
        return None
    waited = np.minimum(np.bincount(task, waited, len(load)), rest)
    if waited.sum() < SHORTER * length.sum():
        return None
    return Turns(float(length.min()), float(length.mean()), pause, waited)


def _is_even(pauses: Floats) -> bool:
    return bool(np.percentile(pauses, 10) >= EVEN * np.median(pauses))


def _were_alone(length: Floats, workers: int) -> bool:
    """Tell whether a first task, which found nobody at work, was so much shorter than the others."""
    alone = length[:workers].min()
    return bool(np.maximum(length - alone, 0.0).sum() >= SHORTER * length.sum())


def _compute_apart(context: Context) -> bool:
    """Tell whether processes hold cores one after the other, though often enough to meet.

    To want one is no sign: all who wait for the lock of a file wake up where it is free.
    """
    load, holds, (begin, end) = context.load, context.holds, context.window
    if load is None or load.row is None or load.threaded or holds is None or not holds.exact:
        return False
    tasks = context.trace.tasks
    mine = np.unique(
        holds.find(integers(tasks, "process")[load.row], integers(tasks, "worker_tid")[load.row])
    )
    held = np.isin(holds.thread, mine)
    start, until = holds.start[held].clip(begin, end), holds.end[held].clip(begin, end)
    times, running = step_function(start.astype(np.float64), until.astype(np.float64))
    if times.size < 2:
        return False
    step = np.diff(times)
    some, several = (float(step[running[:-1] > least].sum()) for least in (0, 1))
    often = float((until - start).sum()) / max(end - begin, 1.0)
    return often >= OFTEN and several < TOGETHER * some


def _units(context: Context) -> tuple[Integers, Floats, Floats]:
    """Return what may end one by one: items of tasks that have several, where they were timed, else tasks.

    Of each the place of its task in the load, and from when to when it ran (ns).
    """
    load, tasks, items = context.load, context.trace.tasks, context.trace.items
    assert load is not None
    assert load.row is not None
    number = integers(tasks, "task")[load.row]
    order = np.argsort(number)
    place = np.searchsorted(number[order], integers(items, "task")).clip(max=number.size - 1)
    of_item = order[place]
    known = (number[of_item] == integers(items, "task")) & (load.items[of_item] > 1)
    start, end = floats(items, "start"), floats(items, "end")
    known &= end > start
    if known.sum() > 0.5 * load.items.sum():
        return of_item[known], start[known], end[known]
    run = floats(tasks, "run_start")[load.row], floats(tasks, "run_end")[load.row]
    return np.arange(len(load)), *run
