"""A worker of PyTorch's `DataLoader`: stamps in the `get` and `put` of its queues, and in its feeder.

    worker   get ─ wait_start ─ lock_acquired ─ received ─ begin, fetch and collate ─ put ─ run_end, done
    feeder   result_pickled ─ write ─ result_sent

The worker goes on while its feeder pickles and writes. `torch.py` says what this stands on.
"""

from __future__ import annotations

from collections import deque
from functools import partial

from tracer.instrument.core.items import WORTH_NS, ItemStamps
from tracer.instrument.core.patch import stock, unhooked
from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib.messages import sender
from tracer.instrument.stdlib.pool_worker import note_initialized
from tracer.instrument.stdlib.process_executors import FeederBuffer
from tracer.record import schema
from tracer.record.clock import clock, core
from tracer.record.journal import pack_record
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

EPOCH_SHIFT = 24
"""A job is its epoch and its batch's number in it, which stays below 16 million."""


SKIPPED = 16
"""So many batches go by before items are timed again, once those of a batch were not worth it."""


class Numbering(FeederBuffer):
    """Stands for the buffer of a queue: its feeder takes messages from it, whose job becomes `work_id`.

    `label(job, index)` is called for each, where batches are labelled.
    """

    __slots__ = ("_epoch", "_label", "_resume")

    def __init__(self, resume: type, label: Any = None) -> None:
        super().__init__()
        self._resume, self._epoch, self._label = resume, 0, label

    def popleft(self, _popleft: Any = deque.popleft) -> Any:
        """Take the oldest message; IndexError where there is none."""
        item = _popleft(self)
        first = item[0] if type(item) is tuple else item
        self.work_id = None
        if type(first) is int:
            self.work_id = self._epoch << EPOCH_SHIFT | first
            if self._label is not None:
                self._label(self.work_id, item[1])
        elif type(first) is self._resume:
            self._epoch += 1
        self.pickle_start = clock()
        return item


class Timed(list):  # type: ignore[type-arg]
    """The indices of a batch: the first time that they are gone over, their items are timed."""

    __slots__ = ("_stamping",)

    def __init__(self, index: list[Any], stamping: Any) -> None:
        super().__init__(index)
        self._stamping = stamping

    def __iter__(self) -> Any:
        stamping, self._stamping = self._stamping, None
        return super().__iter__() if stamping is None else iter(stamping)

    def __reduce_ex__(self, protocol: object) -> Any:
        return list, (self[:],)


def count(index: Any) -> int:
    """Return how many items a batch was asked to have."""
    return max(len(index), 1) if isinstance(index, (list, tuple)) else 1


def attach(current: Session, package: ModuleType, module: ModuleType, *given: Any) -> None:
    """Make this process's worker stamp its batches; called before `_worker_loop` runs.

    `given` are the queues of indices and of results, the kind of the dataset (0: it has items by index), the
    dataset, whether batches are made of its items, and the program's `worker_init_fn`.
    """
    _Worker(current, package, module, *given)


