"""A worker of pebble's `ProcessPool`: stamps at its end of the channel, and at the channel's lock."""

from __future__ import annotations

from tracer.instrument.core.names import error_name
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.libraries.connections import stamp_receiving, stamp_sending
from tracer.instrument.stdlib import channels
from tracer.instrument.stdlib.pool_worker import note_initialized
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.schema import HEADER_HELD
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def attach(current: Session, _package: ModuleType, module: ModuleType, channel: Any, parameters: Any) -> None:
    """Make this process's worker stamp its tasks; called before `worker_process` runs.

    `module` is `pebble.pool.process`.
    """
    channels.claim(channel.reader, channel.writer)
    worker = _Worker(current, module, parameters.initializer)
    channel.poll = worker.polling(channel.poll)
    channel.mutex.acquire = worker.acquiring(channel.mutex.acquire)
    channel.reader.recv = stamp_receiving(
        channel.reader, received=worker.received, unpickled=worker.unpickled, unreadable=worker.unreadable
    )
    channel.writer.send = stamp_sending(
        channel.writer, pickled=worker.pickled, failed=worker.unpicklable, sent=worker.sent
    )
    module.process_execute = worker.executing(module.process_execute)  # type: ignore[attr-defined]


class _Worker:
    """What is known of the task in hand, from one step to the next."""

    def __init__(self, current: Session, module: ModuleType, initializer: Any) -> None:
        self.current, self.module, self.initializer = current, module, initializer
        self.stamps = TaskStamps(current, 0)
        self.held = current.journal().header
        self.wait_start = self.lock_acquired = self.came = self.failed_at = 0
        self.started = (clock(), core()) if initializer is not None else None
        self.task: Any = None
        self.chunk: Any = None  # what runs the chunk that the task is
        self.item_error = ""

    def polling(self, stock: Any) -> Any:
        """Make what stands for the channel's `poll`: there a worker waits, for all of them wake up."""

        def poll(timeout: float | None = None) -> bool:
            if not self.wait_start:
                self.wait_start = clock()
                if self.started is not None:
                    note_initialized(self.current, self.initializer, *self.started)
                    self.started = None
            try:
                return bool(stock(timeout))
            except BaseException as error:
                conceal(error)
                raise

        return poll

    def acquiring(self, stock: Any) -> Any:
        """Make what stands for `acquire` of the channel's lock."""

        def acquire(*args: Any, **kwargs: Any) -> bool:
            try:
                acquired = bool(stock(*args, **kwargs))
            except BaseException as error:
                conceal(error)
                raise
            self.lock_acquired = clock()
            return acquired

        return acquire

    def received(self, came: int) -> None:
        """The bytes of a task are there; to unpickle them may kill this process."""
        self.came = self.held[HEADER_HELD] = came

    def unpickled(self, message: Any, _came: int) -> None:
        """A task is there, which is to be acknowledged first."""
        self.task = message

    def unreadable(self, came: int) -> None:
        """Its arguments failed to unpickle: this process ends."""
        commit = schema.BEGIN | schema.UNPICKLABLE << schema.STATUS_SHIFT
        self.current.record(commit, -1, -1, self.wait_start, self.lock_acquired, came)

    def _begin(self) -> None:
        payload, items = self.task.payload, 1
        process_chunk = self.module.process_chunk
        self.chunk, self.item_error = None, ""
        if payload.function is process_chunk:
            self.chunk = process_chunk
            function, batch = payload.args
            items = len(batch)
            payload.args = function, self.stamps.items(batch)
        self.stamps.begin(self.task.id, 0, self.wait_start, self.lock_acquired, self.came, items)
        self.wait_start, self.failed_at, self.task = 0, 0, None

    def executing(self, stock: Any) -> Any:
        """Make what stands for `process_execute`, which runs the function of a task, or of an item of one."""

        def process_execute(function: Any, *args: Any, **kwargs: Any) -> Any:
            result = stock(function, *args, **kwargs)
            if not self.chunk or function is self.chunk:
                self.stamps.ended()
            elif result.status:
                self.item_error = self.item_error or error_name(result.value.exception)
                self.stamps.item_failed()
            return result

        return process_execute

    def pickled(self, message: Any, _start: int, end: int, size: int) -> bool:
        """An acknowledgement or a result is about to be written; return whether it is a result."""
        if hasattr(message, "worker"):
            return False
        result = getattr(message, "result", None)
        status, error = schema.OK, 0
        if self.failed_at:
            status, error = schema.UNPICKLABLE, self.current.name(error_name(message.error))
        elif self.item_error:
            status, error = schema.ERROR, self.current.name(self.item_error)
        elif result is not None and result.status:
            status, error = schema.ERROR, self.current.name(error_name(result.value.exception))
        self.stamps.done(self.failed_at or self.stamps.ended(), end, size, status, error)
        return True

    def unpicklable(self, message: Any, _start: int, _error: BaseException) -> None:
        """A result could not be pickled: what is sent next says so."""
        if not hasattr(message, "worker"):
            self.failed_at = self.stamps.ended()

    def sent(self, is_result: bool, _message: Any, _now: int) -> None:
        """The write has returned."""
        if is_result:
            self.stamps.sent()
        elif self.task is not None:
            self._begin()
