"""The lanes of the account: who lived from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.intervals import thread_key
from tracer.analysis.structure.pools import Pool, hidden_thread, pools
from tracer.analysis.structure.runs import user_threads
from tracer.tables.tables import Tables

KINDS = ("main", "hidden", "worker", "process", "thread")


@dataclass(frozen=True)
class Lanes:
    """A table with one row a lane, its place being its number:

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
    """Return the lanes of a trace: main, the hidden threads of its pools, workers, processes, threads."""
    frame, threads = trace.processes, trace.threads
    exits = pd.Series(floats(frame, "exited"), index=pd.Index(integers(frame, "process")))
    parts = [
        _processes(trace, "main"),
        _hidden(trace, pools(trace), exits),
        _processes(trace, "worker"),
        _threads(trace, equals(threads, "role", "worker"), "worker", exits),
        _processes(trace, "process"),
        _threads(trace, user_threads(trace), "thread", exits),
    ]
    table = pd.concat([part for part in parts if len(part)] or [parts[0]], ignore_index=True)
    table["end"] = table["end"].fillna(float(trace.end_ns))
    table["start"] = table["start"].fillna(table["end"])
    table["end"] = table[["start", "end"]].max(axis=1)
    return Lanes(table)


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


def _processes(trace: Tables, role: str) -> pd.DataFrame:
    frame = trace.processes[equals(trace.processes, "role", role)]
    start = first_known(*(floats(frame, c) for c in ("start_called", "forked", "started", "target_start")))
    return _table(role, frame, np.full(len(frame), -1), start, floats(frame, "exited"))


def _threads(trace: Tables, which: np.ndarray, kind: str, exits: pd.Series) -> pd.DataFrame:
    frame = trace.threads[which]
    end = first_known(floats(frame, "ended"), exits.reindex(integers(frame, "process")).to_numpy())
    return _table(kind, frame, integers(frame, "tid"), floats(frame, "started"), end)


def _table(kind: str, frame: pd.DataFrame, tid: Integers, start: Floats, end: Floats) -> pd.DataFrame:
    columns = {
        "kind": kind,
        "process": integers(frame, "process"),
        "pid": integers(frame, "pid"),
        "tid": tid,
        "pool": 0,
        "role": frame["role"].astype(object).fillna("").to_numpy(),
        "name": frame["name"].astype(object).fillna("").to_numpy(),
        "start": start,
        "end": end,
    }
    return pd.DataFrame(columns).sort_values("start", kind="stable", ignore_index=True)


def _hidden(trace: Tables, known: tuple[Pool, ...], exits: pd.Series) -> pd.DataFrame:
    """Return two lanes for each pool of processes: the thread that sends, and the one that receives."""
    rows = []
    for pool in known:
        for role in pool.hidden_roles:
            thread = hidden_thread(trace, known, pool, role)
            start, end = pool.first, pool.last
            if thread is not None:
                start = min(start, thread.started)
                ended = thread.ended if np.isfinite(thread.ended) else float(exits.get(pool.owner, np.nan))
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
                }
            )
    return pd.DataFrame(rows)
