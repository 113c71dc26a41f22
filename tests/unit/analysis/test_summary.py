import json

import pytest

from tests.support.traces import MS, child, main_process, pool_trace, synthetic, task, trace
from tracer.analysis import summarize


def test_numbers_of_a_pool_worked_out_by_hand():
    """Two workers, three tasks of 2, 4 and 2 ms between 10 and 20 ms."""
    rows = [
        task(0, 1, 11 * MS, 13 * MS, 1, submitted=10 * MS),
        task(1, 2, 11 * MS, 15 * MS, 1),
        task(2, 1, 17 * MS, 19 * MS, 1, delivered=20 * MS),
    ]
    workers = [child(1, 0, 5 * MS, 25 * MS), child(2, 0, 5 * MS, 25 * MS)]
    result = summarize(trace(rows, [main_process(0, 30 * MS), *workers]))
    assert result.wall_ns == 30 * MS
    assert result.makespan_ns == 10 * MS
    assert result.run_ns == 8 * MS
    assert result.parallelism == pytest.approx(0.8)
    assert result.peak_concurrency == 2
    assert [worker.tasks for worker in result.worker_busy] == [2, 1]
    assert [worker.busy_share for worker in result.worker_busy] == pytest.approx([0.4, 0.4])
    assert result.start_up_ns == 10 * MS
    assert result.start_up_share == pytest.approx(10 / 50)
    assert result.pickling_ns == 3 * 4  # four steps of 1 ns a task
    assert result.pickling_share == pytest.approx(12 / (12 + 8 * MS))
    assert (result.workers, result.workers_used, result.workers_at_once) == (2, 2, 2)
    assert result.tasks_by_status == {"ok": 3}
    assert (result.args_bytes, result.result_bytes) == (180, 60)


def test_items_that_were_not_timed():
    """A chunk of ten with four items timed leaves six; a task of one item is timed by its run."""
    rows = [task(0, 1, 1 * MS, 2 * MS, items=10), task(1, 1, 3 * MS, 4 * MS, items=1)]
    items = [{"task": 0, "item": n, "start": MS + n, "end": MS + n + 1} for n in range(4)]
    result = summarize(trace(rows, [main_process(), child(1, 0, 1, 5 * MS)], items=items))
    assert (result.items, result.items_not_timed) == (11, 6)


def test_threads_of_a_pool_are_workers_of_their_own():
    """Tasks of a thread pool are counted by thread, and have no pickling."""
    threads = [
        {
            "process": 0,
            "pid": 9,
            "tid": 70 + n,
            "name": f"T{n}",
            "role": "worker",
            "started": 0,
            "ended": 9 * MS,
        }
        for n in range(2)
    ]
    plain = dict.fromkeys(["pickle_start", "pickle_end", "sent", "result_pickled", "result_sent"])
    rows = [task(n, 0, 1 * MS, 2 * MS, worker_tid=70, kind="ThreadPool") | plain for n in range(2)]
    result = summarize(trace(rows, [main_process()], threads))
    assert [(worker.tid, worker.tasks) for worker in result.worker_busy] == [(70, 2), (71, 0)]
    assert (result.worker_processes, result.worker_threads, result.workers_used) == (0, 2, 1)
    assert result.pickling_ns is None
    assert result.pickling_share is None


def test_lost_tasks_are_named():
    """A lost task is counted as run but not as finished, and listed by its number."""
    rows = [
        task(0, 1, MS, 2 * MS),
        task(7, 1, 3 * MS, 0, status="lost") | {"run_end": None, "delivered": None},
    ]
    result = summarize(trace(rows, [main_process(), child(1, 0, 1, 5 * MS, exitcode=-9)]))
    assert (result.tasks, result.tasks_run, result.tasks_finished, result.tasks_lost) == (2, 2, 1, 1)
    assert result.lost_tasks == [7]


@pytest.mark.parametrize(
    "made",
    [
        trace(),
        trace((), [main_process(0, 0)]),
        trace((), [main_process(None, None)]),
        trace([{"task": 0, "status": "cancelled", "kind": "Pool", "pool": 0}], [main_process()]),
        trace([task(0, 1, 5, 5, 0)], [main_process()]),
        pool_trace(1, 1),
        synthetic(1000, 8),
    ],
    ids=["empty", "main only", "no times", "cancelled", "no time passes", "one task", "thousand"],
)
def test_any_trace_has_a_summary_that_is_json(made):
    """No NaN, no division by zero, nothing that JSON cannot hold."""
    text = json.dumps(summarize(made).to_dict(), allow_nan=False)
    assert json.loads(text)["tasks"] == len(made.tasks)


def test_chosen_summary_reads_back_the_losses():
    """What the recording lost is handed on as it is."""
    assert summarize(pool_trace(losses={"journal_full": 3})).losses == {"journal_full": 3}


def test_a_managers_own_threads_are_not_the_programs():
    """Threads that serve a manager's clients neither run nor count."""
    threads = [
        {"process": n, "pid": 9, "tid": 70 + n, "role": "user", "started": 0, "ended": MS} for n in (0, 1)
    ]
    result = summarize(trace((), [main_process(), child(1, 0, 1, MS, role="manager")], threads))
    assert (result.threads, result.peak_concurrency) == (1, 1)


def test_cores_in_the_summary():
    """A worker that holds core 0, then core 1, for 6 of 10 ms: 0.6 cores busy, one migration; else None."""
    slices = [
        {
            "core": core,
            "process": 1,
            "pid": 9,
            "tid": 4001,
            "start": a * MS,
            "end": b * MS,
            "reason": "blocked",
        }
        for core, a, b in ((0, 0, 4), (1, 6, 8))
    ]
    rows = [task(0, 1, 0, 10 * MS, 0)]
    people = [main_process(), child(1, 0, 0, 10 * MS)]
    result = summarize(trace(rows, people, slices=slices, core_source="kernel", affinity=[0, 1]))
    assert result.cores_busy == pytest.approx(0.6)
    assert (result.cores_allowed, result.migrations) == (2, 1)
    stamped = summarize(trace(rows, people))
    assert (stamped.cores_busy, stamped.migrations) == (None, None)
