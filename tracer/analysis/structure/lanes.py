"""The lanes of a trace: who can have a row in a view, and from when to when it lived.

    recorded    born  start_called, else forked, started, target_start        a thread: started
                died  exited, else target_end                                 a thread: ended
    taken       start born, else the lane's end
                end   died, else its process's, else the trace's last instant

Every view chooses from these: the account takes the program's own (`lanes`), the timeline those to show.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.intervals import thread_key
from tracer.analysis.structure.pools import HiddenThread, Pool, hidden_thread, pools
from tracer.analysis.structure.runs import user_threads
from tracer.record.kinds import RECEIVING, SENDING
from tracer.tables.tables import Tables

KINDS = ("main", "hidden", "worker", "process", "thread")
"""The kinds of the program's own lanes, in the order of the account."""
SPARE, OTHER = "spare", "other"
"""Hidden threads that serve no pool with tasks, or a library; processes of any other role: managers, ours."""
COLUMNS = ["kind", "process", "pid", "tid", "pool", "role", "name", "start", "end"]


@dataclass(frozen=True)
class Lanes:
    """A table with one row a lane, its place being its number; its columns are `COLUMNS`:

        kind process pid tid pool role name start end

    `kind` is one of `KINDS`; `tid` is -1 for a whole process, `pool` 0 for what is of no pool; `start` and
    `end` are nanoseconds: from the call that starts it to its exit, or to the trace's end.
    """

    table: pd.DataFrame

    def of(self, kind: str) -> Integers:
        """Return the numbers of the lanes of a kind."""
        return np.flatnonzero(self.table["kind"].to_numpy() == kind)

    def find(self, process: Integers, tid: Integers, time: Floats) -> Integers:
        """Return the lane of a worker or process for each (process, thread) at a time; -1 where it has none.

        The number of a thread may come round again: of its lanes the last that had begun is taken.
        """
        table = self.table
        own = table[table["kind"].isin(["worker", "process", "thread"])]
        threads = own[own["tid"] >= 0]
        whole = own[(own["tid"] < 0) & (own["kind"] != "thread")]
        result = _last_begun(whole["process"].to_numpy(), whole, process, time)
        keys = thread_key(threads["process"].to_numpy(), threads["tid"].to_numpy())
        among = _last_begun(keys, threads, thread_key(process, tid), time)
        return np.where(among >= 0, among, result)

    def column(self, name: str) -> Floats:
        """Return a column as numbers."""
        return np.asarray(self.table[name].to_numpy(np.float64))


@cached
def lanes(trace: Tables) -> Lanes:
    """The program's own lanes: main, its pools' hidden threads, workers, processes, threads."""
    table = all_lanes(trace)
    return Lanes(table.loc[table["kind"].isin(KINDS), COLUMNS].reset_index(drop=True))


@cached
def all_lanes(trace: Tables) -> pd.DataFrame:
    """All lanes, the program's own first: those of `Lanes` and, NaN where not recorded, `born ready died`.

    `ready` is when a process entered its target. A pool's hidden lane is there even if its thread was not
    recorded or cannot be told; its `born` is NaN then.
    """
    frame, threads = trace.processes, trace.threads
    gone = pd.Series(_died(frame), index=pd.Index(integers(frame, "process")))
    serving = _serving(trace, pools(trace))
    taken = [thread.row for _, _, thread in serving if thread is not None]
    spare = threads["role"].isin([*SENDING, *RECEIVING]).fillna(False).to_numpy(dtype=bool, copy=True)
    spare |= _of_libraries(threads)
    spare[taken] = False
    known = frame["role"].isin(["main", "worker", "process"]).fillna(False).to_numpy(dtype=bool)
    parts = [
        _processes(frame, equals(frame, "role", "main"), "main"),
        _hidden(serving, gone),
        _processes(frame, equals(frame, "role", "worker"), "worker"),
        _threads(threads, equals(threads, "role", "worker"), "worker", gone),
        _processes(frame, equals(frame, "role", "process"), "process"),
        _threads(threads, user_threads(trace), "thread", gone),
        _threads(_named_after_library(threads), spare, SPARE, gone),
        _processes(frame, ~known, OTHER),
    ]
    table = pd.concat([part for part in parts if len(part)] or [parts[0]], ignore_index=True)
    table["end"] = table["end"].fillna(float(trace.end_ns))
    table["start"] = table["start"].fillna(table["end"])
    table["end"] = table[["start", "end"]].max(axis=1)
    return table


