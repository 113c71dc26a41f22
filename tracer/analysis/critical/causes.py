"""Causes: for each step the one that released it, as numbers of nodes, `kind * size + place`.

    DELIVERED  the parent has a result        ◄─ DELIVERED before, where its thread was busy │ ANSWERED
    ANSWERED   the worker has made the bytes  ◄─ FREE of the worker's task before │ PICKLED │ STARTED │ ASKED
    FREE       the worker is done with a task ◄─ ANSWERED
    PICKLED    the arguments are bytes        ◄─ WRITTEN of the task before │ DELIVERED (executors) │ ASKED
    WRITTEN    … and in the pipe              ◄─ PICKLED
    ASKED      the program hands a task over  ◄─ ASKED before │ DELIVERED, FREE of a task that was lost,
                                                 or ENDED, where it waited for that
    STARTED    a lane's life begins           ◄─ the same as for ASKED
    ENDED      a process or thread has ended  ◄─ STARTED

Of what a step needs, the last to come is its cause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.columns import Booleans, Floats, Integers, first_known
from tracer.analysis.cores.slices import HeldCores
from tracer.analysis.critical.events import Events

DELIVERED, ANSWERED, FREE, PICKLED, WRITTEN, ASKED, STARTED, ENDED = KINDS = range(8)
WAKING_NS = 5e6
"""A thread that waited for a result holds a core within this time of its delivery, or waited for another."""


@dataclass(frozen=True)
class Causes:
    """`cause[node]` is the node that released it, -1 for none; `since[node]` when that one was through (ns).

    `size` is the length of each kind's part.
    """

    cause: Integers
    since: Floats
    size: int

    def node(self, kind: int, place: Integers | int) -> Integers:
        """Return the number of a node."""
        return np.asarray(kind * self.size + np.asarray(place), np.int64)


def causes(found: Events, holds: HeldCores | None) -> Causes:
    """Return the causes of all steps; `holds` are the trace's slices, if it has any."""
    size = max(found.pool.size, len(found.lanes.table), 1)
    made = Causes(np.full(8 * size, -1), np.full(8 * size, np.nan), size)
    rows = np.arange(found.pool.size)
    time = found.time

    def link(kind: int, place: Integers, cause: Integers, since: Floats) -> None:
        made.cause[made.node(kind, place)] = cause
        made.since[made.node(kind, place)] = since

    busy = (found.receive.before >= 0) & (found.receive.free > time["pickled"]) & ~found.threaded
    freed = np.where(busy, made.node(DELIVERED, found.receive.before), made.node(ANSWERED, rows))
    link(DELIVERED, rows, freed, np.where(busy, found.receive.free, time["pickled"]))
    link(FREE, rows, made.node(ANSWERED, rows), time["pickled"])
    link(WRITTEN, rows, made.node(PICKLED, rows), time["pickle_end"])
    link(ANSWERED, rows, *_of_worker(found, made, rows))
    link(PICKLED, rows, *_of_sender(found, made, rows))
    when, node = _releases(found, made, holds)
    link(ASKED, rows, *_latest(when, node, time["submitted"]))
    lane = np.arange(len(found.lanes.table))
    link(STARTED, lane, *_latest(when, node, found.lanes.column("start")))
    link(ENDED, lane, made.node(STARTED, lane), found.lanes.column("start"))
    return made


def _of_worker(found: Events, made: Causes, rows: Integers) -> tuple[Integers, Floats]:
    """Return what a worker's task waited for: its bytes (or the call, for threads), or the worker itself."""
    time = found.time
    there = first_known(time["pickle_end"], time["submitted"])
    late = there > time["wait"]
    asked = np.where(np.isnan(time["pickle_end"]), made.node(ASKED, rows), made.node(PICKLED, rows))
    first = found.work.before < 0
    begun = np.append(found.lanes.column("start"), np.nan)[found.worker]
    worker = np.where(first, made.node(STARTED, found.worker), made.node(FREE, found.work.before))
    cause = np.where(late, asked, worker)
    since = np.where(late, there, np.where(first, begun, found.work.free))
    return np.where(found.worker >= 0, cause, asked), np.where(found.worker >= 0, since, there)


