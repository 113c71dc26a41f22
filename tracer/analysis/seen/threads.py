"""The threads that held cores: which work for the program, and from when to when that was seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.analysis.columns import Booleans, integers
from tracer.analysis.cores.slices import HeldCores
from tracer.analysis.intervals import thread_key
from tracer.analysis.seen.people import finite, followed, of_tasks
from tracer.analysis.structure.pools import is_threaded
from tracer.record.kinds import OWN_THREADS
from tracer.tables.tables import Tables

THREADS_IN = "threads in "
"""What the name of the main process follows, where a library's threads in it are meant."""


def threads_of(trace: Tables, people: pd.DataFrame, holds: HeldCores) -> pd.DataFrame:
    """Return the threads of the slices: what each is part of, when it worked, and when that was seen."""
    named = trace.threads.drop_duplicates(["process", "tid"], keep="last")
    known = pd.DataFrame(
        {
            "role": named["role"].fillna("").astype(str).to_numpy(object),
            "made": named["library"].fillna("").astype(str).to_numpy(object),
        },
        index=pd.Index(thread_key(integers(named, "process"), integers(named, "tid"))),
    )
    mine = known.reindex(thread_key(holds.process, holds.tid))
    role, made = mine["role"].fillna("").to_numpy(object), mine["made"].fillna("").to_numpy(object)
    of = people.reindex(holds.process).reset_index(drop=True)
    own = of_tasks(
        trace,
        is_threaded(trace),
        thread_key(integers(trace.tasks, "process"), integers(trace.tasks, "worker_tid")),
        thread_key(holds.process, holds.tid),
    )
    unrecorded = of["pid"].isna().to_numpy()  # nothing tells who that was, and the samples saw it work
    within_main = of["main"].fillna(False).to_numpy(bool)
    users = np.isin(role, OWN_THREADS)
    counts = of["counts"].fillna(not holds.exact).to_numpy(bool)
    counts = counts & (~within_main | (role == "worker") | (users & ~np.isin(made, followed(trace, people))))
    seen_whole = within_main & users & (made == "")
    begin = np.where(unrecorded | within_main, -np.inf, of["begin"].to_numpy(np.float64))
    worker = role == "worker"
    return pd.DataFrame(
        {
            "process": holds.process,
            "pid": np.where(unrecorded, -1, of["pid"].fillna(-1)).astype(np.int64),
            "name": _names(of["name"].fillna("unknown processes"), within_main, made),
            "library": np.where(made != "", made, of["library"].fillna("").to_numpy(object)),
            "counts": counts,
            "begin": np.where(worker & within_main, np.fmax(begin, finite(own[0])), begin),
            "end": np.where(unrecorded | within_main, np.inf, of["end"].to_numpy(np.float64)),
            "first": np.where(seen_whole, -np.inf, of["first"].fillna(np.inf).to_numpy(np.float64)),
            "last": np.where(seen_whole, np.inf, of["last"].fillna(-np.inf).to_numpy(np.float64)),
            "own_first": own[0],
            "own_last": own[1],
        }
    )


def _names(names: pd.Series[str], within_main: Booleans, made: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return what each thread is named after: its process; within the main process, that and the library."""
    threads = THREADS_IN + names
    return np.where(within_main & (made != ""), threads.to_numpy(object), names.to_numpy(object))
