"""A loky executor's worker: it asks for tasks with a timeout, and pickles results by loky's pickler."""

from __future__ import annotations

from tracer.instrument.core.queue_stamps import stamped_get, stamped_put
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.stdlib import channels
from tracer.instrument.stdlib.executor_worker import failure, timing
from tracer.instrument.stdlib.pool_worker import initialization, stamp_failures
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def attach(
    current: Session,
    package: ModuleType,
    module: ModuleType,
    call_queue: Any,
    result_queue: Any,
    initializer: Any,
) -> None:
    """Make this process's worker stamp its tasks; `module` is `loky.process_executor`."""
    channels.claim_queues(call_queue, result_queue)
    stamps = TaskStamps(current, 0)
    timed = timing(module, stamps.items)

    def taken(item: Any) -> tuple[Any, int, int, int]:
        return item, item.work_id, 0, timed(item)

    call_queue.get = stamped_get(current, call_queue, stamps, taken, initialization(current, initializer))
    result_queue.put = stamped_put(
        current,
        result_queue,
        stamps,
        failure,
        kind=module._ResultItem,  # else the PID of a worker that leaves, …
        pickles_first=True,
    )
    stamp_failures(module._ExceptionWithTraceback, stamps)
