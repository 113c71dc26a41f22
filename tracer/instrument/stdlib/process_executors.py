"""Hooks on `ProcessPoolExecutor`, in the process that owns it.

caller            submit ─ submitted
queue feeder      popleft ─ pickle_start ─ dumps; _send_bytes ─ pickle_end ─ write ─ sent
executor manager  _result_queue._reader.recv ─ result_received ─ result_unpickled;
                  process_result_item ─ set_result, callbacks ─ delivered
"""

from __future__ import annotations

import weakref
from collections import deque
from functools import partial
from threading import local

from tracer.instrument.core import labels
from tracer.instrument.core.earlier_pools import note_earlier
from tracer.instrument.core.items import BATCHES
from tracer.instrument.core.names import function_name
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import before, conceal
from tracer.instrument.stdlib import connections, futures, threads
from tracer.instrument.stdlib.coroutines import note_submitter
from tracer.instrument.stdlib.messages import has_stock_methods, receiver, sender
from tracer.record import session
from tracer.record.clock import clock
from tracer.record.journal import pack_record
from tracer.record.schema import (
    BROKEN,
    DISPATCH,
    HAND_OVER,
    LATE,
    NAME_SHIFT,
    POOL_SHIFT,
    RECORD_BYTES,
    RESULT,
    STATUS_SHIFT,
    UNPICKLABLE,
)
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from tracer.record.session import Unsent


def hook(patches: Patches, module: ModuleType, kind: str) -> None:
    """Put the hooks on `concurrent.futures.process`, or a copy, in place, for executors of this kind."""
    labels.CALLS[labels.named(module._process_chunk)] = _chunk_calls
    threads.ROLES[f"{module.__name__}._ExecutorManagerThread"] = "executor_manager"
    patches.replace(
        module.ProcessPoolExecutor,
        "__init__",
        futures.opening(lambda _: kind, partial(ExecutorStamps, module), partial(_can_follow, module.mp)),
    )
    patches.replace(module.ProcessPoolExecutor, "submit", _submit)
    patches.replace(module._SafeQueue, "_on_queue_feeder_error", _on_feeder_error)
    patches.replace(module._ExecutorManagerThread, "process_result_item", partial(_process_result_item, kind))
    patches.replace(module._ExecutorManagerThread, "terminate_broken", before(note_broken))


def _chunk_calls(function: Any, args: Any) -> list[Any]:
    return [(function.args[0], tuple(item), {}) for item in args[0]]


def _can_follow(package: ModuleType, executor: Any) -> bool:
    return has_stock_methods(package.connection.Connection, executor._call_queue, executor._result_queue)


class _Entered(local):
    """When each thread last called `submit`: left for the `put` of a number that the call comes to."""

    at = 0


_entered = _Entered()


class FeederBuffer(deque):  # type: ignore[type-arg]
    """Stands for a call queue's buffer: notes when the feeder takes an item, which it then serializes."""

    __slots__ = ("pickle_start", "work_id")

    pickle_start: int
    work_id: int | None

    def popleft(self, _popleft: Any = deque.popleft) -> Any:
        """Take the oldest item; IndexError where there is none."""
        item = _popleft(self)
        self.work_id = getattr(item, "work_id", None)
        self.pickle_start = clock()
        return item


class ExecutorStamps:
    """The recording of one executor in its owner, by closures that stand for methods of its queues.

    `late` is the word of `words` in which the last result's `delivered` belongs, 0 where there is none.
    """

    __slots__ = ("buffer", "current", "late", "pool", "words")

    def __init__(self, module: ModuleType, current: Session, pool: int, executor: Any) -> None:
        package = module.mp
        self.current, self.pool = current, pool
        self.late, self.words = 0, None
        unsent: dict[int, Unsent] = {}
        current.unsent.append(unsent)
        calls, results, ids = executor._call_queue, executor._result_queue, executor._work_ids
        ids.put = _stamped_put_id(self, module, executor, unsent)
        self.buffer = calls._buffer = FeederBuffer()
        calls._send_bytes = stamped_send(self, package, calls._writer, unsent)
        results._reader.recv = _stamped_receive(self, package, results._reader)
        calls._tracer_pool = (current.uid, pool)
        results._tracer_claimed = True
        calls._tracer_stamps = results._tracer_stamps = self
        wakeup = executor._executor_manager_thread_wakeup
        connections.unhook(wakeup._reader)
        connections.unhook(wakeup._writer)


