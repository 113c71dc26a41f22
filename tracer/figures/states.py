"""States: what a thread did within its runs when it held no core, as bars over the lower part of the run.

████████████████████████   the run: from its start to its end
████┄┄┄┄████    ████┄┄┄┄   held a core (as it is), ┄ had none though it could have run, blocked (pale)
"""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.runs import PROCESSES, TASKS
from tracer.analysis.stops import stops
from tracer.figures.bars import make_bars
from tracer.figures.facts import Facts
from tracer.figures.lod import Bars
from tracer.figures.palette import STATES
from tracer.figures.places import Index


def state_bars(facts: Facts, index: Index) -> tuple[Bars, ...]:
    """Return for each kind of `STATES` where the runs had no core; none where there are no slices."""
    if (holds := facts.held) is None:
        return ()
    trace = facts.trace
    process, tid, start, end = [], [], [], []
    for runs in facts.runs:
        frame = {TASKS: trace.tasks, PROCESSES: trace.processes}.get(runs.kind, trace.threads)
        thread = {TASKS: "worker_tid", PROCESSES: "pid"}.get(runs.kind, "tid")
        process.append(integers(frame, "process")[runs.row])
        tid.append(integers(frame, thread)[runs.row])
        start.append(runs.start_ns)
        end.append(runs.end_ns)
    found = stops(
        holds, np.concatenate(process), np.concatenate(tid), np.concatenate(start), np.concatenate(end)
    )
    made = []
    for kind in STATES:
        stop = found[kind.name]
        made.append(make_bars(kind.name, index(stop.process, stop.tid), stop.start_ns, stop.end_ns))
    return tuple(bars for bars in made if len(bars))
