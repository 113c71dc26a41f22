"""States: what a thread did within its runs when it held no core, as bars over the lower part of the run.

████████████████████████   the run: from its start to its end
████┄┄┄┄████    ████┄┄┄┄   held a core (as it is), ┄ preempted, blocked or woken without a core yet (pale)
"""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Floats, Integers, chosen, integers
from tracer.analysis.cores.gaps import gaps_in, woken_ns
from tracer.analysis.cores.shortage import shortage
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.structure.runs import PROCESSES, TASKS, Runs, all_runs
from tracer.timeline.bars import Bars, make_bars
from tracer.timeline.kinds import STATES, WITHOUT
from tracer.timeline.lanes import LaneIndex
from tracer.timeline.task_columns import TaskColumns


def state_bars(columns: TaskColumns, index: LaneIndex) -> tuple[Bars, ...]:
    """Return for each kind of `STATES` where the runs had no core; none where there are no slices."""
    if (holds := held_cores(columns.trace)) is None:
        return ()
    of_kinds = [_runs(columns, runs) for runs in all_runs(columns.trace) if runs.row.size]
    if not of_kinds:
        return ()
    every = of_kinds[0] if len(of_kinds) == 1 else tuple(map(np.concatenate, zip(*of_kinds, strict=True)))
    process, tid, start, end = every
    found = gaps_in(holds, process, tid, start, end, shortage(columns.trace))
    made = []
    for kind in STATES:
        stop = found[kind.name]
        made.append(make_bars(kind.name, index(stop.process, stop.tid), stop.start_ns, stop.end_ns))
    return tuple(bars for bars in made if len(bars))


def _runs(columns: TaskColumns, runs: Runs) -> tuple[Integers, Integers, Floats, Floats]:
    """Return process, thread, start and end of runs of one kind."""
    if runs.kind == TASKS:
        process, tid = columns.number("process"), columns.number("worker_tid")
    else:
        frame = columns.trace.processes if runs.kind == PROCESSES else columns.trace.threads
        thread = "pid" if runs.kind == PROCESSES else "tid"
        process, tid = integers(frame, "process"), integers(frame, thread)
    return chosen(process, runs.row), chosen(tid, runs.row), runs.start_ns, runs.end_ns


def woken(columns: TaskColumns, states: tuple[Bars, ...], task_lane: Integers) -> float | None:
    """Return how long the tasks were woken and had no core yet, in ns; None where that is not known."""
    tasks, *others = all_runs(columns.trace)
    kinds = {group.kind for group in states}
    if "blocked" not in kinds or "unknown" in kinds or any(runs.row.size for runs in others):
        return None
    delay = chosen(chosen(columns.time("runq_ns"), tasks.row), chosen(task_lane, tasks.row) >= 0)
    return woken_ns(delay, sum(group.total_ns for group in states if group.kind in WITHOUT))
