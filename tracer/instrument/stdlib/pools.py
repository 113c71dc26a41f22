"""Hooks on `multiprocessing.Pool` and `ThreadPool`, in the process that owns the pool.

    caller           map(), apply(), imap() … ─ submitted
    task handler     put ─ pickle_start ─ pickle_end ─ write ─ sent
    result handler   get ─ result_received ─ result_unpickled ─ _set, callbacks ─ delivered (the next get)

The two hidden threads are handed the pool's `_quick_put` and `_quick_get`, which is where they are stamped.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from tracer.instrument.core import labels
from tracer.instrument.core.earlier_pools import note_earlier, note_made
from tracer.instrument.core.names import function_name
from tracer.instrument.core.patch import Patches, named_only, package_of
from tracer.instrument.core.tracebacks import after, before, conceal
from tracer.instrument.stdlib import threads
from tracer.instrument.stdlib.coroutines import note_submitter
from tracer.instrument.stdlib.messages import has_stock_methods, receiver, sender
from tracer.record import session
from tracer.record.clock import clock
from tracer.record.journal import pack_record
from tracer.record.schema import (
    DISPATCH,
    EXHAUSTED,
    LATE,
    POOL_SHIFT,
    RECORD_BYTES,
    RESULT,
    STATUS_SHIFT,
    SUBMIT,
    UNPICKLABLE,
)
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


_ROLES = {
    "_handle_tasks": "task_handler",
    "_handle_results": "result_handler",
    "_handle_workers": "worker_handler",
    "worker": "worker",
}


def hook(patches: Patches, module: ModuleType, pool: str, thread_pool: str) -> None:
    """Put the hooks on `multiprocessing.pool`, or a copy of it, in place, for pools of these two kinds."""
    threads.ROLES.update({f"{module.__name__}.{target}": role for target, role in _ROLES.items()})
    patches.replace(module.Pool, "_setup_queues", after(_follow, package_of(module), pool))
    patches.replace(module.ThreadPool, "_setup_queues", after(_follow_threads, module, thread_pool))
    for pool_class in (module.Pool, module.ThreadPool):
        patches.replace(pool_class, "_get_sentinels", before(_made))

    hook_labels(module)

    def note(unknown: Any) -> None:
        note_earlier(thread_pool if isinstance(unknown, module.ThreadPool) else pool, unknown)

    patches.replace(module.Pool, "apply_async", partial(_apply_async, note))
    for method in ("_map_async", "imap", "imap_unordered"):
        patches.replace(module.Pool, method, _submitting)
    patches.replace(module.Pool, "_guarded_task_generation", partial(_guarded_task_generation, note))


def hook_labels(module: ModuleType) -> None:
    """Say what the chunks of `map` and `starmap` call, for their labels."""
    labels.CALLS[labels.named(module.mapstar)] = _map_calls
    labels.CALLS[labels.named(module.starmapstar)] = _starmap_calls


def _map_calls(_function: Any, args: Any) -> list[Any]:
    ((function, items),) = args
    return [(function, (item,), {}) for item in items]


def _starmap_calls(_function: Any, args: Any) -> list[Any]:
    ((function, items),) = args
    return [(function, tuple(item), {}) for item in items]


def _follow(package: ModuleType, kind: str, pool: Any) -> None:
    """Stamp what goes through the queues of a pool of processes, which have just been made."""
    current = session.current
    if current is None or named_only(pool):
        return
    if not has_stock_methods(package.connection.Connection, pool._inqueue, pool._outqueue):
        return  # its workers are counted as those of a pool with methods of its own
    number = current.open_pool(kind, 0)
    pool._tracer_pool = pool._inqueue._tracer_pool = (current.uid, number)
    pool._outqueue._tracer_claimed = True
    # A pool that ends takes this lock from its workers: no wait for a lock of the program's.
    pool._inqueue._rlock.acquire = pool._inqueue._rlock._semlock.acquire
    pool._quick_put = stamped_put(current, package, number, pool._inqueue._writer)
    pool._quick_get = stamped_get(current, package, number, pool._outqueue._reader)


def _follow_threads(module: ModuleType, kind: str, pool: Any) -> None:
    current = session.current
    if current is not None and not named_only(pool):
        from tracer.instrument.stdlib.thread_pools import setup_queues

        setup_queues(current, module, kind, pool)


def _made(pool: Any) -> None:
    """Claim the queue by which a pool wakes its own thread: it is made by now, and has not been used.

    Every pool comes here once, also one with queues of its own.
    """
    note_made(pool)
    notifier = getattr(pool, "_change_notifier", None)
    if notifier is not None:
        notifier._tracer_claimed = True


def record_submit(
    current: Session, pool: int, job: int, submitted: int, function: Any, tasks: int = 0
) -> None:
    """Record that a job was handed over at `submitted`: one task, or the chunks of a map (0: not known)."""
    current.record(SUBMIT | pool << POOL_SHIFT, job, submitted, function_name(current, function), 0, tasks)
    note_submitter(current, pool, job)


def _own_pool(pool: Any) -> int | None:
    """Return the number of a traced pool of this process, else None."""
    current, known = session.current, getattr(pool, "_tracer_pool", None)
    return known[1] if current is not None and known is not None and known[0] == current.uid else None


def _apply_async(note: Any, original: Any) -> Any:
    def apply_async(self: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
        submitted = clock()
        try:
            result = original(self, func, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        pool = _own_pool(self)
        if pool is not None and session.current is not None:
            record_submit(session.current, pool, result._job, submitted, func, 1)
        else:
            note(self)
        return result

    return apply_async


def _submitting(original: Any) -> Any:
    """Note the instant and the function for `_guarded_task_generation`, which the call comes to."""

    def submit(self: Any, *args: Any, **kwargs: Any) -> Any:
        pool, current = _own_pool(self), session.current
        calls = [] if pool is None or current is None else current.submitting()
        calls.append((clock(), args[0] if args else kwargs.get("func")))
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            calls.pop()

    return submit


def _guarded_task_generation(note: Any, original: Any) -> Any:
    def generate(self: Any, result_job: int, func: Any, iterable: Any) -> Any:
        pool = _own_pool(self)
        if pool is not None and session.current is not None:
            calls = session.current.submitting()
            submitted, function = calls[-1] if calls else (clock(), func)
            chunks = getattr(self._cache.get(result_job), "_number_left", 0)  # all of them; not known of imap
            record_submit(session.current, pool, result_job, submitted, function, chunks)
            tasks = original(self, result_job, func, iterable)
            return chain(tasks, _exhausted(session.current, pool, result_job))  # costs nothing for each task
        note(self)
        return original(self, result_job, func, iterable)

    return generate


def _exhausted(current: Session, pool: int, job: int) -> Iterator[Any]:
    """Note, in the task handler, that a job has no more tasks: of an empty iterable there are none at all."""
    current.record(EXHAUSTED | pool << POOL_SHIFT, job, clock())
    yield from ()


def stamped_put(current: Session, package: ModuleType, pool: int, writer: Any) -> Any:
    """Make what stands for `writer.send` in the task handler: the same, with a task's stamps."""
    send, dumps = sender(writer, package.connection.Connection), package.reduction.ForkingPickler.dumps
    commit, label = DISPATCH | pool << POOL_SHIFT, labels.writer(current, pool)
    journal: Any = None

    def put(task: Any) -> None:
        nonlocal journal
        if label is not None and task is not None:
            label(*task)
        pickle_start = clock()
        try:
            payload = dumps(task)
        except BaseException as error:
            if task is not None:
                current.record(commit | UNPICKLABLE << STATUS_SHIFT, task[0], task[1], pickle_start)
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.pickling(error, dumps, writer.send)
            raise
        pickle_end = clock()
        send(payload)
        sent = clock()
        if task is None:
            return
        if journal is None:
            journal = current.journal()  # of the handler's thread, the only one that comes here
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        pack_record(
            journal.buffer, at, task[0], task[1], pickle_start, pickle_end, sent, len(payload), 0, commit
        )

    return put


