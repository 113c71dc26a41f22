"""The workload: the tasks of one pool in the order of their dispatch, and what each step of each one takes.

    sender     submitted ─ make ─ serialize ─► pipe (room for `PIPE_BYTES`) ─ written
    worker                                      ready ─ receive ─ work, rest ─► result ─ reply ─ gap
    receiver                                                                            collect

Every duration is what the step took beyond what the model makes it wait for anyway; so the measured workload
replays as the run that it was taken from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tracer.analysis.columns import Floats, Integers
from tracer.analysis.model.contention import Toll
from tracer.analysis.model.starts import Starts
from tracer.record.kinds import kind_of

PIPE_BYTES = 65_536
"""What a pipe holds on Linux (pipe(7)); a message that is larger passes while its reader reads."""
SMALL_MESSAGE_NS = 10_000.0
"""What a step costs a message however small it is, at most; less where a small one took less."""
SUBMIT_NS = 100_000.0
"""A call to `submit` takes some tens of microseconds; what takes longer is the program's own work between."""

TIMES = ("make", "serialize", "write", "receive", "work", "rest", "reply", "gap", "collect")


@dataclass(frozen=True)
class Workload:
    """Arrays with one element a task, in the order of dispatch; durations in nanoseconds.

    burst      which burst of submissions the task belongs to: one begins once all before it is delivered
    after      submitted so long after its burst began
    follows    or else `lag` after this task (its place here) was delivered: the program hands over one when
               another is done; -1 where it does not. None where none does
    make       the program's iterable, and the pool's own code, made it
    serialize  its arguments were pickled
    write      and written; of a message larger than the pipe: after its reader's end, negative where the
               rest fitted into the pipe and the writer went on before that
    receive    a worker read the message
    work       unpickling, the function's time on a core, pickling of the result: needs a core
    rest       the function's time off the cores: locks, I/O, sleep
    reply      the result was written
    gap        until the worker waited for its next task
    collect    the owner's thread received, unpickled and delivered the result
    items, args_bytes, result_bytes, job   as in the table of tasks; tasks of a job could be in one chunk

    `ready` holds when each worker first waited, from the start of the makespan; `think` how long after the
    end of the one before each burst began. `cores`, those that other programs left, share the work; `ahead`
    is how many tasks may be in the pipe beside those that run (None: as many as there is room for). `kind` is
    the pool's, `pool` its number, `measured_ns` its makespan from
    `origin_ns` on; `row` each task's place in `trace.tasks`;
    `unpickle` and `pack` are the parts of `work` that go with a message; `toll` tells what its owner's
    threads cost each task; `making_cores` how many cores they held to make tasks while the workers wanted
    all. `starts` says how workers came.
    """

    kind: str
    burst: Integers
    after: Floats
    make: Floats
    serialize: Floats
    write: Floats
    receive: Floats
    work: Floats
    rest: Floats
    reply: Floats
    gap: Floats
    collect: Floats
    items: Integers
    args_bytes: Floats
    result_bytes: Floats
    job: Integers
    ready: Floats
    think: Floats
    cores: float
    ahead: int | None
    unpickle: Floats
    pack: Floats
    measured_ns: float
    origin_ns: float = 0.0
    pool: int = 0
    row: Integers | None = None
    toll: Toll | None = None
    making_cores: float = 0.0
    starts: Starts | None = None
    follows: Integers | None = None
    lag: Floats | None = None

    def __len__(self) -> int:
        return int(self.burst.size)

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return int(self.ready.size)

    @property
    def known(self) -> bool:
        """Whether it can be played: there are tasks and workers, and every number is one."""
        times = (self.after, self.args_bytes, self.result_bytes, *(getattr(self, name) for name in TIMES))
        times = times if self.lag is None else (*times, self.lag)
        every = (*times, self.unpickle, self.pack, self.ready, self.think, np.array([self.cores]))
        finite = all(bool(np.isfinite(values).all()) for values in every)
        return len(self) > 0 and self.workers > 0 and finite and 0 < self.measured_ns < np.inf

    @property
    def threaded(self) -> bool:
        """Whether the workers are threads of one process."""
        return kind_of(self.kind).threaded

    @property
    def takes_turns(self) -> bool:
        """Whether they take turns at one interpreter's lock (GIL)."""
        return kind_of(self.kind).takes_turns

    @property
    def pooled(self) -> bool:
        """Whether the workers are a pool's; else each of them is what the program started itself."""
        return kind_of(self.kind).pooled

    @property
    def written(self) -> bool:
        """Whether the program's own code puts and takes the tasks, without a pool."""
        return kind_of(self.kind).written

    def take(self, rows: Integers) -> Workload:
        """Return the workload with these tasks, in this order."""
        names = [name for name, value in vars(self).items() if _by_task(name, value)]
        toll = None if self.toll is None else self.toll.each(lambda cost: cost[:, rows])
        taken = replace(self, toll=toll, **{name: getattr(self, name)[rows] for name in names})
        if taken.follows is None:
            return taken
        place = np.full(len(self) + 1, -1)  # the last is for -1, "none"
        place[rows] = np.arange(rows.size)
        follows = place[taken.follows]
        # What would have to come after one that now comes later is handed over when it was.
        return replace(taken, follows=np.where(follows < np.arange(rows.size), follows, -1))


def _by_task(name: str, value: Any) -> bool:
    return isinstance(value, np.ndarray) and name not in ("ready", "think")
