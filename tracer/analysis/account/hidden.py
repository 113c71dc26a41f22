"""The hidden threads that serve a pool of processes in its owner: the one that sends, the one that receives.

sends     … producing ─ pickle_start ─ pickling ─ pickle_end ─ sending │ pipe full ─ sent ─ producing …
receives  … idle ─ receiving ─ result_received ─ unpickling ─ result_unpickled ─ delivering ─ delivered …
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tracer.analysis.account.intervals import Intervals, latest_before, pieces
from tracer.analysis.account.lanes import Lanes
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers
from tracer.analysis.held import Held
from tracer.analysis.owners import SENDING
from tracer.reading.trace import Trace


def hidden_intervals(trace: Trace, lanes: Lanes, holds: Held | None) -> list[Intervals]:
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
    trace: Trace, mine: Integers, lane: int, row: dict[str, Any], holds: Held | None
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
    writing, waiting = _written(end, done, row, holds)
    lanes = _full(lane, start.size)
    is_pool = row["role"] == SENDING[0]
    return [
        pieces("idle", lanes, before, asked),
        # An executor's feeder is handed what was submitted when the call queue has room: it makes nothing.
        pieces("producing" if is_pool else "idle", lanes, asked, start),
        pieces("pickling", lanes, start, end),
        pieces("sending", lanes, end, done, writing),
        pieces("pipe_full", lanes, end, done, waiting),
        _rest(lane, row, done),
    ]


def _written(end: Floats, done: Floats, row: dict[str, Any], holds: Held | None) -> tuple[Floats, Floats]:
    """Return which part of each write was work, and which part waiting for room in the pipe, or a core."""
    whole = np.ones(end.size)
    if holds is None or not end.size or not holds.exact:
        return whole, whole - 1
    tid = int(row["tid"])
    thread = holds.find(np.array([int(row["process"])]), np.array([tid]))[0]
    if thread < 0:
        return whole, whole - 1
    both = np.full(end.size, thread)
    on_core = holds.slices.within(holds.key(both, end), holds.key(both, done))
    share = np.clip(on_core / np.maximum(done - end, 1.0), 0.0, 1.0)
    return share, 1.0 - share


def _receives(
    trace: Trace, mine: Integers, lane: int, row: dict[str, Any], holds: Held | None
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
    return [
        pieces("idle", lanes, before, reading),
        pieces("receiving", lanes, reading, received),
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
