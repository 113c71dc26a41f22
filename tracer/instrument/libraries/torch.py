"""Hooks on PyTorch's `DataLoader` with workers: each batch is a task.

    loop     _try_put_index ─ submitted      _next_data ┄┄ data wait ┄┄ delivered
    feeder   of each worker's index queue ─ pickle_start ─ pickle_end ─ write ─ sent
    worker   get ─ wait_start ─ received ─ fetch and collate: run_start ─ run_end ─ put
    feeder   of the worker: result_pickled ─ write ─ result_sent
    loop, or the thread that pins memory: get ─ result_received ─ result_unpickled ┄ kept until its turn

Tried with 2.13. It stands on the arguments of `_utils.worker._worker_loop`, and its messages
`(number, indices)`, `(number, data)`, `_ResumeIteration`, `_IterableDatasetStopIteration` and None; on
`_try_put_index`, `_next_data`, `_send_idx`, `_rcvd_idx`, `_in_order` and `_worker_result_queue` of the
iterators; and on `multiprocessing.Queue`, whose methods and pipes get stand-ins on the instances. Nothing of
torch is imported.

A batch's number begins at 0 in each epoch, and the workers may stay (`persistent_workers`):
`_ResumeIteration` comes through every queue between two epochs, so that each end counts them by itself.
"""

from __future__ import annotations

import sys
import weakref
from functools import partial
from threading import local

from tracer.instrument.core import labels, names
from tracer.instrument.core.patch import Patches, named_only
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.libraries.torch_worker import EPOCH_SHIFT, Numbering
from tracer.instrument.stdlib import processes, threads
from tracer.instrument.stdlib.process_executors import stamped_send
from tracer.record import schema, session
from tracer.record.clock import clock, core
from tracer.record.kinds import DATA_WAIT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from tracer.record.session import Unsent

_WORKER = "torch.utils.data._utils.worker"
_PINNING = "torch.utils.data._utils.pin_memory"


def hook(patches: Patches, module: ModuleType, kind: str = "") -> None:
    """Put the hooks on `torch.utils.data.dataloader` in place, for pools of this kind.

    And those on `torch.multiprocessing.reductions`, which may be loaded before or after.
    """
    if not kind:
        for rebuild in (module.rebuild_storage_fd, module.rebuild_storage_filename):
            patches.replace(module, rebuild.__name__, _counting)
        return
    worker = sys.modules[_WORKER]
    target = _WORKER, worker._worker_loop.__name__
    threads.ROLES[f"{_PINNING}.{sys.modules[_PINNING]._pin_memory_loop.__name__}"] = "pin_memory"
    stamper = f"{__name__}_worker"
    processes.TARGETS[target] = "worker", stamper
    processes.GIVEN[stamper] = partial(_given, kind, worker)
    names.WRAPPED["torch.utils.data.dataset", "Subset"] = lambda subset: subset.dataset
    patches.replace(module._MultiProcessingDataLoaderIter, "_try_put_index", _try_put_index)
    patches.replace(module._MultiProcessingDataLoaderIter, "_next_data", _next_data)
    patches.replace(module._SingleProcessDataLoaderIter, "_next_data", _next_data)


