"""The status of each task: what became of those that did not end in a result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.tables.columns import Integers

STATUSES = np.array(["ok", "error", "unpicklable", "lost", "broken", "cancelled", "unfinished"], dtype=object)
OK, ERROR, UNPICKLABLE, LOST, BROKEN, CANCELLED, UNFINISHED = range(len(STATUSES))

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Evidence:
    """What is known of each task, one value a row.

    `done` is the status that its worker recorded, -1 where none; `begun` that a worker had begun it;
    `worker_gone` that its worker is a process that has ended; `dismissed` that this one left as it should,
    with results that nobody wanted any more; `answered` that its result was sent or arrived;
    `returned` that it must have come to an end, recorded or not: its result arrived, or its worker went on;
    `unpicklable` that its arguments failed to pickle; `broken` that its pool broke; `cancelled` that its
    future was cancelled.
    """

    done: Integers
    begun: Mask
    worker_gone: Mask
    dismissed: Mask
    answered: Mask
    returned: Mask
    unpicklable: Mask
    broken: Mask
    cancelled: Mask

    def statuses(self, unreadable: Mask) -> Integers:
        """Return an index into `STATUSES` for each task.

        `unreadable` tells those that arrived at a worker, which could not unpickle them.
        """
        finished = self.done >= 0
        status = np.where(finished, self.done, UNFINISHED)
        status[self.worker_gone & self.begun & ~finished & ~self.returned] = LOST
        status[self.worker_gone & finished & ~self.answered & ~self.dismissed] = LOST
        waiting = ~self.begun & ~finished
        status[waiting & self.broken] = BROKEN
        status[self.unpicklable | unreadable] = UNPICKLABLE
        status[self.cancelled] = CANCELLED
        return status
