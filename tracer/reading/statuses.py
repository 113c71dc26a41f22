"""What became of the tasks that did not end in a result (DESIGN 4.1, `status`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.reading.columns import Integers

STATUSES = np.array(["ok", "error", "unpicklable", "lost", "broken", "cancelled", "unfinished"], dtype=object)
OK, ERROR, UNPICKLABLE, LOST, BROKEN, CANCELLED, UNFINISHED = range(len(STATUSES))

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Evidence:
    """What is known of each task, one value a row.

    `done` is the status that its worker recorded, -1 where none; `begun` that a worker had begun it;
    `worker_gone` that its worker is a process that has ended; `answered` that its result was sent or arrived;
    `unpicklable` that its arguments failed to pickle; `sent` when its arguments were written (0: not);
    `pool` its pool; `broken` that this pool broke; `cancelled` that its future was cancelled.
    """

    done: Integers
    begun: Mask
    worker_gone: Mask
    answered: Mask
    unpicklable: Mask
    sent: Integers
    pool: Integers
    broken: Mask
    cancelled: Mask

    def statuses(self, unreadable: Integers) -> Integers:
        """Return an index into `STATUSES` for each task.

        `unreadable` are the pools of those tasks that arrived at a worker, which could not unpickle them: it
        cannot say which they were, but the pipe keeps the order, so they are the first of their pool that
        were sent and never begun.
        """
        finished = self.done >= 0
        status = np.where(finished, self.done, UNFINISHED)
        status[self.worker_gone & self.begun & ~finished] = LOST
        status[self.worker_gone & finished & ~self.answered] = LOST
        waiting = ~self.begun & ~finished
        status[waiting & self.broken] = BROKEN
        for number in np.unique(unreadable):
            queued = np.flatnonzero(waiting & (self.pool == number) & (self.sent != 0))
            first = queued[np.argsort(self.sent[queued], kind="stable")]
            status[first[: int((unreadable == number).sum())]] = UNPICKLABLE
        status[self.unpicklable] = UNPICKLABLE
        status[self.cancelled] = CANCELLED
        return status