def _of_libraries(threads: pd.DataFrame) -> Booleans:
    """Tell which threads serve a library, and have no other part in the program."""
    return equals(threads, "role", "user") & ~threads["library"].isna().to_numpy(bool)


def _named_after_library(threads: pd.DataFrame) -> pd.DataFrame:
    """Return the threads; the role of one that serves a library is the library's name."""
    role = threads["role"].where(~_of_libraries(threads), threads["library"])
    return threads.assign(role=role)


def _last_begun(keys: Integers, lanes: pd.DataFrame, wanted: Integers, time: Floats) -> Integers:
    """Return the number of the last lane with each key that began by its time, else of the first with it."""
    if not len(keys):
        return np.full(wanted.size, -1)
    code, known = pd.factorize(keys)
    start = lanes["start"].to_numpy(np.float64)
    order = np.lexsort((start, code))
    code, start, number = np.asarray(code)[order], start[order], lanes.index.to_numpy(np.int64)[order]
    first = np.flatnonzero(np.append(True, code[1:] != code[:-1]))
    place = np.asarray(pd.Index(known).get_indexer(pd.Index(wanted)), np.int64)
    result = np.where(place >= 0, np.append(number[first], -1)[place], -1)
    for later in np.flatnonzero(np.append(False, code[1:] == code[:-1])).tolist():
        result[(place == code[later]) & (time >= start[later])] = number[later]
    return result


def _died(frame: pd.DataFrame) -> Floats:
    return first_known(floats(frame, "exited"), floats(frame, "target_end"))


def _processes(frame: pd.DataFrame, which: Booleans, kind: str) -> pd.DataFrame:
    frame = frame[which]
    born = first_known(*(floats(frame, c) for c in ("start_called", "forked", "started", "target_start")))
    died = _died(frame)
    return _table(kind, frame, np.full(len(frame), -1), born, floats(frame, "target_start"), died, died)


def _threads(threads: pd.DataFrame, which: Booleans, kind: str, gone: pd.Series) -> pd.DataFrame:
    frame = threads[which]
    born, died = floats(frame, "started"), floats(frame, "ended")
    end = first_known(died, gone.reindex(integers(frame, "process")).to_numpy())
    return _table(kind, frame, integers(frame, "tid"), born, born, died, end)


def _table(
    kind: str, frame: pd.DataFrame, tid: Integers, born: Floats, ready: Floats, died: Floats, end: Floats
) -> pd.DataFrame:
    columns = {
        "kind": kind,
        "process": integers(frame, "process"),
        "pid": integers(frame, "pid"),
        "tid": tid,
        "pool": 0,
        "role": frame["role"].astype(object).fillna("").to_numpy(),
        "name": frame["name"].astype(object).fillna("").to_numpy(),
        "start": born,
        "end": end,
        "born": born,
        "ready": ready,
        "died": died,
    }
    return pd.DataFrame(columns).sort_values("start", kind="stable", ignore_index=True)


def _serving(trace: Tables, known: tuple[Pool, ...]) -> list[tuple[Pool, str, HiddenThread | None]]:
    """Return for each pool of processes the thread that sends, and the one that receives.

    What the program has written itself has them only where they were seen.
    """
    every = [
        (pool, role, hidden_thread(trace, known, pool, role)) for pool in known for role in pool.hidden_roles
    ]
    return [one for one in every if one[2] is not None or not one[0].traits.written]


def _hidden(serving: list[tuple[Pool, str, HiddenThread | None]], gone: pd.Series) -> pd.DataFrame:
    rows = []
    for pool, role, thread in serving:
        start, end = pool.first, pool.last
        if thread is not None:
            start = min(start, thread.started)
            ended = thread.ended if np.isfinite(thread.ended) else float(gone.get(pool.owner, np.nan))
            end = max(end, ended if np.isfinite(ended) else end)
        rows.append(
            {
                "kind": "hidden",
                "process": pool.owner,
                "pid": -1,
                "tid": -1 if thread is None else thread.tid,
                "pool": pool.number,
                "role": role,
                "name": role.replace("_", " "),
                "start": start,
                "end": end,
                "born": np.nan if thread is None else thread.started,
                "ready": np.nan,
                "died": np.nan if thread is None else thread.ended,
            }
        )
    return pd.DataFrame(rows)
