"""A worker of billiard's pool: stamps in what it receives, and at each message that it puts."""

from __future__ import annotations

from tracer.instrument.core.names import label
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.libraries.billiard.pool import CELERY
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.schema import HEADER_HELD
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def attach(
    current: Session, package: ModuleType, _module: ModuleType, inq: Any, outq: Any, worker: Any
) -> None:
    """Make this process's worker stamp its tasks; called before it runs.

    `package` is billiard.
    """
    mine = _Worker(current, package.pool, worker)
    mine.receive(inq)
    mine.send(outq)
    make_methods, do_exit = worker._make_child_methods, worker._do_exit

    def make_child_methods() -> None:
        make_methods()
        worker.wait_for_job = mine.waiting(worker.wait_for_job)

    def leaving(*args: Any) -> None:
        mine.left()
        do_exit(*args)  # it never returns

    worker._make_child_methods, worker._do_exit = make_child_methods, leaving


class _Worker:
    """What is known of the task in hand, from one step to the next."""

    def __init__(self, current: Session, module: Any, worker: Any) -> None:
        self.current, self.module, self.initializer = current, module, worker.initializer
        self.stamps = TaskStamps(current, 0)
        self.held = current.journal().header
        self.wait_start = self.lock_acquired = self.came = 0
        self.started = (clock(), core()) if worker.initializer is not None else None
        self.task: tuple[int, int, int] | None = None
        self.answer: tuple[int, int] | None = None  # status and error of the result that is being sent
        self.run_end = self.failed_at = 0
        self.of_celery = False

    def receive(self, queue: Any) -> None:
        """Stamp how a task comes."""
        payload_of, reader = queue.get_payload, queue._reader
        recv_bytes = reader.recv_bytes

        def get_payload() -> Any:
            if not self.wait_start:
                self.wait_start = clock()
            self.came = 0
            try:
                return payload_of()
            except BaseException as error:
                conceal(error)
                raise

        def recv(*args: Any) -> Any:
            self.lock_acquired = clock()
            try:
                payload = recv_bytes(*args)
            except BaseException as error:
                conceal(error)
                raise
            self.came = self.held[HEADER_HELD] = clock()  # unpickling may kill this process
            return payload

        queue.get_payload, reader.recv_bytes = get_payload, recv

    def waiting(self, stock: Any) -> Any:
        """Make what stands for the worker's `wait_for_job`."""
        module = self.module
        mapping = module.mapstar, module.starmapstar

        def wait_for_job(*args: Any) -> Any:
            if self.started is not None:
                started, self.started = self.started, None
                record_span(self.current, "initializer", label(self.initializer), *started)
                self.current.note_affinity()
            try:
                message = stock(*args)
            except BaseException as error:
                if self.came and not isinstance(error, SystemExit):
                    commit = schema.BEGIN | schema.UNPICKLABLE << schema.STATUS_SHIFT
                    self.current.record(commit, -1, -1, self.wait_start, self.lock_acquired, self.came)
                self.held[HEADER_HELD] = 0
                conceal(error)
                raise
            if not message:
                return message
            kind, (job, index, function, arguments, keywords) = message
            items = 1
            self.of_celery = getattr(function, "__module__", "") == CELERY
            if function in mapping:
                inner, batch = arguments[0]
                items = len(batch)
                if items > 1:
                    message = kind, (job, index, function, ((inner, self.stamps.items(batch)),), keywords)
            self.task = job, index or 0, items
            return message

        return wait_for_job

    def send(self, queue: Any) -> None:
        """Stamp what the worker puts: that it has a task, which it then runs; and its result."""
        stock, write = queue.put, queue.send_payload
        ack, ready, stamps = self.module.ACK, self.module.READY, self.stamps

        def send_payload(payload: Any) -> None:
            if self.answer is not None:
                status, error = self.answer
                self.answer = None
                stamps.done(self.run_end, clock(), len(payload), status, error)
            try:
                write(payload)
            except BaseException as error:
                conceal(error)
                raise

        def put(message: Any) -> None:
            kind = message[0]
            if kind == ready:
                self.run_end = self.failed_at or stamps.ended()
                self.answer = self._outcome(message[1][2])
            try:
                stock(message)
            except BaseException as error:
                conceal(error)
                if self.answer is not None:  # it could not be pickled; what is put next says so
                    self.failed_at, self.answer = self.run_end, None
                raise
            if kind == ready:
                self.failed_at = 0
                stamps.sent()
            elif kind == ack and self.task is not None:
                (job, index, items), self.task = self.task, None
                stamps.begin(job, index, self.wait_start, self.lock_acquired, self.came, items)
                self.wait_start = 0

        queue.put, queue.send_payload = put, send_payload

    def _outcome(self, result: Any) -> tuple[int, int]:
        """Return the status of a result, and the number of its error's name."""
        succeeded, value = result
        if self.failed_at:
            return schema.UNPICKLABLE, 0
        if succeeded and self.of_celery and type(value) is tuple and value and value[0] == 1:
            succeeded, value = False, value[1]  # the task raised, and celery has handled that
        if succeeded:
            return schema.OK, 0
        error = getattr(getattr(value, "type", None), "__name__", None) or type(value).__name__
        return schema.ERROR, self.current.name(error)

    def left(self) -> None:
        """The worker is about to leave, past all that a process does at its end."""
        current = self.current
        current.record(schema.STAGE, schema.TARGET_END, clock())
        current.record_unsent()
        current.enter_children()
