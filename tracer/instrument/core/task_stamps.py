"""The worker's side of a task: the records "begun" and "done", written by closures bound to one journal.

`begin` is committed before the task's function is entered, `done` before the result is sent: a worker that
is killed at any instant leaves the name of the task that it held.
"""

from __future__ import annotations

from tracer.instrument.core.items import ItemStamps
from tracer.record.clock import RunQueueClock, clock, core, thread_cpu
from tracer.record.journal import pack_record
from tracer.record.schema import BEGIN, CORE_SHIFT, DONE, LATE, POOL_SHIFT, RECORD_BYTES, STATUS_SHIFT
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

CPU_WORTH_NS = 50_000
"""CPU and run-queue clocks (4 µs a task) are read only after a task that ran at least this long."""


class TaskStamps:
    """What one worker thread writes of the tasks of one pool.

    In the order of a task's life: `begin`, then `items` where it is a chunk (`item_failed` for one that has
    raised, where that does not end the chunk); `ended` as soon as the function has returned (`raised` as soon
    as it has raised, and `ended` later); `done` once the result is pickled or could not be; `sent` when the
    write has returned. `place` tells where the record that `done` wrote is (its words, and the index of the
    first), for another thread that pickles and sends.

        begin(job, index, wait_start, lock_acquired, received, items)
        ended() -> run_end
        done(run_end, result_pickled, result_bytes, status, error)
    """

    __slots__ = ("begin", "done", "ended", "item_failed", "items", "place", "raised", "sent")

    def __init__(self, current: Session, pool: int) -> None:
        journal = current.journal()
        begin_commit = BEGIN | pool << POOL_SHIFT
        done_commit = DONE | pool << POOL_SHIFT
        sent_word = LATE[DONE]
        measure = thread_cpu is not None  # the first task, and each that follows a long one
        run_queue = RunQueueClock()
        chunk: ItemStamps | None = None
        run_start = cpu_start = cpu = waited = core_end = marked = 0
        waited_start: int | None = None
        words = journal.words
        late = 0

        def begin(
            job: int, index: int, wait_start: int, lock_acquired: int, received: int, items: int
        ) -> None:
            nonlocal run_start, cpu_start, waited_start, marked
            marked = 0
            run_start = clock()
            if measure:
                cpu_start = thread_cpu()  # type: ignore[misc]
                waited_start = run_queue.read()
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            commit = begin_commit + (core() << CORE_SHIFT)
            pack_record(
                journal.buffer, at, job, index, wait_start, lock_acquired, received, run_start, items, commit
            )

        def items(sequence: Sequence[Any]) -> Any:
            nonlocal chunk
            if len(sequence) < 2:
                return sequence  # the task is the item
            chunk = ItemStamps(journal)
            return chunk.over(sequence)

        def item_failed() -> None:
            if chunk is not None:
                chunk.failed()

        def raised() -> None:
            ended()

        def ended() -> int:
            nonlocal marked, cpu, waited, measure, chunk, core_end
            if marked:  # it raised, or its result could not be pickled, which is an exception after its end
                return marked
            if measure:  # between the stamps of the run, so that it never had more of a core than time
                cpu = thread_cpu() - cpu_start + 1  # type: ignore[misc]
                run_end = marked = clock()
                now = run_queue.read()
                waited = now - waited_start + 1 if now is not None and waited_start is not None else 0
            else:
                run_end = marked = clock()
                cpu = waited = 0
            core_end = core()
            measure = run_end - run_start >= CPU_WORTH_NS and thread_cpu is not None
            if chunk is not None:
                chunk.end(run_end)
                chunk = None
            return run_end

        def done(run_end: int, result_pickled: int, result_bytes: int, status: int, error: int) -> None:
            nonlocal words, late
            at = journal.at if journal.at < journal.limit else journal.grow()
            journal.at = at + RECORD_BYTES
            commit = done_commit + (core_end << CORE_SHIFT) + (status << STATUS_SHIFT)
            pack_record(
                journal.buffer, at, run_end, result_pickled, 0, result_bytes, cpu, waited, error, commit
            )
            words = journal.words
            late = (at >> 3) + sent_word

        def sent() -> None:
            words[late] = clock()

        def place() -> tuple[Any, int]:
            return words, late - sent_word

        self.begin = begin
        self.items = items
        self.place = place
        self.item_failed = item_failed
        self.ended = ended
        self.done = done
        self.sent = sent
        self.raised = raised
