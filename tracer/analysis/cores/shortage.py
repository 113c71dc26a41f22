"""Shortage: a thread could run and had no core. Was it a sibling, or another program, that had the core?

core 0     ███ a ███████████████████████   the program's
core 1     ███ b ███┄┄┄┄┄┄┄┄┄███ c ██████   ┄ nobody's of the program: another program, or the machine's host
thread c   ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄███ c ██████   without a core
           siblings ▲        ▲ others

At any instant a program that may use N cores holds h of them, and w more of its threads could run. Others
hold o of the rest. Without them the first o of the w would run, and the rest would wait for siblings: of each
thread's wait the part min(o, w) / w is due to others, and the rest to siblings. Where the kernel told of
every program (the table `others`), o is known; else it is N − h: no core is idle while a thread waits for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, first_known, floats, integers, look_up
from tracer.analysis.cores.slices import PREEMPTED, HeldCores, held_cores
from tracer.analysis.cores.use import allowed_cores
from tracer.analysis.intervals import Cover, union
from tracer.analysis.structure.runs import makespan
from tracer.tables.tables import Tables

SWITCH_NS = 50_000.0
"""A core that changes hands within the program is nobody's for some microseconds: no other program's."""


@dataclass(frozen=True)
class Demand:
    """What the threads that may use the same cores had and wanted: step functions from `time_ns[i]` on.

    `held` counts those of the `cores` that the program held, `others` those that others did, `waiting` the
    threads without one.
    """

    cores: Integers
    time_ns: Floats
    held: Floats
    others: Floats
    waiting: Floats

    @property
    def taken(self) -> Floats:
        """How many cores others had that a waiting thread could have used, from each instant on."""
        return np.minimum(self.others, self.waiting)

    @property
    def due_to_others(self) -> Floats:
        """Which part of a thread's wait is due to others; one that no switch shows waits alone."""
        alone = np.maximum(self.waiting, 1.0)
        return np.minimum(self.others, alone) / alone

    def changes(self) -> tuple[Floats, Booleans]:
        """Return the instants at which it changes whether others have a core, and whether they have.

        A bar has one look: unlike `due_to_others` this does not ask how many wait.
        """
        if not self.time_ns.size:
            return np.zeros(1), np.ones(1, np.bool_)
        time, theirs = _merged(self.time_ns, self.others > 0)
        brief = np.append(np.diff(time) < SWITCH_NS, False)
        return _merged(time, theirs & ~brief)

    def taken_when(self) -> Cover[np.float64]:
        """When others had a core that a thread waited for; what is briefer than a switch is left out."""
        theirs = np.flatnonzero(self.taken[:-1] > 0)
        found = union(self.time_ns[theirs], self.time_ns[theirs + 1])
        long = found.end - found.start >= SWITCH_NS
        return Cover(found.start[long], found.end[long])

    def integral(self, values: Floats, time: Floats) -> Floats:
        """Return the integral of a step function of this demand up to each time (ns)."""
        if not self.time_ns.size:
            return np.zeros(time.size)
        steps = np.append(0.0, np.cumsum(values[:-1] * np.diff(self.time_ns)))
        return np.asarray(np.interp(time, self.time_ns, steps), np.float64)


@dataclass(frozen=True)
class Shortage:
    """Who had the cores that threads were without. `group` is each process's place in `demands`.

    `process` are numbers of processes; one that is not there, or has no group (-1), is not known.
    """

    process: Integers
    group: Integers
    demands: tuple[Demand, ...]

    def due_to_others(self, process: Integers, start: Floats, end: Floats) -> Floats:
        """Return for how long, from `start` to `end` (ns), a waiting thread's wait was due to others.

        `process` is whose thread it is; 0 where that is not known.
        """
        result = np.zeros(start.size)
        group = self._group_of(process)
        for place, demand in enumerate(self.demands):
            mine = np.flatnonzero((group == place) & (end > start))
            part = demand.due_to_others
            result[mine] = demand.integral(part, end[mine]) - demand.integral(part, start[mine])
        return result

    def parted(
        self, process: Integers, start: Floats, end: Floats
    ) -> tuple[Integers, Floats, Floats, Booleans]:
        """Cut intervals where it changes whether others had a core; return rows, ends, and whether.

        `process` is whose thread waited in each interval; of one that is not known siblings had it.
        """
        group, rows, parts = self._group_of(process), [], []
        for place in range(-1, len(self.demands)):
            mine = np.flatnonzero((group == place) & (end > start))
            cuts, theirs = (
                self.demands[place].changes() if place >= 0 else (np.zeros(1), np.zeros(1, np.bool_))
            )
            if not mine.size:
                continue
            first = np.maximum(np.searchsorted(cuts, start[mine], side="right") - 1, 0)
            many = np.maximum(np.searchsorted(cuts, end[mine], side="left") - first, 1)
            row = np.repeat(mine, many)
            piece = np.arange(row.size) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
            since = np.maximum(np.where(piece == np.repeat(first, many), -np.inf, cuts[piece]), start[row])
            until = np.minimum(np.append(cuts, np.inf)[piece + 1], end[row])
            rows.append(row)
            parts.append((since, until, theirs[piece]))
        if not rows:
            return np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.bool_)
        since, until, theirs = (np.concatenate(column) for column in zip(*parts, strict=True))
        return np.concatenate(rows), since, until, theirs

    def _group_of(self, process: Integers) -> Integers:
        return np.nan_to_num(look_up(self.process, process, self.group.astype(np.float64)), nan=-1.0).astype(
            np.int64
        )

    def demand_of(self, process: Integers) -> Demand | None:
        """Return the demand of most of these processes: those bound to other cores are left out."""
        group = self._group_of(process)
        known = group[group >= 0]
        return self.demands[int(np.bincount(known).argmax())] if known.size else None

    def stood_still_ns(self, process: Integers, window: tuple[float, float]) -> float:
        """Return how much longer the window is than with all the cores that these processes wanted (ns).

        At an instant a program goes on at the rate of the cores that it has over those that it would have
        without others.
        """
        demand = self.demand_of(process)
        if demand is None:
            return 0.0
        had = np.minimum(demand.held, demand.cores.size)
        lost = np.where(demand.taken > 0, demand.taken / np.maximum(had + demand.taken, 1.0), 0.0)
        return float(np.diff(demand.integral(lost, np.array(window, np.float64)))[0])

    def taken_ns(self, window: tuple[float, float]) -> float:
        """Return how long others had cores that the program wanted, all cores together (ns)."""
        ends = np.array(window, np.float64)
        return sum(float(np.diff(one.integral(one.taken, ends))[0]) for one in self.demands)