def stamped_get(current: Session, package: ModuleType, pool: int, reader: Any) -> Any:
    """Make what stands for `reader.recv` in the result handler: the same, with a result's stamps."""
    connection = package.connection.Connection
    receive, loads = receiver(reader, connection), package.reduction.ForkingPickler.loads
    commit = RESULT | pool << POOL_SHIFT
    delivered_word = LATE[RESULT]
    journal: Any = None
    words: Any = None
    late = 0

    def get() -> Any:
        nonlocal journal, words, late
        if late:  # the one before has been set, and its callbacks have run
            words[late] = clock()
            late = 0
        try:
            payload = receive()
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            stock_tracebacks.receiving_from(error, connection.recv, connection)
            raise
        received = clock()
        try:
            message = loads(payload)
        except BaseException as error:
            from tracer.instrument.stdlib import stock_tracebacks

            current.record(commit | UNPICKLABLE << STATUS_SHIFT, -1, -1, received, 0, 0, 0, len(payload))
            stock_tracebacks.unpickling(error, connection.recv)
            raise
        unpickled = clock()
        if message is not None:
            if journal is None:
                journal = current.journal()
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            pack_record(journal.buffer, at, message[0], message[1], received, unpickled, 0, 0, 0, commit)
            words = journal.words
            late = (at >> 3) + delivered_word
        return message

    return get