class Loader:
    """What one iterator of a `DataLoader` does in its own process; hangs on its queue of results.

    `kept` are the batches that have arrived and wait for their turn, by job: the words of their records, and
    which of them tells when they were delivered. `shared` are the bytes that they have in shared memory.
    """

    def __init__(self, current: Session, pool: int, worker: ModuleType, process: Any) -> None:
        dataset_kind, dataset = process._args[:2]
        self.current, self.pool, self.worker = current, pool, worker
        self.name = _named(dataset)
        self.function = current.name(session.shorten(_function(dataset_kind, dataset)))
        self.workers = process._args[11]
        self.dataset, self.iterable = dataset, bool(dataset_kind)
        self.label = labels.writer(current, pool, _rows)
        self.epoch = self._resumed = 0
        self.kept: dict[int, tuple[memoryview, int]] = {}
        self.shared: dict[int, int] = {}
        self.unsent: dict[int, Unsent] = {}
        current.unsent.append(self.unsent)

    def follow_indices(self, queue: Any, package: Any) -> None:
        """Stamp what the feeder of a worker's queue of indices does."""
        label = None if self.label is None or self.iterable else self._label
        sending = _Sending(self.current, self.pool, Numbering(self.worker._ResumeIteration, label))
        queue._buffer = sending.buffer
        queue._send_bytes = stamped_send(sending, package, queue._writer, self.unsent)
        queue._tracer_pool = self.current.uid, self.pool

    def _label(self, job: int, rows: Any) -> None:
        if self.label is not None and session.current is self.current:
            self.label.several(job, 0, [(self.dataset, (rows,), {})])

    def follow_results(self, queue: Any) -> None:
        """Stamp what is taken from the queue of results."""
        find, stock, read = weakref.ref(queue), type(queue).get, queue._recv_bytes
        resume, stop = self.worker._ResumeIteration, self.worker._IterableDatasetStopIteration
        current, commit = self.current, schema.RESULT | self.pool << schema.POOL_SHIFT
        late_word = schema.LATE[schema.RESULT]
        received = 0

        def receive(*args: Any) -> Any:
            nonlocal received
            message = read(*args)
            received = clock()
            _sharing.count = 0
            return message

        def get(*args: Any, **kwargs: Any) -> Any:
            try:
                message = stock(find(), *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise
            unpickled = clock()
            first = message[0]
            if type(first) is int and session.current is current:
                job = self.epoch << EPOCH_SHIFT | first
                words, at = current.journal().append(commit, job, 0, received, unpickled)
                if type(message[1]) is not stop:
                    self.kept[job] = words, at + late_word
                    self.shared[job] = _sharing.count
            elif type(first) is resume:
                self._resumed += 1
                if self._resumed % self.workers == 0:  # of the epoch before there is nothing more
                    self.epoch += 1
                    self.kept.clear()
                    self.shared.clear()
            return message

        queue._recv_bytes, queue.get = receive, get
        queue._tracer_loader, queue._tracer_pool = self, (current.uid, self.pool)

    def submitting(self, number: int) -> int:
        """Note that a batch is being asked for, which its feeder may send at any time; return its job."""
        job = self.epoch << EPOCH_SHIFT | number
        self.unsent[job] = self.current.uid, self.pool, job, clock(), self.function, 0
        return job

    def delivered(self, iterator: Any) -> int:
        """Note that the loop has got a batch; return which (`schema.BATCH_BITS`), 0 where it got none."""
        job = self.epoch << EPOCH_SHIFT | max(iterator._rcvd_idx - 1, 0)
        if not iterator._in_order:  # each as it came
            job = next(iter(self.kept), -1)
        words, at = self.kept.pop(job, (None, 0))
        if words is None:
            return 0
        words[at] = clock()
        return _batch(job & (1 << EPOCH_SHIFT) - 1, self.shared.pop(job, 0))


class _Sending:
    """What `stamped_send` asks of the owner of a queue."""

    __slots__ = ("buffer", "current", "pool")

    def __init__(self, current: Session, pool: int, buffer: Numbering) -> None:
        self.current, self.pool, self.buffer = current, pool, buffer


class _Sharing(local):
    """How many bytes in shared memory came with the message that this thread unpickles."""

    count = 0


_sharing = _Sharing()


def _counting(original: Any) -> Any:
    """Count the bytes of a storage that is rebuilt: its size is the only number among the arguments."""

    def rebuild(cls: Any, *args: Any) -> Any:
        _sharing.count += next((one for one in args if type(one) is int), 0)
        try:
            return original(cls, *args)
        except BaseException as error:
            conceal(error)
            raise

    return rebuild


def _given(kind: str, worker: ModuleType, process: Any) -> tuple[Any, ...]:
    """Return what a worker's stamps need: its queue of indices comes first, which bears its pool.

    In the owner, before the worker is started, the queues are followed; the first worker opens the pool.
    """
    current = session.current
    try:
        dataset_kind, dataset, indices, results, _, batches = process._args[:6]
        given = indices, results, dataset_kind, dataset, batches, process._args[9]
        if current is None or process._parent_pid != current.pid or named_only(process):
            return given
        loader = getattr(results, "_tracer_loader", None)
        if loader is None or loader.current is not current:
            loader = Loader(current, current.open_pool(kind, process._args[11]), worker, process)
            loader.follow_results(results)
        if type(indices._buffer) is not Numbering:
            loader.follow_indices(indices, sys.modules["multiprocessing"])
    except Exception:  # queues of another make: its tasks are not seen, which the trace says
        return (None,)
    return given


def _function(dataset_kind: int, dataset: Any) -> str:
    """Return what a batch comes from, as the program's author knows it: `Squares.__getitem__`."""
    own = type(names.unwrapped(dataset))
    whole = "__getitems__" if hasattr(own, "__getitems__") else "__getitem__"
    return f"{own.__qualname__}.{'__iter__' if dataset_kind else whole}"


def _rows(_dataset: Any, args: Any, _kwargs: Any) -> str:
    """Say which rows a batch is of."""
    rows = args[0]
    if not isinstance(rows, list):
        return f"row {labels.short(rows)}"
    several = f"rows {labels.short(rows[0])} … {labels.short(rows[-1])}" if len(rows) > 1 else ""
    return several or f"row {labels.short(rows[0])}"


def _named(dataset: Any) -> str:
    return f"DataLoader({type(names.unwrapped(dataset)).__qualname__})"


def _try_put_index(original: Any) -> Any:
    def try_put_index(self: Any) -> None:
        loader: Any = getattr(self._worker_result_queue, "_tracer_loader", None)
        number = self._send_idx
        followed = loader is not None and loader.current is session.current
        job = loader.submitting(number) if followed else -1
        try:
            original(self)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if followed and self._send_idx == number:  # there is no batch any more
                loader.unsent.pop(job, None)

    return try_put_index


def _next_data(original: Any) -> Any:
    def next_data(self: Any) -> Any:
        current = session.current
        start, on, ended = clock(), core(), False
        try:
            return original(self)
        except BaseException as error:
            conceal(error)
            ended = isinstance(error, StopIteration)
            raise
        finally:
            if current is not None and session.current is current and not named_only(self):
                _waited(current, self, start, on, ended)

    return next_data


def _waited(current: Session, iterator: Any, start: int, on: int, ended: bool) -> None:
    """Record that the loop has waited for its next batch since `start`, and which it has got, if any."""
    results = getattr(iterator, "_worker_result_queue", None)
    loader = getattr(results, "_tracer_loader", None)
    batch = 0
    if results is None:  # the loop loads its batches itself
        batch = 0 if ended else _batch(iterator._num_yielded)
    elif loader is not None and loader.current is current:
        batch = loader.delivered(iterator)
    name = _named(iterator._dataset) if loader is None else loader.name
    record_span(current, DATA_WAIT, name, start, on, batch=batch)


def _batch(number: int, shared: int = 0) -> int:
    """Return what a span says of its batch; of one with too high a number, nothing."""
    return 0 if number + 1 >> schema.BATCH_BITS else shared << schema.BATCH_BITS | number + 1
