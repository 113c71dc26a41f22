"""Hooks on `ProcessPoolExecutor`, in the process that owns it.

caller            submit ─ submitted
queue feeder      dumps: _CallItem.__reduce_ex__ ─ pickle_start; _send_bytes ─ pickle_end ─ write ─ sent
executor manager  _result_queue._reader.recv ─ result_received ─ result_unpickled;
                  process_result_item ─ set_result, callbacks ─ delivered
"""

from __future__ import annotations

import threading
import weakref
from functools import partial

from tracer.instrument.frames import receiver, sender
from tracer.instrument.install import named_only
from tracer.instrument.labels import label
from tracer.instrument.patch import Patches
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

_pickling: dict[int, tuple[int, int]] = {}
"""(pickle_start, work id) of the call that a feeder thread (by its ident) is serializing."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `concurrent.futures.process` in place."""
    patches.replace(module.ProcessPoolExecutor, "__init__", _init)
    patches.replace(module.ProcessPoolExecutor, "submit", _submit(module._process_chunk))
    patches.replace(module._CallItem, "__reduce_ex__", _reduce_ex)
    patches.replace(module._SafeQueue, "_on_queue_feeder_error", _on_feeder_error)
    patches.replace(module._ExecutorManagerThread, "process_result_item", _process_result_item)
    patches.replace(module._ExecutorManagerThread, "terminate_broken", _terminate_broken)


class ExecutorStamps:
    """The recording of one executor in its owner: where its hidden threads leave their stamps."""

    def __init__(self, current: Session, pool: int, executor: Any) -> None:
        from multiprocessing.reduction import ForkingPickler

        self.current, self.pool = current, pool
        self.submitting = threading.local()
        self._unsent: dict[int, tuple[int, int, int]] = {}
        current.unsent.append((pool, self._unsent))
        self._hand_over, self._result = HAND_OVER | pool << POOL_SHIFT, RESULT | pool << POOL_SHIFT
        calls, results, ids = executor._call_queue, executor._result_queue, executor._work_ids
        self._send = sender(calls._writer)
        self._late: tuple[memoryview, int] | None = None
        self._receive = receiver(results._reader)
        self._loads = ForkingPickler.loads
        self._feeder: Journal | None = None
        self._manager: Journal | None = None
        self._ids = weakref.ref(ids)
        calls._send_bytes = self.send
        results._reader.recv = self.receive
        ids.put = self.put_id
        calls._tracer_pool = (current.uid, pool)
        calls._tracer_stamps = results._tracer_stamps = self

    def put_id(self, work_id: int, *args: Any, **kwargs: Any) -> None:
        """Stand for `_work_ids.put`, in the thread that submits."""
        call = self.submitting.__dict__.pop("call", None)
        if call is not None:  # else: the trace has ended, and the executor lives on
            self._unsent[work_id] = call
            self.submitting.work_id = work_id
        ids: Any = self._ids()
        type(ids).put(ids, work_id, *args, **kwargs)

    def send(self, payload: Any) -> None:
        """Stand for the call queue's `send_bytes`, in the feeder."""
        pickle_end = clock()
        self._send(payload)
        sent = clock()
        pickling = _pickling.pop(threading.get_ident(), None)
        call = None if pickling is None else self._unsent.pop(pickling[1], None)
        if pickling is None or call is None:
            return  # the None that ends a worker; or what was submitted after the trace
        journal = self._feeder = self._feeder or self.current.journal()
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        pickle_start, work_id = pickling
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
        item = self._loads(payload)
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
        original(self, *args, **kwargs)
        current = session.current
        if current is not None and not named_only(self):
            pool = current.open_pool("ProcessPoolExecutor", self._max_workers)
            self._tracer_stamps = ExecutorStamps(current, pool, self)

    return init


def _submit(run_chunk: Any) -> Any:
    return lambda original: _stamped_submit(original, run_chunk)


def _stamped_submit(original: Any, run_chunk: Any) -> Any:
    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        stamps: ExecutorStamps | None = self.__dict__.get("_tracer_stamps")
        current = session.current
        if stamps is None or current is None or stamps.current is not current:
            return original(self, fn, *args, **kwargs)
        submitted = clock()
        function, items = fn, 1
        if type(fn) is partial and fn.func is run_chunk:  # Executor.map
            function, items = fn.args[0], len(args[0])
        # Left for `put_id`, which the original call comes to and which knows the task's number.
        stamps.submitting.call = submitted, current.name(session.shorten(label(function))), items
        future = original(self, fn, *args, **kwargs)
        future._tracer_task = (current.uid, stamps.pool, stamps.submitting.work_id)
        return future

    return submit


def _reduce_ex(original: Any) -> Any:
    def reduce_ex(self: Any, protocol: Any) -> Any:
        _pickling[threading.get_ident()] = (clock(), self.work_id)
        return original(self, protocol)

    return reduce_ex


def _on_feeder_error(original: Any) -> Any:
    def on_error(self: Any, error: Any, item: Any) -> Any:
        pickling = _pickling.pop(threading.get_ident(), None)
        stamps: ExecutorStamps | None = self.__dict__.get("_tracer_stamps")
        if pickling is not None and stamps is not None and session.current is stamps.current:
            commit = DISPATCH | stamps.pool << POOL_SHIFT | UNPICKLABLE << STATUS_SHIFT
            stamps.current.record(commit, pickling[1], 0, pickling[0], 0, 0, 0, 0)
        return original(self, error, item)

    return on_error


def _process_result_item(original: Any) -> Any:
    def process_result_item(self: Any, item: Any) -> Any:
        result = original(self, item)
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
        return original(self, *args)

    return terminate_broken
