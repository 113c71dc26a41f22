"""Windows: a program that keeps a number of tasks handed over, and adds one when another is done.

    outstanding   ▁▂▃▄▄▄▃▄▄▄▄▄▄▃▄▄▄▄▃▂▁      filled once, then full again just after each result

So do `wait(…, FIRST_COMPLETED)`, joblib's `pre_dispatch`, a semaphore that callbacks release. When such a
task was submitted is no property of the program: with faster tasks it would have been earlier. In the model
it waits for the result that it followed. Tasks handed over at once, or at the pace of the program, wait
for none.
"""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers, first_known
from tracer.analysis.model.steps import Steps
from tracer.analysis.model.workload import SUBMIT_NS

TURNS = 2
"""So many times the window must have been handed over: less tells no window from a list of tasks."""
LEAST = 2
"""A window has room for more than one: who hands over one at a time and waits for it has none."""
IN_TURN = 0.95
"""Of the tasks after the first ones, so many came after the result that made room for them."""
AT_ONCE = 0.05
"""Tasks that follow each other in this part of the time that later ones take are handed over at once."""
AT_ONCE_NS = 1e6
"""Who waits for a result hands the next task over within this: to be woken, and to have a core."""


def edges(steps: Steps, burst: Integers, workers: int) -> tuple[Integers | None, Floats | None]:
    """Return which task's delivery each one was handed over after, -1: none, and how long after (ns).

    None where the program does not keep a window. Arrays are in the order of dispatch.
    """
    # When who waits could know of it: callbacks run before `delivered`.
    there = first_known(steps.time["result_unpickled"], steps.time["run_end"])
    order, done = np.argsort(steps.submitted, kind="stable"), np.argsort(there, kind="stable")
    submitted, results = steps.submitted[order], there[done]
    before = np.searchsorted(results, submitted, side="right")
    outstanding = np.arange(order.size) - before
    window = int(outstanding.max(initial=0)) + 1
    full = int(np.argmax(outstanding == window - 1)) if order.size else 0
    if order.size < TURNS * window or order.size - full < order.size / 2:
        return None, None
    room = window - 1 - outstanding[full:]
    late = np.where(before > 0, submitted - results[np.maximum(before - 1, 0)], np.inf)
    if np.median(room) > max(1.0, window / 4) or np.quantile(room, 0.9) > max(2.0, window / 2):
        return None, None
    # With no more handed over than there are workers, it may be the program's own pace as well.
    if window <= workers and np.median(late[full + 1 :]) > AT_ONCE_NS:
        return None, None
    follows = np.full(order.size, -1)
    later = np.flatnonzero((before > 0) & (np.arange(order.size) >= window))
    follows[order[later]] = done[before[later] - 1]
    place = np.arange(order.size)
    apart = (follows >= 0) & ((burst[follows] != burst) | (follows >= place))
    follows[apart] = -1
    lag = np.where(follows >= 0, steps.submitted - steps.delivered[follows], 0.0)
    return follows, lag


def is_kept_by_a_slow_loop(steps: Steps) -> bool:
    """Tell whether the program handed a few tasks over at once, then one for each result, taking its time.

    The window is not kept full then: what is done waits for the loop, and workers for a task.
    """
    there = np.sort(first_known(steps.time["result_unpickled"], steps.time["run_end"]))
    submitted = np.sort(steps.submitted)
    window = int(np.searchsorted(submitted, there[0])) if there.size else 0
    if window < LEAST or submitted.size < TURNS * window:
        return False
    gaps = np.diff(submitted)
    pace = float(np.median(gaps[window - 1 :]))
    # One of the first calls may start the workers too, and others be put off their core.
    if gaps[: window - 1].min() > max(SUBMIT_NS, AT_ONCE * pace) or pace <= SUBMIT_NS:
        return False
    return bool((there[:-window] <= submitted[window:]).mean() > IN_TURN)
