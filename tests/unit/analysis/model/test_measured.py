"""What a trace says each step took, and that it replays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MS, US
from tracer.analysis.model import Change, WhatIf, measured
from tracer.tables.tables import Tables


@pytest.mark.parametrize(("workers", "tasks"), [(1, 1), (2, 9), (4, 5), (4, 40)])
def test_a_run_replays_as_it_was(workers: int, tasks: int) -> None:
    """The makespan that the model plays is that of the trace, within 3 %."""
    model = WhatIf(traces.pool_trace(workers, tasks))
    assert abs(model(Change()).replay_error) < 0.03


def test_a_million_tasks_would_do() -> None:
    """A long run with random lengths replays within 3 % too."""
    model = WhatIf(traces.synthetic(20_000))
    assert abs(model(Change()).replay_error) < 0.1


def test_steps_are_what_the_stamps_say() -> None:
    """One task: pickled in 1 µs after 1 µs, run for 10 ms, and all the way back."""
    trace = traces.trace(
        [traces.task(1, 1, 20 * MS, 30 * MS, 1000)],
        [traces.main_process(0, 40 * MS), traces.child(1, 0, 5 * MS, 40 * MS)],
    )
    load = measured(trace)
    assert load is not None
    assert (load.make[0], load.serialize[0]) == (US, US)
    assert load.work[0] == 10 * MS + 2 * US  # with unpickling and pickling
    assert load.workers == 1


def test_processes_are_a_workload_too() -> None:
    """Two plain processes: two tasks on two workers."""
    people = [traces.child(n, 0, 2 * MS, 12 * MS, role="process") for n in (1, 2)]
    load = measured(traces.trace((), [traces.main_process(0, 20 * MS), *people]))
    assert load is not None
    assert (load.kind, len(load), load.workers) == ("processes", 2, 2)


def test_nothing_that_ended_is_no_workload() -> None:
    """A trace without tasks and children, and one whose task was lost, give none."""
    lost = traces.task(1, 1, 20 * MS, 30 * MS) | {"run_end": None, "status": "lost", "delivered": None}
    people = [traces.main_process(0, 40 * MS), traces.child(1, 0, 5 * MS, 40 * MS)]
    assert measured(traces.trace()) is None
    assert measured(traces.trace([lost], people)) is None


def test_who_reads_lets_the_next_one_read_before_it_says_so() -> None:
    """The first reader is put off until 19 ms; the second reads and runs meanwhile; so it replays."""
    late = traces.task(1, 1, 20 * MS, 21 * MS) | {"received": 19 * MS}
    early = traces.task(2, 2, 12 * MS, 18 * MS) | {"pickle_start": late["pickle_end"]}
    first = late | {"pickle_start": 10 * MS, "pickle_end": 10 * MS + US, "sent": 10 * MS + 2 * US}
    first |= {"submitted": 10 * MS, "wait_start": 9 * MS, "lock_acquired": 9 * MS}
    second = early | {"pickle_start": 11 * MS, "pickle_end": 11 * MS + US, "sent": 11 * MS + 2 * US}
    second |= {"submitted": 10 * MS, "wait_start": 9 * MS, "lock_acquired": 11 * MS, "received": 12 * MS - US}
    people = [traces.main_process(0, 40 * MS), *(traces.child(n, 0, 5 * MS, 40 * MS) for n in (1, 2))]
    model = WhatIf(traces.trace([first, second], people))
    assert model.load is not None
    assert model.load.receive[0] < 2 * MS
    assert abs(model(Change()).replay_error) < 0.001


def test_a_worker_that_came_later_may_take_the_message() -> None:
    """Of three tasks the third, ready at 14 ms, goes to who waits since 15, not to who waits since 13 ms."""
    rows = []
    for number, worker, ready, wait, start in ((1, 1, 10, 9, 11), (2, 2, 11, 9, 12), (3, 2, 14, 15, 16)):
        stamps = {"pickle_start": ready * MS - US, "pickle_end": ready * MS, "sent": ready * MS + US}
        stamps |= {"submitted": 10 * MS - US, "wait_start": wait * MS, "received": start * MS - US}
        end = {11: 12, 12: 14, 16: 20}[start]
        rows.append(traces.task(number, worker, start * MS, end * MS, US) | stamps)
    people = [traces.main_process(0, 40 * MS), *(traces.child(n, 0, 5 * MS, 40 * MS) for n in (1, 2))]
    model = WhatIf(traces.trace(rows, people))
    assert abs(model(Change()).replay_error) < 0.001


def test_a_writer_that_goes_on_before_its_reader_is_done_replays_so() -> None:
    """A large message is written 200 µs before its reader has it, the next serialized meanwhile."""
    rows = []
    for number in range(8):
        begin = 10 * MS + number * 1300 * US
        stamps = {"pickle_start": begin, "pickle_end": begin + 500 * US, "sent": begin + 1300 * US}
        stamps |= {"submitted": 10 * MS, "wait_start": begin, "lock_acquired": begin}
        stamps |= {"received": begin + 1500 * US, "args_bytes": 2_000_000}
        rows.append(traces.task(number, number % 4 + 1, begin + 1600 * US, begin + 3600 * US) | stamps)
    people = [traces.main_process(0, 60 * MS), *(traces.child(n, 0, 5 * MS, 60 * MS) for n in range(1, 5))]
    model = WhatIf(traces.trace(rows, people))
    assert model.load is not None
    assert model.load.write.tolist() == [-200 * US] * 8
    assert abs(model(Change()).replay_error) < 0.001


def test_a_setting_that_stays_is_the_replay_to_the_last_digit() -> None:
    """As many workers as there were, and chunks of the size that there was."""
    model = WhatIf(traces.synthetic(2_000))
    assert model.load is not None
    replay = model(Change()).predicted_ns
    assert model(Change(workers=model.load.workers)).predicted_ns == replay
    assert model(Change(chunksize=1)).predicted_ns == replay
    assert replay == model.measured_ns


def test_how_workers_were_started_is_known() -> None:
    """Two, called at 0 and ready after 5 ms, some tasks of which are submitted later."""
    model = WhatIf(traces.pool_trace(2, 6))
    assert model.load is not None
    assert model.load.starts is not None
    assert model.load.starts.begun.size == 2
    assert model.load.starts.until_ready > 0


def test_the_runs_own_start_method_is_known() -> None:
    """A pool's workers tell; plain processes are no workers."""
    assert WhatIf(traces.pool_trace(2, 6)).start_method == "fork"
    people = [traces.child(n, 0, 2 * MS, 12 * MS, role="process") for n in (1, 2)]
    assert WhatIf(traces.trace((), [traces.main_process(0, 20 * MS), *people])).start_method == ""


