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
from threading import get_ident

from tracer.instrument.frames import receiver, sender
from tracer.instrument.install import named_only
from tracer.instrument.labels import function_name
from tracer.instrument.patch import Patches
from tracer.instrument.tracebacks import conceal
from tracer.record import session
from tracer.record.clock import clock
from tracer.record.journal import Journal, pack_record
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


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `concurrent.futures.process` in place."""
    patches.replace(module.ProcessPoolExecutor, "__init__", _init)
    patches.replace(module.ProcessPoolExecutor, "submit", _submit(module._process_chunk))
    patches.replace(module._SafeQueue, "_on_queue_feeder_error", _on_feeder_error)
    patches.replace(module._ExecutorManagerThread, "process_result_item", _process_result_item)
    patches.replace(module._ExecutorManagerThread, "terminate_broken", _terminate_broken)


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
    """The recording of one executor in its owner: where its hidden threads leave their stamps."""

    def __init__(self, current: Session, pool: int, executor: Any) -> None:
        from multiprocessing.reduction import ForkingPickler

        self.current, self.pool = current, pool
        self.calls: dict[int, Any] = {}  # by thread: what it submits, and then that task's number
        self._unsent: dict[int, tuple[int, int, int]] = {}
        current.unsent.append((pool, self._unsent))
        self._hand_over, self._result = HAND_OVER | pool << POOL_SHIFT, RESULT | pool << POOL_SHIFT
        calls, results, ids = executor._call_queue, executor._result_queue, executor._work_ids
        self._send, self._buffer = sender(calls._writer), FeederBuffer()
        self._late: tuple[memoryview, int] | None = None
        self._receive = receiver(results._reader)
        self._loads = ForkingPickler.loads
        self._feeder: Journal | None = None
        self._manager: Journal | None = None
        self._ids = weakref.ref(ids)
        calls._buffer, calls._send_bytes = self._buffer, self.send
        results._reader.recv = self.receive
        ids.put = self.put_id
        calls._tracer_pool = (current.uid, pool)
        calls._tracer_stamps = results._tracer_stamps = self

    def put_id(self, work_id: int, *args: Any, **kwargs: Any) -> None:
        """Stand for `_work_ids.put`, in the thread that submits."""
        me = get_ident()
        if me in self.calls:  # else: the trace has ended, and the executor lives on
            self._unsent[work_id] = self.calls[me]
            self.calls[me] = work_id
        ids: Any = self._ids()
        type(ids).put(ids, work_id, *args, **kwargs)

    def send(self, payload: Any) -> None:
        """Stand for the call queue's `send_bytes`, in the feeder."""
        pickle_end = clock()
        self._send(payload)
        sent = clock()
        work_id, pickle_start = self._buffer.work_id, self._buffer.pickle_start
        call = self._unsent.pop(work_id, None)  # type: ignore[arg-type]
        if call is None:
            return  # the None that ends a worker; or what was submitted after the trace
        journal = self._feeder = self._feeder or self.current.journal()
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        submitted, name, items = call
        what = name << NAME_SHIFT | items
        size, commit = len(payload), self._hand_over
        pack_record(
            journal.buffer, at, work_id, submitted, pickle_start, pickle_end, sent, size, what, commit
        )

    def receive(self) -> Any:
        """Stand for the result queue's `_reader.recv`, in the manager thread."""
        payload = self._receive()
        received = clock()
        try:
            item = self._loads(payload)
        except BaseException as error:
            from multiprocessing.connection import Connection

            from tracer.instrument import replay

            replay.unpickling(error, Connection.recv)
            raise
        unpickled = clock()
        work_id = getattr(item, "work_id", None)
        if work_id is not None:
            journal = self._manager = self._manager or self.current.journal()
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            pack_record(journal.buffer, at, work_id, 0, received, unpickled, 0, 0, 0, self._result)
            self._late = journal.words, (at >> 3) + LATE[RESULT]
        return item

    def delivered(self) -> None:
        """The future of the last result has been set, and its callbacks have run."""
        if self._late is not None:
            words, index = self._late
            words[index] = clock()
            self._late = None


def _init(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        current = session.current
        if current is not None and not named_only(self):
            pool = current.open_pool("ProcessPoolExecutor", self._max_workers)
            self._tracer_stamps = ExecutorStamps(current, pool, self)

    return init


def _submit(run_chunk: Any) -> Any:
    return lambda original: _stamped_submit(original, run_chunk)


def _stamped_submit(original: Any, run_chunk: Any) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        # No `__dict__` of an object of the program's is touched on a task's path: that makes a dict of it.
        stamps: ExecutorStamps | None = getattr(self, "_tracer_stamps", None)
        current = session.current
        if stamps is None or current is None or stamps.current is not current:
            try:
                return original(self, fn, *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise
        submitted = clock()
        function, items = fn, 1
        if type(fn) is partial and fn.func is run_chunk:  # Executor.map
            function, items = fn.args[0], len(args[0])
        # Left for `put_id`, which the original call comes to and which knows the task's number.
        calls, me = stamps.calls, get_ident()
        calls[me] = submitted, function_name(current, function), items
        try:
            future = original(self, fn, *args, **kwargs)
        except BaseException as error:
            del calls[me]
            conceal(error)
            raise
        future._tracer_task = (current.uid, stamps.pool, calls.pop(me))
        return future

    return submit


def _on_feeder_error(original: Any) -> Any:
    def on_error(self: Any, error: Any, item: Any) -> Any:
        stamps: ExecutorStamps | None = self.__dict__.get("_tracer_stamps")
        work_id = getattr(item, "work_id", None)  # not of a message that was pickled, but could not be sent
        if work_id is not None and stamps is not None and session.current is stamps.current:
            commit = DISPATCH | stamps.pool << POOL_SHIFT | UNPICKLABLE << STATUS_SHIFT
            stamps.current.record(commit, work_id, 0, self._buffer.pickle_start, 0, 0, 0, 0)
        return original(self, error, item)

    return on_error


def _process_result_item(original: Any) -> Any:
    def process_result_item(self: Any, item: Any) -> Any:
        try:
            result = original(self, item)
        except BaseException as error:
            conceal(error)
            raise
        stamps = self.result_queue.__dict__.get("_tracer_stamps")
        if stamps is not None:
            stamps.delivered()
        return result

    return process_result_item


def _terminate_broken(original: Any) -> Any:
    def terminate_broken(self: Any, *args: Any) -> Any:
        stamps: ExecutorStamps | None = self.result_queue.__dict__.get("_tracer_stamps")
        if stamps is not None and session.current is stamps.current:
            stamps.current.record(BROKEN | stamps.pool << POOL_SHIFT, clock())
        try:
            return original(self, *args)
        except BaseException as error:
            conceal(error)
            raise

    return terminate_broken
