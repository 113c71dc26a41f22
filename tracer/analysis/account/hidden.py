"""The hidden threads that serve a pool of processes in its owner: the one that sends, the one that receives.

sends     … producing ─ pickle_start ─ pickling ─ pickle_end ─ sending │ held up ─ sent ─ producing …
receives  … idle ─ receiving │ held up ─ result_received ─ unpickling ─ result_unpickled ─ delivering ─ …
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tracer.analysis.account.pieces import Intervals, pieces
from tracer.analysis.account.pipes import at_work
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers
from tracer.analysis.cores.slices import HeldCores
from tracer.analysis.intervals import latest_before
from tracer.analysis.structure.lanes import Lanes
from tracer.record.kinds import SENDING, TASK_HANDLER
from tracer.tables.tables import Tables


def hidden_intervals(trace: Tables, lanes: Lanes, holds: HeldCores | None) -> list[Intervals]:
    """Return the intervals of all hidden threads; `holds` are the trace's slices, if it has any."""
    result: list[Intervals] = []
    pool = integers(trace.tasks, "pool")
    table = lanes.table
    for lane in lanes.of("hidden").tolist():
        row: dict[str, Any] = table.iloc[lane].to_dict()
        mine = np.flatnonzero(pool == row["pool"])
        make = _sends if row["role"] in SENDING else _receives
        result += make(trace, mine, lane, row, holds)
    return result


def _full(lane: int, size: int) -> Integers:
    return np.full(size, lane)


def _sends(
    trace: Tables, mine: Integers, lane: int, row: dict[str, Any], holds: HeldCores | None
) -> list[Intervals]:
    start, end, sent, submitted = (
        floats(trace.tasks, name)[mine] for name in ("pickle_start", "pickle_end", "sent", "submitted")
    )
    known = np.flatnonzero(~np.isnan(start))
    order = known[np.argsort(start[known], kind="stable")]
    start, end, sent, submitted = start[order], end[order], sent[order], submitted[order]
    before, (start, end, done) = _in_order(row, start, end, sent)
    # Until the call that hands tasks over there was nothing to do; from then on the next one is being made.
    asked = np.clip(submitted, before, start)
    lanes = _full(lane, start.size)
    process, tid = _full(int(row["process"]), start.size), _full(int(row["tid"]), start.size)
    writing = at_work(holds, process, tid, end, done)
    makes = row["role"] == TASK_HANDLER
    return [
        pieces("idle", lanes, before, asked),
        # An executor's feeder is handed what was submitted when the call queue has room: it makes nothing.
        pieces("producing" if makes else "idle", lanes, asked, start),
        pieces("pickling", lanes, start, end),
        pieces("sending", lanes, end, done, writing),
        pieces("pipe_full", lanes, end, done, 1.0 - writing),
        _rest(lane, row, done),
    ]


def _receives(
    trace: Tables, mine: Integers, lane: int, row: dict[str, Any], holds: HeldCores | None
) -> list[Intervals]:
    there, received, unpickled, delivered = (
        floats(trace.tasks, name)[mine]
        for name in ("result_pickled", "result_received", "result_unpickled", "delivered")
    )
    known = np.flatnonzero(~np.isnan(received))
    order = known[np.argsort(received[known], kind="stable")]
    there, received, unpickled, delivered = there[order], received[order], unpickled[order], delivered[order]
    before, (received, unpickled, done) = _in_order(row, received, unpickled, delivered)
    # A message is being received from when its sender had it ready and this thread was free for it.
    reading = np.clip(first_known(there, received), before, received)
    lanes = _full(lane, received.size)
    process, tid = _full(int(row["process"]), received.size), _full(int(row["tid"]), received.size)
    working = at_work(holds, process, tid, reading, received)
    return [
        pieces("idle", lanes, before, reading),
        pieces("receiving", lanes, reading, received, working),
        pieces("pipe_full", lanes, reading, received, 1.0 - working),
        pieces("unpickling", lanes, received, unpickled),
        pieces("delivering", lanes, unpickled, done),
        _rest(lane, row, done),
    ]


def _in_order(row: dict[str, Any], *stamps: Floats) -> tuple[Floats, list[Floats]]:
    """Return when the message before was done with, and the stamps, none before one that comes before it.

    A missing stamp becomes the one before it.
    """
    begin, end = float(row["start"]), float(row["end"])
    done = np.fmin(np.fmax.reduce(stamps), end)
    before = np.fmax(latest_before(np.zeros(done.size, np.int64), done), begin)
    result, floor = [], before
    for stamp in stamps:
        floor = np.fmin(np.fmax(stamp, floor), end)
        result.append(floor)
    return before, result


def _rest(lane: int, row: dict[str, Any], done: Floats) -> Intervals:
    """Return the time after the last task."""
    since = done[-1] if done.size else row["start"]
    return pieces("idle", _full(lane, 1), np.array([since], np.float64), np.array([row["end"]], np.float64))