@cached
def shortage(trace: Tables) -> Shortage | None:
    """Return who had the cores; None without every switch, or where no core is known to be allowed."""
    holds, everywhere = held_cores(trace), allowed_cores(trace)
    if holds is None or not holds.exact:
        return None
    process = np.unique(holds.process)
    sets = _allowed(trace, process, tuple(everywhere.tolist()))
    kinds = sorted({one for one in sets if one})
    if not kinds:
        return None
    group = np.array([kinds.index(one) if one else -1 for one in sets], np.int64)
    thread, start, end = _waits(trace, holds)
    of_wait = group[np.searchsorted(process, holds.process[thread])]
    demands = tuple(
        _demand(trace, holds, np.array(cores), start[of_wait == place], end[of_wait == place])
        for place, cores in enumerate(kinds)
    )
    return Shortage(process, group, demands)


@cached
def others_share(trace: Tables) -> float | None:
    """Return which part of the cores others had while the program wanted them, of makespan × allowed cores.

    None where that is not known.
    """
    found, span, cores = shortage(trace), makespan(trace), allowed_cores(trace).size
    if found is None or span is None or span[1] <= span[0] or not cores:
        return None
    return min(found.taken_ns(span) / ((span[1] - span[0]) * cores), 1.0)


def _merged(time: Floats, values: Booleans) -> tuple[Floats, Booleans]:
    """Return a step function with its changes alone."""
    opens = np.append(True, values[1:] != values[:-1])
    return time[opens], values[opens]


def _allowed(trace: Tables, process: Integers, everywhere: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the cores that each process might use, those of the run where it did not say."""
    said: dict[int, tuple[int, ...]] = {}
    frame = trace.processes
    for number, cores in zip(integers(frame, "process").tolist(), frame["affinity"], strict=True):
        if cores is not None and np.size(cores):
            known = np.atleast_1d(np.asarray(cores, np.float64))
            said[number] = tuple(sorted({int(core) for core in known if core == core}))
    return [said.get(one) or everywhere for one in process.tolist()]


def _waits(trace: Tables, holds: HeldCores) -> tuple[Integers, Floats, Floats]:
    """Return when each thread could run and had no core: its place, from when to when.

    A thread that never came back waited until its process's exit; without one it is not known for how long.
    """
    gaps = holds.gaps(PREEMPTED)
    thread, start = holds.apart(gaps.start)
    end = (start + (gaps.end - gaps.start)).astype(np.float64)
    last = gaps.end % holds.room == holds.room - 1
    if last.any():
        frame = trace.processes
        exited = look_up(integers(frame, "process"), holds.process[thread[last]], floats(frame, "exited"))
        end[last] = np.minimum(first_known(exited, start[last].astype(np.float64)), end[last])
    return thread, start.astype(np.float64), end


def _demand(trace: Tables, holds: HeldCores, cores: Integers, start: Floats, end: Floats) -> Demand:
    """Return the demand of those that may use these cores, and waited from `start` to `end`."""
    there = np.isin(holds.core, cores)
    theirs = trace.others[np.isin(integers(trace.others, "core"), cores)]
    solid = end > start
    begins = holds.start[there], integers(theirs, "start"), start[solid]
    ends = holds.end[there], integers(theirs, "end"), end[solid]
    time, place = np.unique(np.concatenate([*begins, *ends]).astype(np.float64), return_inverse=True)
    parts = np.split(place.ravel(), np.cumsum([one.size for one in (*begins, *ends)])[:-1])

    def level(which: int) -> Floats:
        up, down = (np.bincount(part, minlength=time.size) for part in (parts[which], parts[which + 3]))
        return np.cumsum(up - down).astype(np.float64)

    held, others = level(0), level(1)
    if not len(trace.others):
        others = np.maximum(cores.size - held, 0.0)
    return Demand(cores, time, held, others, level(2))
