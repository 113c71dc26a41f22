"""The owner beside its workers: where all cores are wanted, what it computes it takes from them.

    two cores   worker ███████████      worker ███┄┄┄┄┄┄███      lost: while the owner had a core
                owner      ██████       worker ██████████████
                                        owner     ██████

A run holds what was lost in it. A change that keeps the workers busier, or less, makes that more, or less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracer.analysis.model.simulate import Outcome
from tracer.analysis.model.workload import Workload

_NOTHING = 0.002


def all_wanted(load: Workload, played: Outcome) -> float:
    """Return for which part of their owner's time on a core the workers want all cores.

    Where tasks are handed over ahead, they wait for an owner that is slower than they are, else for nobody;
    where one is handed over as another is done, for the program's loop: then it is a part of the makespan.
    """
    if load.workers < load.cores or played.makespan_ns <= 0 or load.toll is None:
        return 0.0
    wanted = float((load.work - load.toll.lost.sum(axis=0)).sum()) / load.cores
    whole = played.makespan_ns if load.follows is not None else max(wanted, float(load.toll.spent.sum()), 1.0)
    return min(wanted / whole, 1.0)


def beside_owner(load: Workload, more: float) -> Workload:
    """Return the workload whose workers want all cores for so much `more` of its owner's time (or less).

    It is the same one where that is next to nothing, beside the work: it need not be played again.
    """
    known = load.toll
    spent = 0.0 if known is None else float(known.spent.sum())
    if known is None or spent * abs(more) <= _NOTHING * float(load.work.sum()):
        return load
    taken = known.lost + known.aside
    total = float(taken.sum())
    new = max(total + spent * more, 0.0)
    if new <= total:
        part = new / total if total > 0 else 1.0
        toll = replace(known, lost=known.lost * part, aside=known.aside * part)
    else:
        toll = replace(known, lost=known.lost + known.spent * ((new - total) / spent))
    work = load.work + (toll.lost - known.lost).sum(axis=0)
    reply = load.reply + (toll.aside - known.aside).sum(axis=0)
    return replace(load, work=np.maximum(work, 0.0), reply=np.maximum(reply, 0.0), toll=toll)
