"""How long threads of one process rested, where it is not seen whether they wanted the GIL.

    thread a   ██┄┄┄┄┄┄ sleeps ┄┄┄┄┄┄██
    thread b   ┄┄┄┄██┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄██     was this the wait of a for its turn? only at its end

While another one has the GIL, a thread that is off the cores sleeps, or waits for its turn. Of threads that
compute it is the wait, of those that mostly sleep hardly any of it: the run took as long as they slept.
"""

from __future__ import annotations

from dataclasses import replace

from tracer.analysis.columns import Floats
from tracer.analysis.model.simulate import simulate
from tracer.analysis.model.workload import Workload

STEPS = 5
"""So often the range is halved: what is left of it is less than the model errs."""
MOST = 50_000
"""More tasks take too long to be played so often."""


def rested(load: Workload, off: Floats) -> Workload:
    """Return the workload with as much rest as makes its replay take as long as the run did.

    `off` is how long each task was off the cores of its own accord (ns), the most that it may have rested;
    `load.rest` is the least. Threads that compute for half of their time or more keep that.
    """
    least, work = load.rest, float(load.work.sum())
    if not 0 < len(load) <= MOST or work > 0.5 * float(work + least.sum()):
        return load
    if simulate(load).makespan_ns >= load.measured_ns:
        return load
    low, high = 0.0, 1.0
    for part in (1.0, *(0.0,) * STEPS):
        part = part or (low + high) / 2
        rest = least + part * (off - least)
        if simulate(replace(load, rest=rest)).makespan_ns <= load.measured_ns:
            low = part
        else:
            high = part
        if low == high:
            break
    return replace(load, rest=least + low * (off - least))
