"""Events: the stamps of all tasks in the order of the threads that they happened in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.account.workers import Rounds, rounds
from tracer.analysis.columns import Booleans, Floats, Integers, first_known, floats, integers, look_up
from tracer.analysis.cores.lacked import preempted_by_others
from tracer.analysis.cores.slices import PREEMPTED, HeldCores
from tracer.analysis.intervals import latest_before
from tracer.analysis.structure.lanes import Lanes, lanes
from tracer.analysis.structure.pools import hidden_thread, is_threaded, of_kinds, pools
from tracer.record.kinds import RECEIVING, SENDING
from tracer.tables.tables import Tables

STAMPS = (
    "submitted",
    "pickle_start",
    "pickle_end",
    "sent",
    "result_received",
    "result_unpickled",
    "delivered",
)


@dataclass(frozen=True)
class Turn:
    """A thread's tasks one after another: for each row of `trace.tasks` the one before it, -1 for none.

    `free` is when the thread had done with that one (NaN for none).
    """

    before: Integers
    free: Floats


@dataclass(frozen=True)
class Events:
    """What happened to each task and where: arrays with an element for each row of `trace.tasks`.

    The stamps of a worker are those of its `Rounds` (`wait` to `done`), NaN where none ran the task; lanes
    are numbers of `lanes`, -1 where there is none; `limited` tells where a thread sends only so many tasks
    ahead, and makes none of them; `asker` is the lane of the program that handed it over,
    `serving` when the thread that sends for it began;
    `target` is when each lane's process entered and left its target.
    """

    lanes: Lanes
    time: dict[str, Floats]
    threaded: Booleans
    limited: Booleans
    pool: Integers
    worker: Integers
    sender: Integers
    receiver: Integers
    asker: Integers
    serving: Floats
    main: int
    target: tuple[Floats, Floats]
    work: Turn
    send: Turn
    receive: Turn


def events(trace: Tables) -> Events:
    """Return the events of a trace."""
    tasks, found = trace.tasks, lanes(trace)
    time = {name: floats(tasks, name) for name in STAMPS}
    run = rounds(trace, found)
    size = len(tasks)
    for name in ("wait", "lock", "ready", "received", "run_start", "run_end", "pickled", "done"):
        time[name] = _spread(size, run.row, getattr(run, name))
    worker = np.full(size, -1)
    worker[run.row] = run.lane
    time["written"] = first_known(time["sent"], time["pickle_end"])
    last = first_known(time["delivered"], time["result_unpickled"], time["result_received"])
    pool = integers(tasks, "pool")
    mains = found.of("main")
    main = int(mains[0]) if mains.size else -1
    limited = of_kinds(trace, lambda kind: kind.ahead is not None)
    return Events(
        found,
        time,
        is_threaded(trace),
        limited,
        pool,
        worker,
        _hidden(found, pool, SENDING),
        _hidden(found, pool, RECEIVING),
        _askers(trace, found, pool, main),
        _serving(trace, pool),
        main,
        _target(trace, found),
        _worked(run, size),
        _turn(pool, time["pickle_start"], time["written"]),
        _turn(pool, time["result_received"], last),
    )


def on_core(
    trace: Tables, holds: HeldCores | None, lanes: Lanes, lane: Integers, start: Floats, end: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return how long each lane's own thread was on a core, and preempted for siblings, and for others.

    Nanoseconds; NaN: not known.
    """
    unknown = np.full(lane.size, np.nan)
    if holds is None or not lane.size:
        return unknown, unknown, unknown
    process, pid, tid = (lanes.column(name)[lane].astype(np.int64) for name in ("process", "pid", "tid"))
    thread = holds.find(process, np.where(tid >= 0, tid, pid))
    seen = (thread >= 0) & (lane >= 0)
    first, last = holds.key(thread[seen], start[seen]), holds.key(thread[seen], end[seen])
    held, waited = unknown.copy(), unknown.copy()
    held[seen] = holds.slices.within(first, last)
    waited[seen] = holds.gaps(PREEMPTED).within(first, last) if holds.exact else 0.0
    theirs = np.where(seen, preempted_by_others(trace, thread, start, end), np.nan)
    return held, waited - theirs, theirs


def _serving(trace: Tables, pool: Integers) -> Floats:
    result = np.full(pool.size, np.nan)
    known = pools(trace)
    for one in known:
        for role in one.hidden_roles:
            if role in SENDING and (thread := hidden_thread(trace, known, one, role)) is not None:
                result[pool == one.number] = thread.started
    return result


def _target(trace: Tables, found: Lanes) -> tuple[Floats, Floats]:
    number, process = integers(trace.processes, "process"), found.column("process").astype(np.int64)
    entered, left = (
        look_up(number, process, floats(trace.processes, c)) for c in ("target_start", "target_end")
    )
    return entered, left


def _spread(size: int, row: Integers, values: Floats) -> Floats:
    result = np.full(size, np.nan)
    result[row] = values
    return result


def _worked(run: Rounds, size: int) -> Turn:
    before, free = np.full(size, -1), np.full(size, np.nan)
    earlier = np.append(-1, run.row[:-1])[: run.row.size]
    before[run.row] = np.where(run.opens, -1, earlier)
    free[run.row] = np.where(run.opens, np.nan, np.append(np.nan, run.done[:-1])[: run.row.size])
    return Turn(before, free)


def _turn(pool: Integers, start: Floats, done: Floats) -> Turn:
    """Return the order in which the one thread of each pool took its tasks."""
    row = np.flatnonzero(~np.isnan(start) & (pool >= 0))
    row = row[np.lexsort((start[row], pool[row]))]
    until = np.fmax(start, done)[row]
    before, free = np.full(pool.size, -1), np.full(pool.size, np.nan)
    opens = np.append(True, pool[row][1:] != pool[row][:-1])[: row.size]
    before[row] = np.where(opens, -1, np.append(-1, row[:-1])[: row.size])
    free[row] = latest_before(pool[row], until)
    return Turn(before, free)


def _hidden(found: Lanes, pool: Integers, roles: tuple[str, ...]) -> Integers:
    table = found.table
    rows = table[table["role"].isin(roles) & (table["kind"] == "hidden")]
    place = look_up(rows["pool"].to_numpy(np.int64), pool, rows.index.to_numpy(np.float64))
    return np.where(np.isnan(place), -1, place).astype(np.int64)


def _askers(trace: Tables, found: Lanes, pool: Integers, main: int) -> Integers:
    """Return the lane of the process that owns each task's pool: the program's first thread, or a child."""
    result = np.full(pool.size, main)
    whole = found.table[(found.table["tid"] < 0) & found.table["kind"].isin(["worker", "process"])]
    by_process = dict(zip(whole["process"].tolist(), whole.index.tolist(), strict=True))
    for one in pools(trace):
        if one.owner in by_process:
            result[pool == one.number] = by_process[one.owner]
    return result
