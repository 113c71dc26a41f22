"""A worker's life in intervals: start-up, then round after round of waiting, a task, and its result.

    start ─ start-up ─ wait_start ─ starved, lock ─ receiving ─ received ─ unpickling ─ run_start ─ run
          ─ run_end ─ pickling ─ result_pickled ─ sending ─ result_sent ─ bookkeeping ─ wait_start …
          ─ idle ─ stopping ─ end

Starved is from `wait_start` to the later of `lock_acquired` and the task's `pickle_end`: a worker that waits
for the lock while its holder starves is starved, too. Of the time until `lock_acquired`, what another worker
of the pool spent receiving is the wait for the pipe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.account.pieces import Intervals, Split, pieces, run_pieces
from tracer.analysis.account.pipes import at_work, ready_to_receive, waiting
from tracer.analysis.columns import (
    Booleans,
    Floats,
    Integers,
    equals,
    first_known,
    floats,
    integers,
    look_up,
)
from tracer.analysis.cores.slices import HeldCores
from tracer.analysis.intervals import Cover, latest_before
from tracer.analysis.structure import results
from tracer.analysis.structure.lanes import Lanes
from tracer.analysis.structure.pools import is_threaded, of_kinds
from tracer.analysis.structure.runs import task_runs
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Rounds:
    """The tasks that a worker received, sorted by lane and time; arrays of one length.

    `row` is the place in `trace.tasks`; `ready` when the task could be received: the lock was there, and
    bytes in the pipe; `done` when its round was over; `opens` tells the first of a lane, `closes` the last.
    """

    row: Integers
    lane: Integers
    wait: Floats
    lock: Floats
    ready: Floats
    received: Floats
    run_start: Floats
    run_end: Floats
    pickled: Floats
    done: Floats

    @property
    def opens(self) -> Booleans:
        """Which rounds are the first of their lane."""
        return np.append(True, self.lane[1:] != self.lane[:-1])[: self.lane.size]

    @property
    def closes(self) -> Booleans:
        """Which rounds are the last of their lane."""
        return np.append(self.lane[1:] != self.lane[:-1], True)[: self.lane.size]


def rounds(trace: Tables, lanes: Lanes) -> Rounds:
    """Return the rounds of all workers."""
    tasks = trace.tasks
    received, run_start = floats(tasks, "received"), floats(tasks, "run_start")
    wait = first_known(floats(tasks, "wait_start"), received, run_start)
    lane = lanes.find(integers(tasks, "process"), integers(tasks, "worker_tid"), wait)
    whole, worker = lanes.column("tid") < 0, lanes.table["kind"].to_numpy() == "worker"
    # A process does not run what its threads run; and what is no worker has an account without tasks.
    none = ~worker[lane] | (is_threaded(trace) & whole[lane]) if len(lane) and len(worker) else lane < 0
    lane = np.where(none, -1, lane)
    row = np.flatnonzero((lane >= 0) & ~np.isnan(wait))
    row = row[np.lexsort((wait[row], lane[row]))]
    lane = lane[row]
    runs = task_runs(trace)
    end, measured = np.full(len(tasks), np.nan), np.zeros(len(tasks), np.bool_)
    end[runs.row], measured[runs.row] = runs.end_ns, runs.measured
    died = np.where(equals(tasks, "status", "lost")[row], lanes.column("end")[lane], np.nan)
    piped = ~is_threaded(trace)[row]
    lock = first_known(floats(tasks, "lock_acquired")[row], received[row], run_start[row])
    received = first_known(received[row], run_start[row], np.where(np.isnan(lock), np.nan, died))
    ready = ready_to_receive(lock, floats(tasks, "pickle_end")[row], received)
    ended = measured[row] & piped
    packed, written = results.by_worker(trace)
    pickled = first_known(packed[row], np.where(ended, died, np.nan))
    sent = first_known(written[row], np.where(ended, died, np.nan))
    stamps = (wait[row], lock, ready, received, run_start[row], end[row], pickled, sent)
    return Rounds(row, lane, *_in_order(lane, lanes, stamps))


def _in_order(lane: Integers, lanes: Lanes, stamps: tuple[Floats, ...]) -> list[Floats]:
    """Return the stamps of each round so that none lies before one that comes before it in its lane.

    The last one of each round becomes the latest that is known of it. A real trace is in order already;
    whatever a trace says, a lane adds up.
    """
    done = np.fmin(np.fmax.reduce(stamps), lanes.column("end")[lane])
    floor = np.fmax(latest_before(lane, done), lanes.column("start")[lane])
    result = []
    for stamp in stamps[:-1]:
        placed = np.minimum(np.maximum(stamp, floor), lanes.column("end")[lane])  # NaN where it is NaN
        floor = np.fmax(placed, floor)
        result.append(placed)
    return [*result, np.fmax(done, floor)]


def worker_intervals(
    trace: Tables, lanes: Lanes, split: Split, holds: HeldCores | None = None
) -> list[Intervals]:
    """Return the intervals of the workers.

    `split` is each run, by what it had of a core; `holds` are the trace's slices, if it has any.
    """
    found = rounds(trace, lanes)
    lane, following = found.lane, np.append(found.wait[1:], np.nan)[: found.lane.size]
    following = np.where(found.closes, np.nan, following)
    threaded = is_threaded(trace)[found.row]
    piped = ~threaded
    opens = np.where(found.opens, lanes.column("start")[lane], np.nan)
    lock_share = _lock_share(trace, found)
    row = found.row
    failed = np.isnan(found.run_start) & piped  # received, and not to be unpickled
    begun = np.where(failed, following, found.run_start)
    sends = np.where(piped & ~failed, found.pickled, np.nan)
    process, tid = (integers(trace.tasks, name)[row] for name in ("process", "worker_tid"))
    writing = at_work(holds, process, tid, sends, found.done)
    # Between two messages that it takes by hand a process waits for room for what it makes of them.
    by_hand = of_kinds(trace, lambda kind: kind.written)[row]
    between = np.where(failed, np.nan, found.done)
    full = waiting(trace, process, tid, np.where(by_hand, between, np.nan), following)
    result = [
        pieces("start_up", lane, opens, found.wait),
        pieces("lock_wait", lane, found.wait, found.lock, lock_share),
        pieces("starved", lane, found.wait, found.lock, 1.0 - lock_share),
        pieces("starved", lane, found.lock, found.ready),
        pieces("receiving", lane, np.where(piped, found.ready, np.nan), found.received),
        pieces("starved", lane, np.where(threaded, found.ready, np.nan), found.received),
        pieces("unpickling", lane, np.where(piped, found.received, np.nan), begun),
        pieces("bookkeeping", lane, np.where(threaded, found.received, np.nan), begun),
        *run_pieces(lane, found.run_start, found.run_end, Split(*(part[row] for part in split))),
        pieces("pickling", lane, found.run_end, np.where(piped, found.pickled, np.nan)),
        pieces("sending", lane, sends, found.done, writing),
        pieces("pipe_full", lane, sends, found.done, 1.0 - writing),
        pieces("pipe_full", lane, between, following, full),
        pieces("bookkeeping", lane, between, following, 1.0 - full),
    ]
    return [*result, *_ends(trace, lanes, found, lanes.column("end"))]


def _lock_share(trace: Tables, found: Rounds) -> Floats:
    """Return the part of each wait for the lock in which another worker of the pool was receiving."""
    share = np.zeros(found.row.size)
    pool = integers(trace.tasks, "pool")[found.row]
    for number in np.unique(pool).tolist():
        mine = np.flatnonzero((pool == number) & (found.received > found.ready))
        waits = np.flatnonzero((pool == number) & (found.lock > found.wait))
        if not mine.size or not waits.size:
            continue
        order = mine[np.argsort(found.ready[mine], kind="stable")]
        start, stop = found.ready[order].astype(np.int64), found.received[order].astype(np.int64)
        cover = Cover(start, np.minimum(stop, np.append(start[1:], stop[-1])))  # one reader holds the lock
        first, last = found.wait[waits].astype(np.int64), found.lock[waits].astype(np.int64)
        share[waits] = np.minimum(cover.within(first, last) / np.maximum(last - first, 1), 1.0)
    return share


def _ends(trace: Tables, lanes: Lanes, found: Rounds, end: Floats) -> list[Intervals]:
    """Return what comes after the last task of each worker, or instead of any."""
    last = np.full(end.size, np.nan)
    last[found.lane[found.closes]] = found.done[found.closes]
    workers = lanes.of("worker")
    process = lanes.column("process")[workers].astype(np.int64)
    is_process = lanes.column("tid")[workers] < 0
    number = integers(trace.processes, "process")

    def of(name: str) -> Floats:
        values = look_up(number, process, floats(trace.processes, name))
        return np.where(is_process, values, np.nan)

    born = lanes.column("start")[workers]
    ready = np.where(is_process, first_known(of("target_start"), end[workers]), born)
    ready = np.where(is_process, _initialized(trace, process, ready, end[workers]), ready)
    since = last[workers]
    without = np.isnan(since)
    left = np.fmax(first_known(of("target_end"), end[workers]), np.where(without, ready, since))
    return [
        pieces("start_up", workers, np.where(without, born, np.nan), ready),
        pieces("idle", workers, np.where(without, ready, since), left),
        pieces("stopping", workers, left, end[workers]),
    ]


def _initialized(trace: Tables, process: Integers, ready: Floats, end: Floats) -> Floats:
    """Return when each worker without a task had run its initializer: at its end, if that ended it.

    The span of an initializer is written when it has returned. A worker without one had none to run, or was
    still in it; which of the two, the other children of its parent tell.
    """
    spans = trace.spans[equals(trace.spans, "category", "initializer")]
    if not len(spans):
        return ready
    done = look_up(integers(spans, "process"), process, floats(spans, "end"))
    number, parent = integers(trace.processes, "process"), floats(trace.processes, "ppid")
    parents = look_up(number, integers(spans, "process"), parent)
    within = np.isnan(done) & np.isin(look_up(number, process, parent), parents)
    return np.where(within, end, np.fmax(first_known(done, ready), ready))
