"""The workers' timeline as numbers: for each lane and each column of time, how much of it was spent how."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.structure.runs import all_runs, user_threads
from tracer.tables.tables import Tables

_PROCESS = -1  # the thread of a lane that stands for a whole process
_UNKNOWN = -2
SUMMED = -3


@dataclass(frozen=True)
class Timeline:
    """Lanes × columns; times are nanoseconds since the trace's origin.

    `lanes`      one row a lane, worker processes first: `process tid name`; `tid` is -1 for a whole process
    `run_ns`     how long each lane ran, all in all
    `busy`       share of the column's time in which the lane ran a task, a target or a thread, 0–1
    `starting`   share in which its process was being started
    `alive`      share in which it existed at all
    `lost`       where the lane died with a task in its hands
    """

    lanes: pd.DataFrame
    start_ns: float
    end_ns: float
    run_ns: Floats
    busy: Floats
    starting: Floats
    alive: Floats
    lost: Booleans

    def __len__(self) -> int:
        return len(self.lanes)

    def rows(self, first: int, last: int) -> Timeline:
        """Return the lanes from `first` up to `last`."""
        cut = slice(first, last)
        return replace(
            self,
            lanes=self.lanes.iloc[cut],
            run_ns=self.run_ns[cut],
            busy=self.busy[cut],
            starting=self.starting[cut],
            alive=self.alive[cut],
            lost=self.lost[cut],
        )

    def summed(self, name: str) -> Timeline:
        """Return one lane called `name` in the place of all: the mean of their shares."""
        return replace(
            self,
            lanes=pd.DataFrame({"process": [SUMMED], "tid": [SUMMED], "name": [name]}),
            run_ns=self.run_ns.sum(keepdims=True),
            busy=self.busy.mean(axis=0, keepdims=True),
            starting=self.starting.mean(axis=0, keepdims=True),
            alive=self.alive.mean(axis=0, keepdims=True),
            lost=np.logical_or.reduce(self.lost, axis=0, keepdims=True),
        )


def timeline(trace: Tables, lanes: pd.DataFrame, columns: int) -> Timeline | None:
    """Return the timeline of `find_lanes(trace)` in so many columns; None where nothing took any time.

    It goes from the start of the first lane to the end of the last. Cost: O(runs + lanes · columns).
    """
    lane, start, end, lost = _runs(trace, lanes)
    called, ready, ended = (lanes[name].to_numpy(dtype="float64") for name in ("called", "ready", "ended"))
    first_run = np.full(len(lanes), np.inf)
    np.minimum.at(first_run, lane, start)
    first_run = np.where(np.isinf(first_run), np.nan, first_run)
    ready = first_known(ready, first_run, ended)
    called = first_known(called, ready)
    known = np.concatenate([called, start, ended, end])
    known = known[~np.isnan(known)]
    if not known.size or known.max() <= known.min():
        return None
    origin, last = float(known.min()), float(known.max())
    scale, size = columns / (last - origin), (len(lanes), columns)

    def cover(which: Integers, begin: Floats, finish: Floats) -> Floats:
        return coverage(which, (begin - origin) * scale, (finish - origin) * scale, size)

    every = np.arange(len(lanes))
    marks = np.zeros(size, dtype=np.bool_)
    column = np.clip(((end[lost] - origin) * scale).astype(np.int64), 0, columns - 1)
    marks[lane[lost], column] = True
    return Timeline(
        lanes=lanes[["process", "tid", "name"]],
        start_ns=origin,
        end_ns=last,
        run_ns=np.bincount(lane, end - start, minlength=len(lanes)).astype(np.float64),
        busy=cover(lane, start, end),
        starting=cover(every, called, ready),
        alive=cover(every, called, ended),
        lost=marks,
    )


def coverage(lane: Integers, start: Floats, end: Floats, size: tuple[int, int]) -> Floats:
    """Return which share of each cell the intervals cover, 0–1; `start` and `end` are in columns.

    An interval adds its part to its first and last cell, and the whole to those between, by a running sum.
    Intervals with an unknown end count for nothing.
    """
    lanes, columns = size
    known = ~np.isnan(start) & ~np.isnan(end)
    lane = lane[known]
    start, end = np.clip(start[known], 0, columns), np.clip(end[known], 0, columns)
    first = np.minimum(start.astype(np.int64), columns - 1)
    last = np.minimum(end.astype(np.int64), columns - 1)
    wide = columns + 1
    cells = lanes * wide

    def add(column: Integers, weight: Floats) -> Floats:
        return np.bincount(lane * wide + column, weight, minlength=cells).astype(np.float64)

    one = (first == last).astype(np.float64)
    parts = add(first, np.where(one, end - start, first + 1 - start)) + add(last, (1 - one) * (end - last))
    between = add(first + 1, 1 - one) - add(last, 1 - one)
    whole = np.cumsum(between.reshape(lanes, wide), axis=1)
    return np.clip(parts.reshape(lanes, wide) + whole, 0.0, 1.0)[:, :columns]


def find_lanes(trace: Tables) -> pd.DataFrame:
    """Return each worker, child process and user's thread once: `process tid name called ready ended`."""
    frame = trace.processes[
        equals(trace.processes, "role", "worker") | equals(trace.processes, "role", "process")
    ]
    called = first_known(
        *(floats(frame, name) for name in ("start_called", "forked", "started", "target_start"))
    )
    ended = first_known(
        floats(frame, "exited"), floats(frame, "target_end"), np.full(len(frame), trace.end_ns)
    )
    processes = _lane_rows(frame, np.full(len(frame), _PROCESS), called, floats(frame, "target_start"), ended)
    frame = trace.threads[equals(trace.threads, "role", "worker") | user_threads(trace)]
    called = floats(frame, "started")
    ended = first_known(floats(frame, "ended"), np.full(len(frame), trace.end_ns))
    threads = _lane_rows(frame, integers(frame, "tid", _UNKNOWN), called, called, ended)
    lanes = pd.concat([processes, threads, _strays(trace, processes, threads)], ignore_index=True)
    how = {"name": "first", "called": "min", "ready": "min", "ended": "max"}
    return lanes.groupby(["process", "tid"], sort=False).agg(how).reset_index()


