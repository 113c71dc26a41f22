"""Plain processes, or the program's threads, as a workload: each is a worker of its own with one task."""

from __future__ import annotations

import numpy as np

from tracer.analysis.account import account
from tracer.analysis.columns import Floats
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.cores.use import cores_of
from tracer.analysis.model.contention import Pressed, turns
from tracer.analysis.model.workload import Workload
from tracer.record.kinds import EVENT_LOOP, PROCESSES, THREADS
from tracer.tables.tables import Tables


def of_children(trace: Tables) -> Workload | None:
    """Return the processes that the program started, else its threads; None where there is one at most."""
    found = account(trace)
    kinds = found.lanes["kind"].to_numpy()
    threaded = (kinds == "process").sum() < 2
    serves = (found.lanes["role"] == EVENT_LOOP).to_numpy(bool)  # it is given work, and waits for it
    lanes = np.flatnonzero((kinds == ("thread" if threaded else "process")) & ~serves)
    if lanes.size < 2:
        return None
    lanes = lanes[np.argsort(found.lanes["start"].to_numpy()[lanes], kind="stable")]
    start = found.lanes["start"].to_numpy(np.float64)[lanes]
    end = found.lanes["end"].to_numpy(np.float64)[lanes]
    spent = {name: found.table[name].to_numpy(np.float64)[lanes] for name in found.table}
    holds, process = held_cores(trace), found.lanes["process"].to_numpy(np.int64)[lanes]
    allowed = cores_of(trace, process) or lanes.size
    span = float(start.min()), float(end.max())
    work, rest = spent["on_core"] + spent["running"], spent["blocked"] + spent["start_up"] + spent["stopping"]
    if threaded:
        who = process, found.lanes["tid"].to_numpy(np.int64)[lanes]
        rest = np.maximum(np.minimum(rest, end - start - work - turns(holds, who, start, end)), 0.0)
        allowed = 1
    if not threaded and lanes.size <= allowed:  # nothing is shared: what one lacked, others had
        work, cores = work + spent["no_core"] + spent["other_programs"], float(allowed)
    else:
        cores = Pressed.of(holds, process, allowed, span).cores(holds, process)
    none: Floats = np.zeros(lanes.size)
    return Workload(
        kind=THREADS if threaded else PROCESSES,
        burst=np.zeros(lanes.size, np.int64),
        after=start - start[0],
        make=none,
        serialize=none,
        write=none,
        receive=none,
        work=work,
        rest=rest,
        reply=none,
        gap=none,
        collect=none,
        items=np.ones(lanes.size, np.int64),
        args_bytes=none,
        result_bytes=none,
        job=np.arange(lanes.size),
        ready=none,
        think=np.zeros(1),
        cores=cores,
        ahead=None,
        unpickle=none,
        pack=none,
        measured_ns=span[1] - span[0],
    )
