"""A worker of joblib's pool of processes, whose queues pickle in their own way, under their locks."""

from __future__ import annotations

from tracer.instrument.core import names
from tracer.instrument.core.queue_stamps import stamped_get, stamped_put
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.stdlib import channels
from tracer.instrument.stdlib.pool_worker import failure, initialization, stamp_failures, timing
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def attach(
    current: Session, package: ModuleType, module: ModuleType, inqueue: Any, outqueue: Any, initializer: Any
) -> None:
    """Make this process's worker stamp its tasks; `module` is `multiprocessing.pool`."""
    channels.claim_queues(inqueue, outqueue)
    stamps = TaskStamps(current, 0)
    timed = timing(module, stamps.items)

    def taken(task: Any) -> tuple[Any, int, int, int]:
        task, items = timed(task)
        return task, task[0], task[1], items

    inqueue.get = stamped_get(current, inqueue, stamps, taken, initialization(current, initializer))
    outqueue.put = stamped_put(current, outqueue, stamps, failure)
    for carrier in (module.ExceptionWithTraceback, *names.RETURNED):
        stamp_failures(carrier, stamps)
