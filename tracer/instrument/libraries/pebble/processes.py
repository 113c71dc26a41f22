"""pebble's `ProcessPool` in the process that owns it."""

from __future__ import annotations

import sys
import weakref
from threading import local

from tracer.instrument.core import labels
from tracer.instrument.core.names import function_name
from tracer.instrument.core.patch import Patches, named_only, replace_known
from tracer.instrument.core.tracebacks import after, before, conceal
from tracer.instrument.libraries.connections import stamp_receiving, stamp_sending
from tracer.instrument.stdlib import channels, futures, processes, threads
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.schema import POOL_SHIFT, STATUS_SHIFT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


WORKER = f"{__name__.rpartition('.')[0]}.worker"
_ROLES = {
    "task_scheduler_loop": "task_handler",
    "message_manager_loop": "result_handler",
    "pool_manager_loop": "worker_handler",
}


class _Entered(local):
    """When each thread last called `schedule`: left for the `put` of a task that the call comes to."""

    at = 0


_entered = _Entered()


def entered() -> int:
    """Return when the calling thread has handed over the task that it puts on a pool's queue now."""
    return _entered.at or clock()


def hook(patches: Patches, module: ModuleType, kind: str) -> None:
    """Put the hooks on `pebble.pool.process` in place, for pools of this kind."""
    threads.ROLES.update({f"{module.__name__}.{target}": role for target, role in _ROLES.items()})
    processes.TARGETS[module.__name__, module.worker_process.__name__] = "worker", WORKER
    processes.GIVEN[WORKER] = lambda process: process._args[1::-1]  # the channel, then the parameters
    pool, manager = module.ProcessPool, module.PoolManager
    for owner, name, make in (
        (pool, "schedule", entering),
        (module.WorkerManager, "create_channels", after(_open, kind)),
        (manager, "start", after(_follow_tasks)),
        (manager, "process_next_message", _process_next_message),
        (manager, "handle_broken_pool", before(_note_broken)),
        (module.TaskManager, "task_done", _task_done),
    ):
        replace_known(patches, owner, name, make)
    futures.hook_cancel(patches, module.ProcessFuture)


class PoolStamps:
    """The recording of one pool in its owner.

    `answering` is the task whose result the message manager has in hand, `late` and `words` where its
    `delivered` belongs.
    """

    __slots__ = ("answering", "commit", "current", "label", "late", "pool", "words")

    def __init__(self, current: Session, pool: int, channel: Any) -> None:
        self.current, self.pool = current, pool
        self.commit = pool << POOL_SHIFT
        self.answering, self.late = -1, 0
        self.label = labels.writer(current, pool)
        self.words: Any = None
        channel.writer.send = stamp_sending(
            channel.writer, pickled=_noted, failed=self._unpicklable, sent=self._sent
        )
        channel.reader.recv = stamp_receiving(
            channel.reader, received=_nothing, unpickled=self._result, unreadable=_nothing
        )

    def submit(self, task: Any) -> None:
        """Record that a task was put on the pool's queue, and that its future is this one's."""
        function, items = what(self.current, task.payload)
        submitted = entered()
        self.current.record(schema.SUBMIT | self.commit, task.id, submitted, function, items)
        task.future._tracer_task = self.current.uid, self.pool, task.id
        if self.label is not None:
            self.label.several(task.id, 0, calls(task.payload))

    def _unpicklable(self, message: Any, start: int, _error: BaseException) -> None:
        commit = schema.DISPATCH | self.commit | schema.UNPICKLABLE << STATUS_SHIFT
        self.current.record(commit, message.id, 0, start)

    def _sent(self, noted: tuple[int, int, int], message: Any, sent: int) -> None:
        start, end, size = noted
        self.current.record(schema.DISPATCH | self.commit, message.id, 0, start, end, sent, size)

    def _result(self, message: Any, came: int) -> None:
        task = getattr(message, "task", None)
        if task is None or hasattr(message, "worker"):  # an acknowledgement
            return
        journal = self.current.journal()
        self.words, self.late = journal.append(schema.RESULT | self.commit, task, 0, came, clock(), 0)
        self.late += schema.LATE[schema.RESULT]
        self.answering = task

    def delivered(self, task: int, error: BaseException | None) -> None:
        """The future of a task has been set: to what its worker sent, or by the owner in its place."""
        if task == self.answering:
            self.answering = -1
            self.words[self.late] = clock()
            return
        number = self.current.name(type(error).__name__) if error is not None else 0
        commit = schema.RESULT | self.commit | schema.ERROR << STATUS_SHIFT
        self.current.record(commit, task, 0, 0, 0, clock(), number)