def test_processes_that_shared_nothing_lacked_a_core_for_others_sake() -> None:
    """Two on two cores, each put off for 4 of its 10 ms: the run replays with that, not with fewer cores."""
    people = [traces.child(n, 0, 2 * MS, 12 * MS, role="process") for n in (1, 2)]
    slices = []
    for process in (1, 2):
        row = {"core": process - 1, "process": process, "pid": traces.MAIN_PID + process}
        row |= {"tid": traces.MAIN_PID + process}
        slices.append(row | {"start": 0, "end": 6 * MS, "reason": "preempted"})
        slices.append(row | {"start": 10 * MS, "end": 12 * MS, "reason": "exited"})
    main = traces.main_process(0, 20 * MS)
    model = WhatIf(traces.trace((), [main, *people], slices=slices, core_source="kernel", affinity=[0, 1]))
    assert model.load is not None
    assert model.load.cores == 2
    assert abs(model(Change()).replay_error) < 0.001


@pytest.mark.parametrize("kind", ["ThreadPool", "ThreadPoolExecutor"])
def test_threads_of_either_kind_replay(kind: str) -> None:
    """Two threads that compute in turns of 5 ms on one core: 4 tasks of 5 ms take 20."""
    rows, slices, unknown = [], [], ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent")
    for number in range(4):
        start, tid = (10 + 5 * number) * MS, traces.MAIN_PID + 1 + number % 2
        stamps = {"kind": kind, "process": 0, "worker_pid": traces.MAIN_PID, "worker_tid": tid}
        stamps |= dict.fromkeys(unknown) | {"submitted": 10 * MS, "wait_start": max(start - 5 * MS, 10 * MS)}
        stamps |= {"received": start, "delivered": start + 5 * MS}
        stamps |= dict.fromkeys(("result_received", "result_unpickled", "args_bytes", "result_bytes"))
        rows.append(traces.task(number, 0, start, start + 5 * MS) | stamps)
        row = {"core": 0, "process": 0, "pid": traces.MAIN_PID, "tid": tid, "reason": "blocked"}
        slices.append(row | {"start": start, "end": start + 5 * MS})
    main = traces.main_process(0, 40 * MS)
    threads = [
        {"process": 0, "pid": traces.MAIN_PID, "tid": traces.MAIN_PID + n, "role": "worker"}
        | {"host": "desk", "name": f"worker {n}", "started": 0, "ended": 40 * MS}
        for n in (1, 2)
    ]
    model = WhatIf(traces.trace(rows, [main], threads, slices=slices, core_source="kernel"))
    assert model.load is not None
    assert model.load.threaded
    assert model.measured_ns == 20 * MS
    assert abs(model(Change()).replay_error) < 0.03


