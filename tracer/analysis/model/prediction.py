"""What a change would bring: the makespan that the model plays, scaled by how well it replays the run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import equals, integers
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.cores.use import cores_allowed
from tracer.analysis.cores.waits import cores_got
from tracer.analysis.intervals import union
from tracer.analysis.model.beside import all_wanted, beside_owner
from tracer.analysis.model.changes import Change
from tracer.analysis.model.consumption import Consumption, consumption
from tracer.analysis.model.measured import measured
from tracer.analysis.model.one_process import one_process_ns
from tracer.analysis.model.schedule import Schedule, schedule
from tracer.analysis.model.simulate import Outcome, simulate
from tracer.analysis.model.waking import NONE, Extra, Waking
from tracer.analysis.model.workload import Workload
from tracer.analysis.starting import starts
from tracer.analysis.structure.pools import Pool
from tracer.record.kinds import kind_of
from tracer.tables.tables import Tables


@dataclass(frozen=True)
class Prediction:
    """A change and what it makes of a pool's makespan (ns); `replay_ns` is the run as the model plays it."""

    change: Change
    measured_ns: float
    replay_ns: float
    predicted_ns: float

    @property
    def replay_error(self) -> float:
        """How far the replay is from the measurement, relative to it."""
        return self.replay_ns / self.measured_ns - 1.0 if self.measured_ns > 0 else 0.0

    @property
    def speedup(self) -> float:
        """How many times faster it would be."""
        return self.measured_ns / self.predicted_ns if self.predicted_ns > 0 else 1.0


PLAYED = 200_000
"""Where there are more tasks, the first `PREFIX` of them are played: what goes for them goes for more."""
PREFIX = 50_000
"""A quarter of a second each time, and a diagnosis asks some twenty times."""


class WhatIf:
    """Asks the model about one pool of a run, the principal one where none is named.

    `load` is None where the trace has no pool that finished a task; `waking` is what it costs on the run's
    machine to wake a reader, where that was measured.
    """

    def __init__(self, trace: Tables, pool: Pool | None = None) -> None:
        self.load: Workload | None = measured(trace, pool)
        allowed = max(cores_allowed(trace), 1)
        # Threads that take turns at the GIL leave cores alone that they could have had.
        turns = self.load is not None and self.load.takes_turns
        self.cores = float(allowed) if turns else cores_got(held_cores(trace), allowed)
        self.waking = Waking.of_machine(trace.meta)
        self.trace = trace

    @cached_property
    def measured_ns(self) -> float:
        """The makespan of the pool: from its first submission to its last delivery."""
        load = self.load
        return 0.0 if load is None else load.measured_ns

    @cached_property
    def consumed(self) -> Consumption | None:
        """What the owner of the pool computed once there were results; None where it only took them."""
        return consumption(self.trace, self.load)

    @cached_property
    def start_method(self) -> str:
        """By what the workers were started: asking for that is asking for the run. Empty: not known."""
        load, frame = self.load, self.trace.processes
        if load is None or load.row is None:
            return ""
        mine = np.isin(integers(frame, "process"), integers(self.trace.tasks, "process")[load.row])
        methods = frame["start_method"][mine & equals(frame, "role", "worker")].dropna().astype(str).unique()
        return str(methods[0]) if len(methods) == 1 else ""

    @cached_property
    def played(self) -> Workload | None:
        """What is played: the workload, of a very long one its first `PREFIX` tasks."""
        load = self.load
        return load if load is None or len(load) <= PLAYED else load.take(np.arange(PREFIX))

    @cached_property
    def with_pool_ns(self) -> float:
        """The makespan, and what it took before that to start the pool's workers (its `start()` calls)."""
        load, found = self.load, starts(self.trace)
        if load is None or load.row is None:
            return self.measured_ns
        mine = found.pool == load.pool
        called = np.minimum(found.called[mine], load.origin_ns)
        returned = np.minimum(found.returned[mine], load.origin_ns)
        return self.measured_ns + float(union(called, returned).length)

    @cached_property
    def one_process(self) -> Prediction | None:
        """The same tasks one after another in the program's own thread; None where there is no pool."""
        load = self.load
        if load is None or load.row is None or not load.pooled or self.with_pool_ns <= 0:
            return None
        whole, own = self.with_pool_ns, 0.0
        if self.consumed is not None:  # what the owner computes on results comes on top, in its one thread
            own = max(self.consumed.computed_ns - self.consumed.tail_ns, 0.0)
        return Prediction(Change(), whole, whole, one_process_ns(load) + own)

    @cached_property
    def replay(self) -> Outcome:
        """The run as the model plays it."""
        return Outcome(0.0, 0.0, 0) if self.played is None else simulate(self.played)

    @property
    def replay_ns(self) -> float:
        """The makespan of the run as the model plays it."""
        return self.replay.makespan_ns

    def __call__(self, change: Change) -> Prediction:
        """Return what the change would bring. Raises ValueError where there is no workload."""
        played = self._play(change)[1].makespan_ns
        whole = self.played is self.load
        if not whole and (change.ready_at_once or change.ready_ns):  # start-up does not grow with the tasks
            predicted = self.measured_ns - (self.replay_ns - played)
        else:
            predicted = played * self._scale
        if self.consumed is not None:  # no change of the pool makes its owner's own loop any shorter
            predicted = max(predicted, min(self.consumed.least_ns, self.measured_ns))
        replay = self.replay_ns if whole else self.measured_ns
        return Prediction(change, self.measured_ns, replay, max(predicted, 0.0))

    @property
    def _scale(self) -> float:
        """How much longer the run was than the model plays it."""
        return self.measured_ns / self.replay_ns if self.replay_ns > 0 else 1.0

    def schedule(self, change: Change) -> Schedule:
        """Return which worker would run which task when, scaled as the prediction is. Raises ValueError."""
        return schedule(*self._play(change), self._scale)

    def _play(self, change: Change) -> tuple[Workload, Outcome]:
        """Play the run with a change; return what was played, and how it ended. Raises ValueError."""
        if self.load is None or self.played is None:
            raise ValueError("no pool finished a task")
        changed = change(self.played, self.cores)
        piped = kind_of(changed.kind).piped and kind_of(self.played.kind).piped
        extra = NONE
        if self.waking is not None and piped and changed is not self.played:
            extra = Extra.of(self.waking, self.replay.asleep, changed.workers >= self.cores)
        outcome = simulate(changed, extra)
        more = all_wanted(changed, outcome) - all_wanted(self.played, self.replay)
        beside = beside_owner(changed, more)
        return (changed, outcome) if beside is changed else (beside, simulate(beside, extra))


@cached
def model_of(trace: Tables) -> WhatIf:
    """Return the model of a run."""
    return WhatIf(trace)
