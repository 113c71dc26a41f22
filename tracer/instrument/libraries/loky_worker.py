"""A loky executor's worker: the call queue is the standard library's, results go by loky's own pickler."""

from __future__ import annotations

from tracer.instrument.core.queue_stamps import stamped_put
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.stdlib import channels
from tracer.instrument.stdlib.executor_worker import failure, stamped_get
from tracer.instrument.stdlib.messages import sender
from tracer.instrument.stdlib.pool_worker import stamp_failures
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
    call_queue.get = stamped_get(current, package, module, call_queue, stamps, initializer)
    result_queue.put = stamped_put(
        current,
        result_queue,
        stamps,
        failure,
        kind=module._ResultItem,  # else the PID of a worker that leaves, …
        write=_writing(result_queue._writer, package.connection.Connection),
    )
    stamp_failures(module._ExceptionWithTraceback, stamps)


def _writing(connection: Any, stock: type) -> Callable[[Any], None]:
    send, kind = sender(connection, stock), type(connection)

    def write(payload: Any) -> None:
        try:
            send(payload)
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.sending_bytes(error, kind, len(payload))
            raise

    return write
