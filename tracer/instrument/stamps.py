"""The worker's side of a task: the records "begun" and "done", written by closures bound to one journal.

`begin` is committed before the task's function is entered, `done` before the result is sent: a worker that
is killed at any instant leaves the name of the task that it held.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tracer.instrument.items import ItemStamps
from tracer.record.clock import RunQueueClock, clock, core, thread_cpu
from tracer.record.journal import RECORD_BYTES, pack_body
from tracer.record.schema import BEGIN, COMMIT, CORE_SHIFT, DONE, LATE, POOL_SHIFT, STATUS_SHIFT
from tracer.record.session import Session

CPU_WORTH_NS = 50_000
"""CPU and run-queue clocks (3 µs a task) are read only after a task that ran at least this long."""

Begin = Callable[[int, int, int, int, int, int], None]
"""begin(job, index, wait_start, lock_acquired, received, args_bytes)"""
Done = Callable[[int, int, int, int, int], None]
"""done(run_end, result_pickled, result_bytes, status, error)"""


class TaskStamps:
    """What one worker thread writes of the tasks of one pool.

    In the order of a task's life: `begin`, then `items` where it is a chunk; `ended` as soon as the function
    has returned; `done` once the result is pickled (or could not be); `sent` when the write has returned.
    """

    __slots__ = ("begin", "done", "ended", "items", "sent")

    def __init__(self, current: Session, pool: int) -> None:
        journal = current.journal()
        begin_commit = BEGIN | pool << POOL_SHIFT
        done_commit = DONE | pool << POOL_SHIFT
        sent_word = LATE[DONE]
        measure = thread_cpu is not None  # the first task, and each that follows a long one
        run_queue: RunQueueClock | None = None
        items: ItemStamps | None = None
        run_start = cpu_start = cpu = waited = core_end = 0
        waited_start: int | None = None
        words = journal.words
        late = 0

        def begin(
            job: int, index: int, wait_start: int, lock_acquired: int, received: int, args_bytes: int
        ) -> None:
            nonlocal run_start, cpu_start, waited_start, run_queue
            if measure:
                run_queue = run_queue or RunQueueClock()
                waited_start = run_queue.read()
                cpu_start = thread_cpu()  # type: ignore[misc]
            run_start = clock()
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            pack_body(
                journal.buffer, at, job, index, wait_start, lock_acquired, received, run_start, args_bytes
            )
            journal.words[(at >> 3) + COMMIT] = begin_commit + (core() << CORE_SHIFT)

        def chunk(sequence: Sequence[Any]) -> Any:
            nonlocal items
            if len(sequence) < 2:
                return sequence  # the task is the item
            items = ItemStamps(journal)
            return items.over(sequence)

        def ended() -> int:
            nonlocal cpu, waited, measure, items, core_end
            run_end = clock()
            core_end = core()
            if measure:
                cpu = thread_cpu() - cpu_start + 1  # type: ignore[misc]
                now = run_queue.read() if run_queue else None
                waited = now - waited_start + 1 if now is not None and waited_start is not None else 0
            else:
                cpu = waited = 0
            measure = run_end - run_start >= CPU_WORTH_NS and thread_cpu is not None
            if items is not None:
                items.end(run_end)
                items = None
            return run_end

        def done(run_end: int, result_pickled: int, result_bytes: int, status: int, error: int) -> None:
            nonlocal words, late
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            pack_body(journal.buffer, at, run_end, result_pickled, 0, result_bytes, cpu, waited, error)
            words = journal.words
            late = at >> 3
            words[late + COMMIT] = done_commit + (core_end << CORE_SHIFT) + (status << STATUS_SHIFT)

        def sent() -> None:
            words[late + sent_word] = clock()

        self.begin = begin
        self.items = chunk
        self.ended = ended
        self.done = done
        self.sent = sent
