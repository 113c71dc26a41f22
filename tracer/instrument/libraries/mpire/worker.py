"""A worker of mpire, a process or a thread: stamps in the `get` of its queue and the `put` of its results.

A chunk begins when its first item is drawn, after `worker_init`; its run is over when its results are put.
They are pickled and written later, by the feeder of the results' queue, which stamps the same record.
"""

from __future__ import annotations

from collections import deque
from threading import local

from tracer.instrument.core.task_stamps import TaskStamps
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import channels
from tracer.record import schema
from tracer.record.clock import clock
from tracer.record.schema import HEADER_HELD, STATUS_SHIFT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType
    from typing import Any

APPLY_PILL = "\3"


def attach(
    current: Session, _package: ModuleType, _module: ModuleType, tasks: Any, results: Any, worker: Any
) -> None:
    """Make this process's worker stamp its tasks; called before its `run`.

    `tasks` and `results` are its two queues (`JoinableQueue`).
    """
    channels.claim(tasks, results)
    comms = worker.worker_comms
    first = current.identity.get("first", 0)
    taking = Taking(current, 0, worker.worker_id, comms.n_jobs, first)
    taking.follow(tasks)
    answer(results, {worker.worker_id: taking}, Answering(results))


class Taking(local):
    """What each thread has in hand that takes its tasks from one queue.

    The count of a queue's tasks goes on where its reader changes: `first` were taken before.
    """

    def __init__(self, current: Session, pool: int, worker: int, workers: int, first: int | Count) -> None:
        self.current, self.worker, self.workers = current, worker, workers
        self.count = first if isinstance(first, Count) else Count(first)
        self.stamps = TaskStamps(current, pool)
        self.held = current.journal().header
        self.wait_start = self.came = 0
        self.is_apply = self.applied = self.running = False  # of what comes next, and of the task in hand

    def follow(self, queue: Any) -> None:
        """Stamp what is taken from the queue."""
        stock_get, stock_done, prepared = queue.get, queue.task_done, False

        def get(block: bool = True, timeout: float | None = None) -> Any:
            nonlocal prepared
            if not prepared:  # only now: at the start of a child, queues are made ready anew
                prepared = True
                self._stamp_reading(queue)
            if not self.wait_start:
                self.wait_start = clock()
            self.came = 0
            try:
                message = stock_get(block, timeout)
            except BaseException as error:
                if self.came:
                    self._unreadable()
                conceal(error)
                raise
            return self._taken(message)

        def task_done() -> None:
            self._given_back()
            try:
                stock_done()
            except BaseException as error:
                conceal(error)
                raise

        queue.get, queue.task_done = get, task_done

    def _stamp_reading(self, queue: Any) -> None:
        stock = queue._recv_bytes

        def recv_bytes() -> Any:
            try:
                payload = stock()
            except BaseException as error:
                conceal(error)
                raise
            self.came = self.held[HEADER_HELD] = clock()  # unpickling may kill this process
            return payload

        queue._recv_bytes = recv_bytes

    def _unreadable(self) -> None:
        commit = schema.BEGIN | schema.UNPICKLABLE << STATUS_SHIFT
        self.current.record(commit, -1, -1, self.wait_start, self.wait_start, self.came)
        self.held[HEADER_HELD] = self.wait_start = 0

    def _taken(self, message: Any) -> Any:
        if type(message) is not tuple:  # a pill, or the parameters of the next map
            self.held[HEADER_HELD] = 0
            self.is_apply = isinstance(message, str) and message == APPLY_PILL
            return message
        job, chunk = message
        index = self.count.next() * self.workers + self.worker
        waited, came, self.wait_start = self.wait_start, self.came, 0
        self.applied, self.is_apply = self.is_apply, False
        if self.applied:  # what to call: the worker makes the chunk, and draws its only item at once
            self._begin(job, index, waited, came, 1)
            return message
        return job, self._items(job, index, waited, came, chunk)

    def _items(self, job: int, index: int, waited: int, came: int, chunk: Any) -> Iterator[Any]:
        items = self.stamps.items(chunk) if type(chunk) in (tuple, list) else chunk
        self._begin(job, index, waited, came, len(chunk))
        yield from items

    def _begin(self, job: int, index: int, waited: int, came: int, items: int) -> None:
        self.running = True
        self.stamps.begin(job, index, waited, waited, came, items)

    def answered(self, results: Any) -> tuple[memoryview, int] | None:
        """The results of a chunk are handed over; return where its record is. Of anything else, None."""
        job, succeeded, value = results[0]
        if not self.running or job is None or job < 0:  # of `worker_exit`, or the end of all
            return None
        self.running = False
        status, error = schema.OK, 0
        if not succeeded:
            status, error = schema.ERROR, self.current.name(getattr(value[0], "__name__", "?"))
        self.stamps.done(self.stamps.ended(), 0, 0, status, error)
        return self.stamps.place()

    def _given_back(self) -> None:
        """The worker is through with a task; without a result it was interrupted, or the pool is stopping."""
        if self.running:
            self.running = False
            error = self.current.name("InterruptWorker" if self.applied else "StopWorker")
            self.stamps.done(self.stamps.ended(), 0, 0, schema.ERROR, error)
            self.stamps.sent()  # that it has come to an end


def answer(queue: Any, taking: dict[int, Taking], answering: Answering | None) -> None:
    """Stamp what is put on the queue of results by the workers of these numbers.

    `answering` stamps what its feeder does; there is none between threads.
    """
    stock, prepared = queue.put, answering is None

    def put(message: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal prepared
        if not prepared:  # only now: at the start of a child, queues are made ready anew
            prepared = True
            answering.prepare()  # type: ignore[union-attr]
        worker, results = message
        place = taking[worker].answered(results) if worker in taking else None
        if answering is not None:
            answering.places.append(place)
        try:
            stock(message, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise

    queue.put = put


class Count:
    """How many tasks were taken from a queue."""

    def __init__(self, number: int) -> None:
        self.number = number

    def next(self) -> int:
        """Return the number of tasks before this one."""
        self.number += 1
        return self.number - 1


class Answering:
    """The feeder of a queue of results: when each was pickled, how large it is, and when it was written."""

    def __init__(self, queue: Any) -> None:
        self.queue = queue
        self.places: deque[tuple[memoryview, int] | None] = deque()

    def prepare(self) -> None:
        """Stand in for what the feeder is given when it starts, at the first `put`."""
        queue, places = self.queue, self.places
        write, fail = queue._send_bytes, queue._on_queue_feeder_error

        def send_bytes(payload: Any) -> None:
            place, pickled = places.popleft() if places else None, clock()
            if place is not None:
                words, at = place
                words[at + schema.DONE_PICKLED] = pickled
                words[at + schema.DONE_BYTES] = len(payload)
            try:
                write(payload)
            except BaseException as error:
                conceal(error)
                raise
            if place is not None:
                words[at + schema.LATE[schema.DONE]] = clock()

        def failed(error: Any, message: Any) -> Any:
            place = places.popleft() if places else None
            if place is not None:
                words, at = place
                words[at + schema.COMMIT] |= schema.UNPICKLABLE << STATUS_SHIFT
            return fail(error, message)

        queue._send_bytes, queue._on_queue_feeder_error = send_bytes, failed
