"""The process of a function that pebble's decorator runs in one of its own: it is a worker with one task."""

from __future__ import annotations

from tracer.instrument.core.names import error_name
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.libraries.connections import stamp_sending
from tracer.instrument.stdlib import channels
from tracer.record import schema
from tracer.record.clock import clock
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def attach(current: Session, _package: ModuleType, module: ModuleType, writer: Any) -> None:
    """Make this process stamp its task; called before `function_handler` runs.

    `module` is `pebble.common.process`. The arguments came with the process.
    """
    channels.claim(writer)
    stamps, came, job = TaskStamps(current, 0), clock(), current.identity.get("first", 0)
    failed_at = 0
    stock = module.process_execute

    def process_execute(function: Any, *args: Any, **kwargs: Any) -> Any:
        stamps.begin(job, 0, came, came, came, 1)
        result = stock(function, *args, **kwargs)
        stamps.ended()
        return result

    def pickled(result: Any, _start: int, end: int, size: int) -> None:
        status, error = schema.OK, 0
        if result.status:
            status = schema.UNPICKLABLE if failed_at else schema.ERROR
            error = current.name(error_name(result.value.exception))
        stamps.done(failed_at or stamps.ended(), end, size, status, error)

    def failed(_result: Any, _start: int, _error: BaseException) -> None:
        nonlocal failed_at
        failed_at = stamps.ended()

    module.process_execute = process_execute  # type: ignore[attr-defined]
    writer.send = stamp_sending(writer, pickled=pickled, failed=failed, sent=lambda *_: stamps.sent())
