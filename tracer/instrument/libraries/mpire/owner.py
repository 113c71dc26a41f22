"""The queues of mpire's `WorkerPool` in their owner: what is put on each, and what comes back."""

from __future__ import annotations

from collections import deque
from itertools import chain

from tracer.instrument.core import labels
from tracer.instrument.core.names import function_name
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.libraries.mpire.worker import Count, Taking, answer
from tracer.instrument.stdlib import channels
from tracer.record import schema, session
from tracer.record.clock import clock
from tracer.record.schema import POOL_SHIFT, STATUS_SHIFT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_UNSENT = 1 << 30  # what was never sent has no place in its queue: indices from here on


class Owner:
    """The recording of one pool. `call` is what the program has called last: (when, function)."""

    def __init__(self, current: Session, pool: int, workers: int, threaded: bool) -> None:
        self.current, self.pool, self.workers, self.threaded = current, pool, workers, threaded
        self.commit = pool << POOL_SHIFT
        self.call: tuple[int, Any] = (0, None)
        self.job = -1  # the last that was recorded as submitted
        self.unsent = Count(_UNSENT)
        self.label = labels.writer(current, pool)
        self.functions: dict[int, Any] = {}  # by job, where labels are asked for
        self.late: tuple[memoryview, int] | None = None
        self.came = 0
        self.numbered: Callable[[], bool] = bool  # whether the arguments of a map carry their numbers
        self.open: list[deque[tuple[int, int]]] = []  # by worker: tasks that were sent, and not answered

    def follow(self, tasks: list[Any], results: Any) -> None:
        """Stamp what goes through these queues, which have just been made."""
        channels.claim(*tasks, results)
        self.open = [deque() for _ in tasks]
        for worker, queue in enumerate(tasks):
            queue._tracer_pool = self.current.uid, self.pool
            self._follow_tasks(worker, queue)
        if self.threaded:
            taking = {
                worker: Taking(self.current, self.pool, worker, self.workers, Count(0))
                for worker in range(len(tasks))
            }
            for worker, queue in enumerate(tasks):
                taking[worker].follow(queue)
            answer(results, taking, None)
        self._follow_results(tasks, results)

    def _follow_tasks(self, worker: int, queue: Any) -> None:
        write, fail = queue._send_bytes, queue._on_queue_feeder_error
        buffer = queue._buffer = _Buffer(self)
        sent_to, count = self.open[worker], Count(0)
        commit = schema.DISPATCH | self.commit

        def send_bytes(payload: Any) -> None:
            job, pickle_start, pickle_end = buffer.job, buffer.pickle_start, clock()
            index = 0
            if job >= 0:
                index = count.next() * self.workers + worker
                sent_to.append((job, index))  # before it is written: the answer may come at once
                if self.label is not None and session.current is self.current:
                    self.label.several(job, index, self._calls(job, buffer.task))
            try:
                write(payload)
            except BaseException as error:
                conceal(error)
                raise
            if job >= 0 and not self.threaded and session.current is self.current:
                self.current.record(commit, job, index, pickle_start, pickle_end, clock(), len(payload))

        def failed(error: Any, message: Any) -> Any:
            if buffer.job >= 0 and session.current is self.current:
                unpicklable = commit | schema.UNPICKLABLE << STATUS_SHIFT
                self.current.record(unpicklable, buffer.job, self.unsent.next(), buffer.pickle_start)
            return fail(error, message)

        queue._send_bytes, queue._on_queue_feeder_error = send_bytes, failed

    def _calls(self, job: int, task: Any) -> list[labels.Call]:
        """Return what a task calls for the program: of a map, each of the chunk's calls."""
        function = self.functions.get(job)
        try:
            if isinstance(task, tuple) and len(task) == 2 and task[0] is function:  # of `apply`
                return [(function, *task[1])]
            numbered = self.numbered()
            return [_call(function, each[1] if numbered else each) for each in task]
        except Exception:  # it looks otherwise inside
            return []

    def submit(self, job: int) -> None:
        """Record a job with its first task, in the thread that hands it over."""
        if job == self.job or session.current is not self.current:
            return
        self.job = job
        calls = self.current.submitting()
        submitted, function = calls[-1] if calls else self.call
        if self.label is not None:
            self.functions[job] = function
        name = function_name(self.current, function)
        self.current.record(schema.SUBMIT | self.commit, job, submitted or clock(), name)

    def _follow_results(self, tasks: list[Any], results: Any) -> None:
        stock, read = results.get, results._recv_bytes

        def recv_bytes() -> Any:
            try:
                payload = read()
            except BaseException as error:
                conceal(error)
                raise
            self.came = clock()
            return payload

        def get(block: bool = True, timeout: float | None = None) -> Any:
            late, self.late = self.late, None
            if late is not None and session.current is self.current:  # the one before has been delivered
                words, at = late
                words[at + schema.LATE[schema.RESULT]] = clock()
            try:
                message = stock(block, timeout)
            except BaseException as error:
                conceal(error)
                raise
            if session.current is self.current:
                self._came_back(tasks, *message)
            return message

        results.get, results._recv_bytes = get, recv_bytes

    def _came_back(self, tasks: list[Any], worker: int | None, results: Any) -> None:
        job = results[0][0]
        if worker is None or job is None or job < 0:
            return
        waiting = self.open[worker]
        while waiting:
            of, index = waiting.popleft()
            if of != job:
                continue  # it was interrupted, and gave no result
            tasks[worker]._tracer_first = (index - worker) // self.workers + 1
            commit, unpickled = schema.RESULT | self.commit, 0 if self.threaded else clock()
            self.late = self.current.journal().append(commit, job, index, self.came, unpickled, 0)
            return

    def give_up(self, job: int, error: BaseException) -> None:
        """Record that the pool has answered in place of the workers that have tasks of a job."""
        if session.current is not self.current:
            return
        commit = schema.RESULT | self.commit | schema.ERROR << STATUS_SHIFT
        name = self.current.name(type(error).__name__)
        for of, index in chain.from_iterable(list(waiting) for waiting in self.open):
            if of == job:
                self.current.record(commit, job, index, 0, 0, 0, name)  # it runs on, until it is interrupted


def _call(function: Any, given: Any) -> labels.Call:
    """Return a call of a map, by what it is given: mpire unpacks all but texts and arrays."""
    if isinstance(given, dict):
        return function, (), given
    plain = isinstance(given, (str, bytes)) or hasattr(given, "__array__") or not hasattr(given, "__iter__")
    return function, (given,) if plain else tuple(given), {}


class _Buffer(deque):  # type: ignore[type-arg]
    """Stands for the buffer between a queue's `put` and its feeder: `job` is what that has (-1: none)."""

    def __init__(self, owner: Owner) -> None:
        super().__init__()
        self._owner = owner
        self.job, self.pickle_start = -1, 0
        self.task: Any = None

    def append(self, message: Any, _append: Any = deque.append) -> None:
        """Take in a message from the thread that puts it."""
        if type(message) is tuple:
            self._owner.submit(message[0])
        _append(self, message)

    def popleft(self, _popleft: Any = deque.popleft) -> Any:
        """Give the oldest message to the feeder, which then serializes it; IndexError where there is none."""
        message = _popleft(self)
        self.job, self.task = (message[0], message[-1]) if type(message) is tuple else (-1, None)
        self.pickle_start = clock()
        return message
