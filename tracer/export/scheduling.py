"""Who held which core, as the kernel's ftrace would have told it: CPU tracks, thread states and their SQL.

    core 0   ███ W1 ███┄┄┄┄┄┄███ W2 ███      switch 0 → W1, W1 → 0, 0 → W2, … : 0 is the idle thread, and here
                                             also what nobody told of

A `sched_waking` is inferred (`tracer.timeline.wakeups`), and an instant on a track of that name says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import FtraceEventBundle, Trace, TracePacket

from tracer.analysis.columns import Booleans, Integers, integers
from tracer.analysis.cores.slices import held_cores
from tracer.export.packets import Marks, Shape, in_order, nested, width
from tracer.export.people import BEYOND, TIDS
from tracer.export.tracks import Exported
from tracer.timeline.wakeups import Wakeups

STATES = {"preempted": 2048, "blocked": 1, "exited": 16, "running": 0}
"""The kernel's numbers for the state of a thread that leaves a core: R+, S, X; R."""
UNKNOWN = 4096
"""No state of the kernel's: events were lost. Perfetto counts it as an error of the trace, which it is."""
_PRIORITY = 120  # of a process that was not made nicer; the tables do not tell it
_BUNDLE = 1 << 12


@dataclass(frozen=True)
class Held:
    """Who held a core: arrays of one length, sorted by core and start, apart from one another on a core.

    `tid` is the TID that is written, `state` what the thread was in when it left; `goes_on` marks what was
    not seen to end.
    """

    core: Integers
    start: Integers
    end: Integers
    tid: Integers
    state: Integers
    goes_on: Booleans

    def of(self, which: Booleans) -> Held:
        """Return some of it."""
        return Held(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def is_direct(self) -> Booleans:
        """Whose core the one before left in the same instant; all are of one core."""
        return np.append(False, self.start[1:] == self.end[:-1])[: self.start.size]

    @property
    def leaves(self) -> Booleans:
        """Who leaves the core to nobody that is known; all are of one core."""
        return np.asarray(~self.goes_on & ~np.append(self.is_direct[1:], False)[: self.start.size])


def held(exported: Exported) -> Held:
    """Return who held the cores: the program's threads, and other programs where the kernel told of them."""
    frame, people = exported.trace.slices, exported.people
    tids = np.array([*(thread.tid for thread in people.threads), -1], np.int64)
    frame = frame[frame["core"].notna() & frame["start"].notna() & frame["end"].notna()]
    tid = tids[people(integers(frame, "process"), integers(frame, "tid"))]
    reason = frame["reason"].astype(object)
    state = reason.map(STATES).fillna(UNKNOWN).to_numpy(np.int64)
    own = (integers(frame, "core"), integers(frame, "start"), integers(frame, "end"), tid, state)
    goes_on = (reason == "running").to_numpy(bool)
    others = exported.trace.others
    others = others[(others["pid"] > 0) & (others["pid"] < BEYOND)]
    columns = [integers(others, name) for name in ("core", "start", "end", "pid")]
    theirs = (*columns, np.full(len(others), STATES["blocked"]))  # which nobody told
    core, start, end, tid, state = (
        np.concatenate(pair, dtype=np.int64) for pair in zip(own, theirs, strict=True)
    )
    goes_on = np.concatenate([goes_on, np.zeros(len(others), np.bool_)])
    order = np.lexsort((end, start, core))
    order = order[tid[order] > 0]
    core, start, end = core[order], start[order], end[order]
    follows = core[1:] == core[:-1]
    end[:-1] = np.where(follows, np.minimum(end[:-1], np.maximum(start[1:], start[:-1])), end[:-1])
    goes_on = goes_on[order] & np.append(~follows, True)[: order.size]
    return Held(core, start, end, tid[order], state[order], goes_on)


@dataclass(frozen=True)
class _Group:
    """Events of one form, with their times; at one instant the lower `step` comes first."""

    shape: Shape
    step: Integers
    values: dict[str, Integers]


def switches(exported: Exported) -> Iterator[bytes]:
    """Yield packets with who got and left each core, and who was woken, in the order of time on each."""
    found, woken = held(exported), exported.wakeups
    if not found.core.size:
        return
    waker, woken_tid = tids_of(exported, woken)
    switch, waking = _shapes(exported.trace.end_ns + exported.shift)
    for core in np.unique(found.core).tolist():
        waked = woken.core == core
        values = {
            "time": woken.time[waked] + exported.shift,
            "before": waker[waked],
            "after": woken_tid[waked],
            "core": woken.target[waked],
        }
        groups = _switches_of(found.of(found.core == core), switch, exported.shift)
        groups.append(_Group(waking, np.zeros(values["time"].size, np.int64), values))
        for events in _in_bundles(groups):
            bundle = FtraceEventBundle(cpu=core).SerializeToString() + events
            yield nested(Trace, "packet", nested(TracePacket, "ftrace_events", bundle))


def _switches_of(mine: Held, shape: Shape, shift: int) -> list[_Group]:
    """Return the switches of one core: to each who held it, and from those whom nobody followed at once."""
    direct, leaves = mine.is_direct, mine.leaves
    step = 2 * np.arange(direct.size) + 1

    def of_the_one_before(values: Integers) -> Integers:
        return np.where(direct, np.append(0, values)[:-1], 0)

    gets = {
        "time": mine.start + shift,
        "before": of_the_one_before(mine.tid),
        "state": of_the_one_before(mine.state),
        "after": mine.tid,
    }
    left = {
        "time": mine.end[leaves] + shift,
        "before": mine.tid[leaves],
        "state": mine.state[leaves],
        "after": np.zeros(int(leaves.sum()), np.int64),
    }
    return [_Group(shape, step, gets), _Group(shape, step[leaves] + 1, left)]


def _in_bundles(groups: Sequence[_Group]) -> Iterator[bytes]:
    """Yield the events of all groups in the order of time, so many at once."""
    time, step = (
        np.concatenate([each.values["time"] for each in groups]),
        np.concatenate([each.step for each in groups]),
    )
    place = np.empty(time.size, np.int64)
    place[np.lexsort((step, time))] = np.arange(time.size)
    places = np.split(place, np.cumsum([each.step.size for each in groups])[:-1])
    for first in range(0, time.size, _BUNDLE):
        parts = []
        for group, at in zip(groups, places, strict=True):
            which = np.flatnonzero((at >= first) & (at < first + _BUNDLE))
            if which.size:
                values = {name: column[which] for name, column in group.values.items()}
                parts.append((at[which] - first, group.shape.rows(**values)))
        yield in_order(parts)


def tids_of(exported: Exported, woken: Wakeups) -> tuple[Integers, Integers]:
    """Return the TIDs, as they are written, of who wakes and who is woken."""
    holds = held_cores(exported.trace)
    if holds is None:
        return woken.waker, woken.woken
    people = exported.people
    tids = np.array([*(thread.tid for thread in people.threads), -1], np.int64)
    tids = tids[people(holds.process, holds.tid)]
    return tids[woken.waker], tids[woken.woken]


def _shapes(latest: int) -> tuple[Shape, Shape]:
    """Return the forms of the two kinds of events; names come with the processes and threads."""
    marks, bundle = Marks(), FtraceEventBundle()
    tid, core = width(TIDS), width(1 << 16)
    event = bundle.event.add(timestamp=marks.varint("time", width(latest)), pid=marks.varint("before", tid))
    event.sched_waking.pid = marks.varint("after", tid)
    event.sched_waking.prio, event.sched_waking.success = _PRIORITY, 1
    event.sched_waking.target_cpu = marks.varint("core", core)
    waking = Shape(bundle, marks)
    marks, bundle = Marks(), FtraceEventBundle()
    event = bundle.event.add(timestamp=marks.varint("time", width(latest)), pid=0)
    switch = event.sched_switch
    switch.prev_pid, switch.next_pid = marks.varint("before", tid), marks.varint("after", tid)
    switch.prev_state = marks.varint("state", width(UNKNOWN))
    switch.prev_prio = switch.next_prio = _PRIORITY
    return Shape(bundle, marks), waking