def sleepers(count: int = 16, each: int = 10) -> Tables:
    """Return threads that sleep 30 ms and compute for 1 ms, in turn: half of the time one does."""
    rows: list[dict[str, Any]] = []
    slices: list[dict[str, Any]] = []
    piped = ("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_unpickled")
    for number in range(each):
        for worker in range(count):
            start = MS + 2 * MS * worker + 32 * MS * number
            tid = traces.MAIN_PID + 1 + worker
            row = traces.task(len(rows), 0, start, start + 31 * MS, 0) | dict.fromkeys(piped)
            row |= {"kind": "ThreadPoolExecutor", "worker_pid": traces.MAIN_PID, "worker_tid": tid}
            row |= {"submitted": 0, "cpu_ns": MS, "runq_ns": 0, "result_received": None}
            rows.append(row | {"wait_start": start - MS, "lock_acquired": start - MS, "received": start})
            slices.append(
                {"core": 0, "process": 0, "pid": traces.MAIN_PID, "tid": tid, "host": "desk"}
                | {"start": start + 30 * MS, "end": start + 31 * MS, "reason": "blocked"}
            )
    last = max(row["run_end"] for row in rows) + MS
    who = {
        "host": "desk",
        "process": 0,
        "pid": traces.MAIN_PID,
        "role": "worker",
        "started": 0,
        "ended": last,
    }
    people = [who | {"tid": traces.MAIN_PID + 1 + worker} for worker in range(count)]
    two: dict[str, Any] = {"core_source": "kernel", "affinity": [0, 1], "cpu_count": 2}
    return traces.trace(rows, [traces.main_process(0, last)], people, slices=slices, **two)


def test_threads_that_sleep_do_not_wait_for_the_gil_meanwhile() -> None:
    """For half of each sleep another one has the GIL; but all slept, and twice as many take half."""
    model = WhatIf(sleepers())
    assert model.load is not None
    assert model.load.rest.mean() == pytest.approx(30 * MS, rel=0.05)
    assert abs(model(Change()).replay_error) < 0.05
    assert model(Change(workers=32)).predicted_ns == pytest.approx(model.measured_ns / 2, rel=0.2)


def test_a_result_that_waits_for_a_core_is_not_slow_to_send() -> None:
    """Four workers on two cores: to send takes 0.1 ms on a core, and 4 ms with the wait for one."""
    rows: list[dict[str, Any]] = []
    slices: list[dict[str, Any]] = []
    for worker in range(4):
        who = {"host": "desk", "core": worker % 2, "process": worker + 1, "pid": traces.MAIN_PID + worker + 1}
        who |= {"tid": who["pid"]}
        for number in range(10):
            start = (40 + 40 * number + 10 * (worker // 2)) * MS
            row = traces.task(len(rows), worker + 1, start, start + 10 * MS, 1000, cpu_ns=10 * MS, runq_ns=0)
            sent = row["result_pickled"] + 4 * MS
            rows.append(row | {"submitted": 30 * MS, "result_sent": sent})
            on = ((start - 5000, row["result_pickled"] + 50 * US), (sent - 50 * US, sent + 10 * US))
            slices += [who | {"start": since, "end": until, "reason": "preempted"} for since, until in on]
    last = 500 * MS
    people = [traces.child(worker + 1, 0, 30 * MS, last) for worker in range(4)]
    two: dict[str, Any] = {"core_source": "kernel", "affinity": [0, 1], "cpu_count": 2}
    load = measured(traces.trace(rows, [traces.main_process(0, last), *people], slices=slices, **two))
    assert load is not None
    assert load.reply.max() == pytest.approx(100 * US, rel=0.05)
