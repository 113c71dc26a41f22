"""joblib: what it packs and wraps around calls, its pool of processes, arrays that go through files.

    Parallel ─ BatchedCalls (a batch is a task, its calls are items)
               ├ loky             an executor: `libraries/loky.py`
               ├ multiprocessing  a Pool with queues of its own (PicklingPool): here, `joblib_worker`
               ├ threading        a ThreadPool: `stdlib/thread_pools.py`
               └ sequential       the caller makes the calls: nothing is recorded

Tried with joblib 1.4 to 1.6, and scikit-learn 1.9 on it. It stands on these private names:
`_utils._TracebackCapturingWrapper` and what that returns, `PicklingPool._setup_queues`, its queues'
`_send _recv _make_methods`, `_memmapping_reducer.dump`. scikit-learn's public callbacks are not used: they
have to be set on the program's own estimators.
"""

from __future__ import annotations

import sys
import weakref
from operator import attrgetter

from tracer.instrument.core import labels, names
from tracer.instrument.core.items import BATCHES
from tracer.instrument.core.patch import Patches, named_only
from tracer.instrument.core.queue_stamps import Receiver
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import after, conceal
from tracer.instrument.stdlib import channels, processes
from tracer.record import schema, session
from tracer.record.clock import clock, core
from tracer.record.journal import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from tracer.instrument.core.items import Timed
    from tracer.record.session import Session


def hook(patches: Patches, module: ModuleType, kind: str) -> None:
    """Put the hooks on joblib in place once `joblib.parallel` is loaded; `kind` is that of its `Pool`."""
    package = module.__name__.rpartition(".")[0]
    parts = sys.modules[f"{package}._utils"]
    batch, wrapper = module.BatchedCalls, parts._TracebackCapturingWrapper
    BATCHES[batch], BATCHES[wrapper] = _timed_calls, _timed_inside
    labels.CALLS[batch.__module__, batch.__qualname__] = _calls
    labels.CALLS[wrapper.__module__, wrapper.__qualname__] = _calls
    names.WRAPPED[batch.__module__, batch.__qualname__] = lambda calls: calls.items[0][0]
    names.WRAPPED[wrapper.__module__, wrapper.__qualname__] = attrgetter("func")
    names.WRAPPED["sklearn.utils.parallel", "_FuncWrapper"] = attrgetter("function")
    pools = sys.modules.get(f"{package}.pool")  # not loaded where joblib does without multiprocessing
    if pools is not None:
        names.RETURNED.add(parts._ExceptionWithTraceback)
        processes.QUEUES[pools.CustomizablePicklingQueue] = __name__ + "_worker"
        patches.replace(pools.PicklingPool, "_setup_queues", after(_follow, kind))
        patches.replace(sys.modules[f"{package}._memmapping_reducer"], "dump", _dump)


def _timed_calls(calls: Any, timed: Timed) -> tuple[Any, int]:
    if len(calls.items) < 2:
        return calls, 1  # the task is the item
    like = object.__new__(type(calls))
    like.__dict__.update(calls.__dict__, items=timed(calls.items))
    return like, len(calls.items)


def _calls(batch: Any, _args: Any) -> list[Any]:
    """Return the calls of a batch, maybe within a wrapper."""
    return list(getattr(batch, "func", batch).items)


def _timed_inside(wrapper: Any, timed: Timed) -> tuple[Any, int]:
    batched = BATCHES.get(type(wrapper.func))
    if batched is None:
        return wrapper, 1
    calls, items = batched(wrapper.func, timed)
    return type(wrapper)(calls), items


def _dump(original: Any) -> Any:
    """Record, within the pickling of a task, that an array goes through a file, once, and its bytes."""

    def dump(value: Any, filename: Any, *args: Any, **kwargs: Any) -> Any:
        current, start, start_core = session.current, clock(), core()
        try:
            written = original(value, filename, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        if current is not None and session.current is current:
            data = to_json({"bytes": int(getattr(value, "nbytes", 0))})
            record_span(current, "memmap", type(value).__name__, start, start_core, data)
        return written

    return dump


def _follow(kind: str, pool: Any) -> None:
    """Stamp what goes through the queues of a pool, which have just been made."""
    current = session.current
    if current is not None and not named_only(pool):
        channels.claim_queues(pool._inqueue, pool._outqueue)
        number = current.open_pool(kind, 0)
        pool._tracer_pool = pool._inqueue._tracer_pool = (current.uid, number)
        pool._quick_put = _stamped_put(current, number, pool._quick_put, pool._inqueue._writer)
        pool._quick_get = _stamped_get(current, number, pool._quick_get, pool._outqueue._reader)


def _stamped_put(current: Session, pool: int, stock: Any, writer: Any) -> Any:
    """Make what stands for the task queue's `_send`, in the task handler; the pickler is joblib's."""
    find, transmit = weakref.ref(writer), type(writer)._send_bytes  # no cycle: it is to be closed in time
    commit, label = schema.DISPATCH | pool << schema.POOL_SHIFT, labels.writer(current, pool)
    sending: tuple[int, int, int] | None = None  # job, index, when its pickling began

    def send_bytes(payload: Any) -> None:
        nonlocal sending
        pickle_end, size = clock(), len(payload)
        transmit(find(), payload)
        if sending is not None:
            current.record(commit, *sending, pickle_end, clock(), size)
            sending = None

    def put(task: Any) -> None:
        nonlocal sending
        if label is not None and task is not None:
            label(*task)
        sending = None if task is None else (task[0], task[1], clock())
        try:
            stock(task)
        except BaseException as error:
            if sending is not None:
                current.record(commit | schema.UNPICKLABLE << schema.STATUS_SHIFT, *sending)
            conceal(error)
            raise

    writer._send_bytes = send_bytes
    return put


def _stamped_get(current: Session, pool: int, stock: Any, reader: Any) -> Any:
    """Make what stands for the result queue's `_recv`, in the result handler."""
    receiver, commit = Receiver(reader), schema.RESULT | pool << schema.POOL_SHIFT
    late: tuple[Any, int] | None = None

    def get() -> Any:
        nonlocal late
        if late is not None:  # the one before has been set, and its callbacks have run
            words, index = late
            words[index + schema.LATE[schema.RESULT]] = clock()
            late = None
        try:
            message = stock()
        except BaseException as error:
            conceal(error)
            raise
        if message is not None:
            unpickled, journal = clock(), current.journal()
            late = journal.append(commit, message[0], message[1], receiver.received, unpickled, 0, 0)
        return message

    return get