def _stamped_put_id(
    stamps: ExecutorStamps, module: ModuleType, executor: Any, unsent: dict[int, Unsent]
) -> Any:
    """Make what stands for `_work_ids.put`, in the thread that submits: there a task gets its number."""
    process_chunk = module._process_chunk
    current, pool, pending = stamps.current, stamps.pool, executor._pending_work_items
    label, (words, submitted) = labels.writer(current, pool), current.submitted[pool]
    # What hangs on the queue must not keep it alive.
    find, stock = weakref.ref(executor._work_ids), type(executor._work_ids).put

    def put(work_id: int, *args: Any, **kwargs: Any) -> None:
        item = pending.get(work_id)
        if item is not None and session.current is current:  # else the trace has ended; the executor lives on
            function, items = item.fn, 1
            if type(function) is partial and function.func is process_chunk:  # Executor.map
                function, items = function.args[0], len(item.args[0])
            elif type(function) in BATCHES:
                items = len(function)
            task = current.uid, pool, work_id, _entered.at or clock(), function_name(current, function), items
            unsent[work_id] = item.future._tracer_task = task
            words[submitted] = work_id + 1
            note_submitter(current, pool, work_id)
            if label is not None:
                label(work_id, 0, item.fn, item.args, item.kwargs)
        stock(find(), work_id, *args, **kwargs)

    return put


def stamped_send(stamps: Any, package: ModuleType, writer: Any, unsent: dict[int, Unsent]) -> Any:
    """Make what stands for the call queue's `send_bytes`, in the feeder.

    `stamps` has the session `current`, the number `pool` and the queue's `buffer`, a `FeederBuffer`.
    """
    current, buffer, write = stamps.current, stamps.buffer, sender(writer, package.connection.Connection)
    commit = HAND_OVER | stamps.pool << POOL_SHIFT
    journal: Any = None

    def send(payload: Any) -> None:
        nonlocal journal
        pickle_end = clock()
        write(payload)
        sent = clock()
        work_id = buffer.work_id
        task = unsent.pop(work_id, None)
        if task is None:
            return  # the None that ends a worker; or what was submitted after the trace
        if journal is None:
            journal = current.journal()  # of the feeder, the only thread that comes here
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        _, _, _, submitted, name, items = task
        pickle_start, size, what = buffer.pickle_start, len(payload), name << NAME_SHIFT | items
        pack_record(
            journal.buffer, at, work_id, submitted, pickle_start, pickle_end, sent, size, what, commit
        )

    return send


def _stamped_receive(stamps: ExecutorStamps, package: ModuleType, reader: Any) -> Any:
    """Make what stands for the result queue's `_reader.recv`, in the manager thread."""
    current, connection = stamps.current, package.connection.Connection
    receive, loads = receiver(reader, connection), package.reduction.ForkingPickler.loads
    commit, delivered_word = RESULT | stamps.pool << POOL_SHIFT, LATE[RESULT]
    journal: Any = None

    def recv() -> Any:
        nonlocal journal
        try:
            payload = receive()
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.receiving_from(error, connection.recv, connection)
            raise
        received = clock()
        try:
            item = loads(payload)
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            current.record(commit | UNPICKLABLE << STATUS_SHIFT, -1, -1, received, 0, 0, 0, len(payload))
            stock_tracebacks.unpickling(error, connection.recv)
            raise
        unpickled = clock()
        work_id = getattr(item, "work_id", None)
        if work_id is not None:
            if journal is None:
                journal = current.journal()
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            pack_record(journal.buffer, at, work_id, 0, received, unpickled, 0, 0, 0, commit)
            stamps.words, stamps.late = journal.words, (at >> 3) + delivered_word
        return item

    return recv


def _submit(original: Any) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        _entered.at = clock()
        try:
            return original(self, fn, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise

    return submit


def _on_feeder_error(original: Any) -> Any:
    def on_error(self: Any, error: Any, item: Any) -> Any:
        stamps: ExecutorStamps | None = getattr(self, "_tracer_stamps", None)
        work_id = getattr(item, "work_id", None)  # not of a message that was pickled, but could not be sent
        if work_id is not None and stamps is not None and session.current is stamps.current:
            commit = DISPATCH | stamps.pool << POOL_SHIFT | UNPICKLABLE << STATUS_SHIFT
            stamps.current.record(commit, work_id, 0, stamps.buffer.pickle_start, 0, 0, 0, 0)
        return original(self, error, item)

    return on_error


class _Unfollowed:
    """Stands for the stamps of an executor that has none."""

    current, late, words = None, 0, None


def _process_result_item(kind: str, original: Any) -> Any:
    """Stamp what was delivered; of an executor that is not followed, its first result says that it has tasks.

    So `submit` pays nothing for it.
    """

    def process_result_item(self: Any, item: Any) -> Any:
        try:
            stamps = self.result_queue._tracer_stamps
        except AttributeError:
            stamps = _Unfollowed
        if stamps.current is not session.current and not isinstance(item, int):  # else a worker that leaves
            note_earlier(kind, self.result_queue)  # now: who waits for the result may end the trace
        try:
            result = original(self, item)
        except BaseException as error:
            conceal(error)
            raise
        if stamps.late:  # the future has been set, and its callbacks have run
            stamps.words[stamps.late] = clock()
            stamps.late = 0
        return result

    return process_result_item


def note_broken(manager: Any) -> None:
    """Record that the executor of a manager thread breaks: what no worker of it has is not run any more."""
    stamps: ExecutorStamps | None = getattr(manager.result_queue, "_tracer_stamps", None)
    if stamps is not None and session.current is stamps.current:
        stamps.current.record(BROKEN | stamps.pool << POOL_SHIFT, clock())
