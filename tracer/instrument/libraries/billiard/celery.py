"""celery's `AsynPool`: a billiard pool that main serves from its event loop, without threads."""

from __future__ import annotations

from tracer.instrument.core.patch import Patches, replace_known
from tracer.instrument.core.tracebacks import after, conceal
from tracer.instrument.libraries.billiard.pool import WORKER, stamps_of
from tracer.instrument.stdlib import processes
from tracer.record import schema
from tracer.record.clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `celery.concurrency.asynpool` in place."""
    processes.TARGETS[module.__name__, module.Worker.__name__] = "worker", WORKER
    replace_known(patches, module.AsynPool, "_create_write_handlers", after(_follow_tasks))


def _follow_tasks(pool: Any) -> None:
    if stamps_of(pool) is not None:
        pool._quick_put = _stamped_put(pool, pool._quick_put)


def _stamped_put(pool: Any, stock: Any) -> Any:
    """Make what stands for `_quick_put`: it pickles a task, which is written when a worker can take it."""
    cache = pool._cache

    def put(message: Any) -> None:
        start = clock()
        try:
            stock(message)
        except BaseException as error:
            conceal(error)
            raise
        job, index, *_ = message[1]
        result = cache.get(job)
        stamps = stamps_of(result)
        if stamps is not None:
            size = result._payload[2] if result._payload else 0
            stamps.current.record(schema.DISPATCH | stamps.commit, job, index or 0, start, clock(), 0, size)

    return put
