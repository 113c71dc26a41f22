"""States: what a thread did within its runs when it held no core, as bars over the lower part of the run.

████████████████████████   the run: from its start to its end
████┄┄┄┄████    ████┄┄┄┄   held a core (as it is), ┄ preempted, blocked or woken without a core yet (pale)
"""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers, integers
from tracer.analysis.cores.gaps import stops
from tracer.analysis.structure.runs import PROCESSES, TASKS, Runs
from tracer.figures.style.palette import STATES
from tracer.timeline.bars import make_bars
from tracer.timeline.facts import Facts, chosen
from tracer.timeline.lane_index import Index
from tracer.timeline.shapes import Bars


def state_bars(facts: Facts, index: Index) -> tuple[Bars, ...]:
    """Return for each kind of `STATES` where the runs had no core; none where there are no slices."""
    if (holds := facts.held) is None:
        return ()
    columns = [_runs(facts, runs) for runs in facts.runs if runs.row.size]
    if not columns:
        return ()
    one = columns[0] if len(columns) == 1 else tuple(map(np.concatenate, zip(*columns, strict=True)))
    found = stops(holds, *one)
    made = []
    for kind in STATES:
        stop = found[kind.name]
        made.append(make_bars(kind.name, index(stop.process, stop.tid), stop.start_ns, stop.end_ns))
    return tuple(bars for bars in made if len(bars))


def _runs(facts: Facts, runs: Runs) -> tuple[Integers, Integers, Floats, Floats]:
    """Return process, thread, start and end of runs of one kind."""
    if runs.kind == TASKS:
        process, tid = facts.number("process"), facts.number("worker_tid")
    else:
        frame = facts.trace.processes if runs.kind == PROCESSES else facts.trace.threads
        thread = "pid" if runs.kind == PROCESSES else "tid"
        process, tid = integers(frame, "process"), integers(frame, thread)
    return chosen(process, runs.row), chosen(tid, runs.row), runs.start_ns, runs.end_ns


def woken(facts: Facts, states: tuple[Bars, ...], task_lane: Integers) -> float | None:
    """Return for how many nanoseconds the tasks were woken and had no core yet; None where that is not known.

    A switch tells when a thread blocks, not when it is woken: it counts as blocked until it has a core again.
    The kernel's run-queue delay of a task (`runq_ns`) counts from a wake-up as well as from a preemption, so
    all of it that is not from preemptions is from wake-ups.
    """
    tasks, *others = facts.runs
    kinds = {group.kind for group in states}
    if "blocked" not in kinds or "unknown" in kinds or any(runs.row.size for runs in others):
        return None
    delay = chosen(chosen(facts.time("runq_ns"), tasks.row), chosen(task_lane, tasks.row) >= 0)
    if not delay.size or np.isnan(delay).any():
        return None
    preempted = sum(float((group.end - group.start).sum()) for group in states if group.kind == "preempted")
    return max(float(delay.sum()) - preempted, 0.0)