def _of_sender(found: Events, made: Causes, rows: Integers) -> tuple[Integers, Floats]:
    """Return what the pickling of a task waited for: the thread, the call, or an executor's room."""
    time = found.time
    asked = np.where(np.isnan(time["submitted"]), -np.inf, time["submitted"])
    busy = np.where(np.isnan(found.send.free), -np.inf, found.send.free)
    room, freed = np.full(rows.size, -np.inf), np.full(rows.size, -1)
    for pool in np.unique(found.pool[found.limited]).tolist():
        mine = np.flatnonzero((found.pool == pool) & ~np.isnan(time["pickle_start"]))
        done = np.flatnonzero((found.pool == pool) & ~np.isnan(time["delivered"]))
        done = done[np.argsort(time["delivered"][done], kind="stable")]
        place = np.searchsorted(time["delivered"][done], time["pickle_start"][mine], side="right") - 1
        some = place >= 0
        freed[mine[some]] = done[place[some]]
        room[mine[some]] = time["delivered"][done[place[some]]]
    since = np.maximum(np.maximum(asked, busy), room)
    cause = np.where(busy >= since, made.node(WRITTEN, found.send.before), made.node(DELIVERED, freed))
    cause = np.where(asked >= since, made.node(ASKED, rows), cause)
    return np.where(np.isinf(since), -1, cause), np.where(np.isinf(since), np.nan, since)


def _releases(found: Events, made: Causes, holds: HeldCores | None) -> tuple[Floats, Integers]:
    """Return when the program's own thread went on, and what let it: its last call, or what it waited for."""
    time, lanes = found.time, found.lanes
    asked, first = np.unique(time["submitted"][~np.isnan(time["submitted"])], return_index=True)
    first = np.flatnonzero(~np.isnan(time["submitted"]))[first]
    done = np.flatnonzero(~np.isnan(time["delivered"]))
    there = first_known(time["result_unpickled"], time["run_end"], time["delivered"])[done]
    done = done[_woke(found, holds, found.asker[done], there, time["delivered"][done])]
    lost = np.flatnonzero(np.isnan(time["delivered"]) & ~np.isnan(time["run_end"]))
    died = time["run_end"][lost]
    seen = _woke(found, holds, found.asker[lost], died, died)
    lost, died = lost[seen], died[seen]
    ended = np.flatnonzero(lanes.table["kind"].isin(["process", "thread"]).to_numpy())
    end = lanes.column("end")[ended]
    woken = _woke(found, holds, np.full(ended.size, found.main), end, end)
    ended, end = ended[woken], end[woken]
    when = np.concatenate([asked, time["delivered"][done], died, end])
    node = [
        made.node(ASKED, first),
        made.node(DELIVERED, done),
        made.node(FREE, lost),
        made.node(ENDED, ended),
    ]
    order = np.argsort(when, kind="stable")
    return when[order], np.concatenate(node)[order]


def _woke(found: Events, holds: HeldCores | None, lane: Integers, before: Floats, after: Floats) -> Booleans:
    """Tell where a program's thread was off the cores at `before`, and on one soon after `after`.

    True where not every switch was recorded: that a thread waited is then taken for granted.
    """
    yes = np.ones(lane.size, np.bool_)
    if holds is None or not holds.exact or not lane.size:
        return yes
    process, pid = (found.lanes.column(name)[lane].astype(np.int64) for name in ("process", "pid"))
    thread = holds.find(process, pid)
    known = thread >= 0
    slices = holds.slices
    key = holds.key(thread[known], before[known])
    following = np.append(slices.start, np.iinfo(np.int64).max)[np.searchsorted(slices.start, key)]
    yes[known] = ~slices.holds(key) & (following <= holds.key(thread[known], after[known] + WAKING_NS))
    return yes


def _latest(when: Floats, node: Integers, time: Floats) -> tuple[Integers, Floats]:
    """Return the last release before each time, and when it was."""
    place = np.searchsorted(when, time, side="left") - 1
    some = (place >= 0) & ~np.isnan(time)
    cause, since = np.append(node, -1)[place], np.append(when, np.nan)[place]
    return np.where(some, cause, -1), np.where(some, since, np.nan)