class _Worker:
    """A worker's stand-ins for its queues' methods; `job` is the batch at hand, -1 where there is none."""

    def __init__(
        self,
        current: Session,
        package: ModuleType,
        module: ModuleType,
        indices: Any,
        results: Any,
        kind: int,
        dataset: Any,
        batches: bool,
        initializer: Any,
    ) -> None:
        self.current, self.package, self.module = current, package, module
        self.stamps, self.held = TaskStamps(current, 0), current.journal().header
        self.indices, self.results, self.initializer = indices, results, initializer
        indices._tracer_pool = results._tracer_pool = current.identity.get("pool")  # here too
        self.attached: tuple[int, int] | None = (clock(), core())
        # A fetcher goes over a list of indices one by one, unless the dataset takes all at once.
        self.timed = bool(batches) and not kind and not _takes_batches(dataset)
        self.job, self.epoch = -1, 0
        self.waited = self.locked = self.received = self.items = self.skipped = 0
        self.chunk: ItemStamps | None = None
        self.indices.get = partial(self._get, stock(type(self.indices).get))
        self.results.put = partial(self._put, stock(type(self.results).put))

    def _get(self, stock: Any, *args: Any, **kwargs: Any) -> Any:
        """Take a message; after a poll in vain the wait goes on."""
        if self.job >= 0:  # it was not asked for any more: the loop has left, or the dataset is exhausted
            self._done(None)
            self._cancel()
        self.waited = self.waited or clock()
        if self.attached is not None:
            self._begin_to_read(*self.attached)
        try:
            message = stock(self.indices, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        if type(message) is tuple:
            number, index = message
            self.job = self.epoch << EPOCH_SHIFT | number
            self.items = count(index)
            self.skipped -= 1
            if self.timed and self.skipped < 0 and type(index) is list and self.items > 1:
                self.chunk = ItemStamps(self.current.journal())
                message = number, Timed(index, self.chunk.over(index))
            self.stamps.begin(self.job, 0, self.waited, self.locked, self.received, self.items)
        else:
            self.held[schema.HEADER_HELD] = 0
            self.epoch += type(message) is self.module._ResumeIteration
        self.waited = self.locked = 0
        return message

    def _begin_to_read(self, start: int, on: int) -> None:
        """Stamp reading, too; called once the queues are this process's own (`Queue._after_fork`)."""
        self.attached = None
        if self.initializer is not None:
            note_initialized(self.current, self.initializer, start, on)
        buffer = Numbering(self.module._ResumeIteration)
        try:
            sending = _answering(self.current, self.package, buffer, self.results._writer)
            self._poll, self._read = unhooked(self.indices._poll), unhooked(self.indices._recv_bytes)
        except AttributeError:  # queues of another make
            return
        self.indices._poll, self.indices._recv_bytes = self._polling, self._reading
        self.results._buffer, self.results._send_bytes = buffer, sending

    def _polling(self, *args: Any) -> Any:
        self.locked = self.locked or clock()
        return self._poll(*args)

    def _reading(self, *args: Any) -> Any:
        message = self._read(*args)
        self.received = self.held[schema.HEADER_HELD] = clock()
        return message

    def _put(self, stock: Any, message: Any, *args: Any, **kwargs: Any) -> None:
        if self.job >= 0:
            self._done(message[1])
            if type(message[1]) is self.module._IterableDatasetStopIteration:
                self._cancel()  # there was no batch any more
            self.job = -1
        stock(self.results, message, *args, **kwargs)

    def _done(self, data: Any) -> None:
        run_end, status, error = self.stamps.ended(), schema.OK, 0
        if type(data) is self.module.ExceptionWrapper:
            status, error = schema.ERROR, self.current.name(getattr(data.exc_type, "__name__", "?"))
        self.stamps.done(run_end, 0, 0, status, error)
        chunk, self.chunk = self.chunk, None
        if chunk is not None:
            chunk.end(run_end)
            if chunk.are_short or run_end - self.received < WORTH_NS * self.items:
                self.skipped = SKIPPED

    def _cancel(self) -> None:
        self.current.record(schema.CANCEL, self.job, clock())
        self.job = -1


def _takes_batches(dataset: Any) -> bool:
    """Tell a dataset that takes all indices of a batch at once, or may: it makes up attributes."""
    own = type(dataset)
    return any(hasattr(own, name) for name in ("__getitems__", "__getattr__")) or (
        "__getitems__" in getattr(dataset, "__dict__", ())
    )


def _answering(current: Session, package: Any, buffer: Numbering, writer: Any) -> Any:
    """Make what stands for the result queue's `send_bytes`, in the worker's feeder."""
    write = sender(writer, package.connection.Connection)
    journal: Any = None

    def send(payload: Any) -> None:
        nonlocal journal
        pickled = clock()
        write(payload)
        sent = clock()
        if buffer.work_id is None:
            return
        if journal is None:
            journal = current.journal()  # of the feeder, the only thread that comes here
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + schema.RECORD_BYTES
        pack_record(journal.buffer, at, buffer.work_id, 0, pickled, sent, len(payload), 0, 0, schema.ANSWER)

    return send