def _lane_rows(
    frame: pd.DataFrame, tid: Integers, called: Floats, ready: Floats, ended: Floats
) -> pd.DataFrame:
    columns = {
        "process": integers(frame, "process"),
        "tid": tid,
        "called": called,
        "ready": ready,
        "ended": ended,
    }
    rows = pd.DataFrame(columns)
    rows.insert(2, "name", frame["name"].fillna("").astype(str).to_numpy(dtype=object))
    return rows.sort_values(["called", "process"], kind="stable")


def _strays(trace: Tables, processes: pd.DataFrame, threads: pd.DataFrame) -> pd.DataFrame:
    """Return a lane for each process that ran tasks and that no other lane stands for."""
    tasks = trace.tasks[["process", "worker_pid", "worker_tid"]].drop_duplicates()
    lane = _find(
        integers(tasks, "process"), integers(tasks, "worker_tid", _UNKNOWN), pd.concat([processes, threads])
    )
    tasks = tasks[(lane < 0) & tasks["process"].notna().to_numpy()].drop_duplicates("process")
    tasks["name"] = "PID " + tasks["worker_pid"].astype("string")
    unknown = np.full(len(tasks), np.nan)
    return _lane_rows(tasks, np.full(len(tasks), _PROCESS), unknown, unknown, unknown)


def _find(process: Integers, tid: Integers, lanes: pd.DataFrame) -> Integers:
    """Return the position of each run's lane: its thread's, else its process's, else -1."""
    index = pd.MultiIndex.from_frame(lanes[["process", "tid"]])
    index = index[~index.duplicated()]
    exact = index.get_indexer(pd.MultiIndex.from_arrays([process, tid]))
    whole = index.get_indexer(pd.MultiIndex.from_arrays([process, np.full(process.size, _PROCESS)]))
    return np.where(exact >= 0, exact, whole).astype(np.int64)


def _runs(trace: Tables, lanes: pd.DataFrame) -> tuple[Integers, Floats, Floats, Booleans]:
    """Return lane, start and end of everything that ran, and which of them were lost tasks."""
    tasks, targets, threads = all_runs(trace)
    frames = (
        (tasks, trace.tasks, "worker_tid"),
        (targets, trace.processes, ""),
        (threads, trace.threads, "tid"),
    )
    lane = []
    for runs, frame, tid in frames:
        own = integers(frame, tid, _UNKNOWN)[runs.row] if tid else np.full(runs.row.size, _PROCESS)
        lane.append(_find(integers(frame, "process")[runs.row], own, lanes))
    lost = [equals(trace.tasks, "status", "lost")[tasks.row]]
    lost += [np.zeros(runs.row.size, dtype=np.bool_) for runs in (targets, threads)]
    start = np.concatenate([runs.start_ns for runs in (tasks, targets, threads)])
    end = np.concatenate([runs.end_ns for runs in (tasks, targets, threads)])
    where = np.concatenate(lane)
    known = where >= 0
    return where[known], start[known], end[known], np.concatenate(lost)[known]
