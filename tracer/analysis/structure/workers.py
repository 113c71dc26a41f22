"""Who worked: each pool worker (a process, or a thread of a thread pool), what it ran and how busy it was."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tracer.analysis.cache import cached
from tracer.analysis.columns import equals, first_known, floats, integers
from tracer.analysis.concurrency import step_function
from tracer.analysis.structure.runs import makespan, task_runs
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Worker:
    """One worker: `run_ns` is the sum of its tasks' runs, `busy_share` that over the makespan, if known.

    `tid` is None for a worker process and the thread's number for a worker thread.
    """

    process: int
    pid: int | None
    tid: int | None
    name: str
    tasks: int
    run_ns: int
    busy_share: float | None


@cached
def workers(trace: Tables) -> tuple[Worker, ...]:
    """List the workers of all pools, processes first, each in the order in which it was started."""
    known = pd.concat([_known_processes(trace), _known_threads(trace)], ignore_index=True)
    runs = task_runs(trace)
    keys = pd.DataFrame(
        {
            "process": integers(trace.tasks, "process")[runs.row],
            "tid": integers(trace.tasks, "worker_tid")[runs.row],
            "run_ns": (runs.end_ns - runs.start_ns).astype(np.int64),
        }
    )
    done = keys.groupby(["process", "tid"])["run_ns"].agg(["size", "sum"]).reset_index()
    is_thread = pd.MultiIndex.from_frame(done[["process", "tid"]]).isin(
        pd.MultiIndex.from_frame(known.loc[known["tid"] >= 0, ["process", "tid"]])
    )
    done.loc[~is_thread, "tid"] = -1  # the one thread that runs a worker process's tasks
    done = done.groupby(["process", "tid"]).sum().reset_index()
    table = known.merge(done, on=["process", "tid"], how="left").fillna({"size": 0, "sum": 0})
    span = makespan(trace)
    length = span[1] - span[0] if span else 0.0
    return tuple(
        Worker(
            int(row.process),
            int(row.pid) if row.pid >= 0 else None,
            int(row.tid) if row.tid >= 0 else None,
            str(row.name),
            int(row.size),
            int(row.sum),
            float(row.sum) / length if length > 0 else None,
        )
        for row in (_Row(record) for record in table.to_dict("records"))
    )


def workers_at_once(trace: Tables) -> int:
    """Return the most workers, processes and threads, that were alive at one instant."""
    frame, threads = trace.processes, trace.threads
    process, thread = equals(frame, "role", "worker"), equals(threads, "role", "worker")
    born = [first_known(*(floats(frame, c) for c in ("started", "forked", "start_called")))[process]]
    died = [floats(frame, "exited")[process], floats(threads, "ended")[thread]]
    starts, ends = np.concatenate([*born, floats(threads, "started")[thread]]), np.concatenate(died)
    ends = np.where(np.isnan(ends), np.inf, ends)
    _, alive = step_function(starts, ends)
    return int(alive.max(initial=0))


class _Row:
    """A record with attributes (`itertuples` would hide `name` and `size`)."""

    def __init__(self, values: Mapping[Hashable, Any]) -> None:
        self.process, self.pid, self.tid = values["process"], values["pid"], values["tid"]
        self.name, self.size, self.sum = values["name"], values["size"], values["sum"]


def _known_processes(trace: Tables) -> pd.DataFrame:
    frame = trace.processes[equals(trace.processes, "role", "worker")]
    frame = frame.sort_values(["start_called", "forked", "started", "process"], kind="stable")
    return _identities(frame, np.full(len(frame), -1))


def _known_threads(trace: Tables) -> pd.DataFrame:
    frame = trace.threads[equals(trace.threads, "role", "worker")].sort_values("started", kind="stable")
    return _identities(frame, integers(frame, "tid"))


def _identities(frame: pd.DataFrame, tid: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "process": integers(frame, "process"),
            "pid": integers(frame, "pid"),
            "tid": tid,
            "name": frame["name"].fillna("").astype(str).to_numpy(dtype=object),
        }
    )
