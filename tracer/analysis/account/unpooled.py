"""Lanes without tasks: the main process's own thread, plain processes, the program's threads."""

from __future__ import annotations

import numpy as np

from tracer.analysis.account.pieces import Intervals, Split, pieces, run_pieces
from tracer.analysis.columns import Floats, Integers, first_known, floats, integers, look_up
from tracer.analysis.cores.lacked import preempted_by_others
from tracer.analysis.cores.slices import PREEMPTED, HeldCores
from tracer.analysis.structure.lanes import Lanes
from tracer.tables.tables import Tables


def main_intervals(trace: Tables, lanes: Lanes, holds: HeldCores | None) -> list[Intervals]:
    """Return the program's first thread: on a core, without one, or waiting."""
    lane = lanes.of("main")
    start, end = lanes.column("start")[lane], lanes.column("end")[lane]
    split = _split(trace, lanes, lane, start, end, holds)
    if np.isnan(split.on_core).any():
        return run_pieces(lane, start, end, split._replace(blocked=np.zeros(lane.size)))
    length = np.maximum(end - start, 1.0)
    return [
        *(pieces(name, lane, start, end, getattr(split, name) / length) for name in Split._fields[:-1]),
        pieces("waiting", lane, start, end, split.blocked / length),
    ]


def process_intervals(trace: Tables, lanes: Lanes, holds: HeldCores | None) -> list[Intervals]:
    """Return plain processes: start-up, their target, and the way out."""
    lane = lanes.of("process")
    frame = trace.processes
    number = integers(frame, "process")
    begin, end = lanes.column("start")[lane], lanes.column("end")[lane]
    process = lanes.column("process")[lane].astype(np.int64)
    entered = first_known(look_up(number, process, floats(frame, "target_start")), end)
    left = np.fmax(first_known(look_up(number, process, floats(frame, "target_end")), end), entered)
    return [
        pieces("start_up", lane, begin, entered),
        *run_pieces(lane, entered, left, _split(trace, lanes, lane, entered, left, holds)),
        pieces("stopping", lane, left, end),
    ]


def thread_intervals(trace: Tables, lanes: Lanes, holds: HeldCores | None) -> list[Intervals]:
    """Return the program's own threads."""
    lane = lanes.of("thread")
    start, end = lanes.column("start")[lane], lanes.column("end")[lane]
    return run_pieces(lane, start, end, _split(trace, lanes, lane, start, end, holds))


def _split(
    trace: Tables, lanes: Lanes, lane: Integers, start: Floats, end: Floats, holds: HeldCores | None
) -> Split:
    """Return how long each lane's thread was on a core, without one, and off it otherwise."""
    unknown = np.full(lane.size, np.nan)
    if holds is None or not lane.size:
        return Split(unknown, unknown, unknown, unknown)
    process = lanes.column("process")[lane].astype(np.int64)
    tid = lanes.column("tid")[lane].astype(np.int64)
    pid = lanes.column("pid")[lane].astype(np.int64)
    thread = holds.find(process, np.where(tid >= 0, tid, pid))  # a process's first thread has its number
    seen = thread >= 0
    if not seen.any():
        return Split(unknown, unknown, unknown, unknown)
    first, last = holds.key(thread[seen], start[seen]), holds.key(thread[seen], end[seen])
    on_core, without = unknown.copy(), unknown.copy()
    on_core[seen] = holds.slices.within(first, last)
    without[seen] = holds.gaps(PREEMPTED).within(first, last) if holds.exact else 0.0
    theirs = preempted_by_others(trace, thread, start, end)
    off = np.maximum(end - start - on_core - without, 0.0)
    return Split(on_core, without - theirs, theirs, off)
