"""When other programs had cores: as the kernel told it, else as it follows from who waited.

No core is idle while a thread waits for it: what the program does not hold then, another one has.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tracer.analysis.columns import Integers
from tracer.analysis.cores.shortage import SWITCH_NS, Demand, shortage
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.intervals import Cover, union
from tracer.tables.tables import Tables

MOST_NAMES = 8  # of other programs; what is left has no name
BY = "by "  # before the name of another program, in place of a worker


def other_programs(trace: Tables) -> pd.DataFrame:
    """Return when other programs had cores: `core`, `start`, `end`, and the `kind` of their bars."""
    return _told(trace) if len(trace.others) else _inferred(trace)


def _told(trace: Tables) -> pd.DataFrame:
    """Processes of one name that follow one another on a core are one bar. The tracer's own are left out."""
    frame = trace.others[trace.others["name"] != "tracer"].sort_values(["core", "start"])
    held = (frame["end"] - frame["start"]).groupby(frame["name"]).sum()
    kind = BY + frame["name"].where(frame["name"].isin(held.nlargest(MOST_NAMES).index), "").astype(object)
    same = (kind == kind.shift()) & (frame["core"] == frame["core"].shift())
    follows = same & (frame["start"] - frame["end"].shift() < SWITCH_NS).fillna(False)
    runs = frame.assign(kind=kind).groupby((~follows).cumsum().to_numpy())
    return runs.agg({"core": "first", "start": "first", "end": "last", "kind": "first"})


def _inferred(trace: Tables) -> pd.DataFrame:
    """What the program did not hold of the cores while one of its threads waited for one."""
    had, holds = shortage(trace), held_cores(trace)
    parts = [
        pd.DataFrame({"core": core, "start": found.start, "end": found.end})
        for demand in (had.demands if had and holds else ())
        for core in demand.cores.tolist()
        if holds and (found := _free_while_wanted(demand, holds, core)).start.size
    ]
    empty = pd.DataFrame({"core": np.zeros(0, np.int64), "start": np.zeros(0), "end": np.zeros(0)})
    return pd.concat(parts or [empty], ignore_index=True).drop_duplicates().assign(kind=BY)


def _free_while_wanted(demand: Demand, holds: HeldCores, core: int) -> Cover[np.float64]:
    mine: Integers = np.flatnonzero(holds.core == core)
    held = union(holds.start[mine].astype(np.float64), holds.end[mine].astype(np.float64))
    free = Cover(np.append(-np.inf, held.end), np.append(held.start, np.inf))
    found = free.both(demand.taken_when())
    long = found.end - found.start >= SWITCH_NS
    return Cover(found.start[long], found.end[long])