def what(current: Session, payload: Any) -> tuple[int, int]:
    """Return the number of the name of the function that a task runs for the program, and of its items."""
    function, items, args = payload.function, 1, payload.args
    home, name = getattr(function, "__module__", ""), getattr(function, "__name__", "")
    if name == "process_chunk" and home.startswith("pebble.pool."):  # of a map
        function, items = args[0], len(args[1])
    elif name == "_trampoline" and home == "pebble.common.process":  # of a decorated function, by its name
        return current.name(session.shorten(args[0])), items
    return function_name(current, function), items


def calls(payload: Any) -> list[labels.Call]:
    """Return what a task calls for the program: of a map, each of the chunk's calls."""
    function, args, kwargs = payload.function, payload.args, payload.kwargs
    home, name = getattr(function, "__module__", ""), getattr(function, "__name__", "")
    if name == "process_chunk" and home.startswith("pebble.pool."):
        return [(args[0], each, {}) for each in args[1]]
    if name == "_trampoline" and home == "pebble.common.process":
        registered = getattr(sys.modules[home], "_registered_functions", {})
        return [(registered.get(args[0], function), args[2:], kwargs)]
    return [(function, args, kwargs)]


def _noted(_message: Any, start: int, end: int, size: int) -> tuple[int, int, int]:
    return start, end, size


def _nothing(*_: Any) -> None:
    pass


def entering(original: Any) -> Any:
    """Make the hook on a pool's `schedule`: when the program handed a task over."""

    def schedule(self: Any, *args: Any, **kwargs: Any) -> Any:
        _entered.at = clock()
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            _entered.at = 0

    return schedule


def _open(kind: str, manager: Any) -> None:
    """Stamp what goes through the channels of a pool's manager of workers, which have just been made."""
    current = session.current
    if current is not None and not named_only(manager):
        pool = current.open_pool(kind, manager.workers_number)
        for channel in (manager.pool_channel, manager.workers_channel):
            channels.claim(channel.reader, channel.writer)
        manager.workers_channel._tracer_pool = (current.uid, pool)
        manager._tracer_stamps = PoolStamps(current, pool, manager.pool_channel)


def _follow_tasks(manager: Any) -> None:
    stamps: PoolStamps | None = getattr(manager.worker_manager, "_tracer_stamps", None)
    if stamps is not None:
        tasks = manager.context.task_queue
        manager.task_manager._tracer_stamps = stamps
        tasks.put = _stamped_put(stamps, tasks)


def _stamped_put(stamps: PoolStamps, tasks: Any) -> Any:
    """Make what stands for `put` of the queue of tasks, in the thread that submits: a task has its number."""
    find, stock = weakref.ref(tasks), type(tasks).put

    def put(task: Any, *args: Any, **kwargs: Any) -> None:
        if task is not None and session.current is stamps.current:
            stamps.submit(task)
        stock(find(), task, *args, **kwargs)

    return put


def _process_next_message(original: Any) -> Any:
    def process_next_message(self: Any, *args: Any) -> None:
        try:
            original(self, *args)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            stamps: PoolStamps | None = getattr(self.task_manager, "_tracer_stamps", None)
            if stamps is not None:
                stamps.answering = -1  # of a task that had been given up

    return process_next_message


def _task_done(original: Any) -> Any:
    def task_done(self: Any, task_id: int, result: Any) -> None:
        stamps: PoolStamps | None = getattr(self, "_tracer_stamps", None)
        waited_for = task_id in self.tasks
        try:
            original(self, task_id, result)
        except BaseException as error:
            conceal(error)
            raise
        if stamps is not None and waited_for and session.current is stamps.current:
            value = getattr(result, "value", None)
            stamps.delivered(task_id, value if isinstance(value, BaseException) else None)

    return task_done


def _note_broken(manager: Any) -> None:
    stamps: PoolStamps | None = getattr(manager.task_manager, "_tracer_stamps", None)
    if stamps is not None and session.current is stamps.current:
        stamps.current.record(schema.BROKEN | stamps.commit, clock())
