import numpy as np
import pytest

from tests.support.traces import MS, US, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.timeline.cores import core_chart
from tracer.timeline.lanes import Lane, LaneIndex
from tracer.timeline.processes import chart
from tracer.timeline.task_columns import TaskColumns


def lay_out(made, only=()):
    return chart(TaskColumns(made), only)


def cores_of(made):
    columns = TaskColumns(made)
    return core_chart(columns, chart(columns))


def only(made, kind):
    (bars,) = [group for group in made.bars if group.kind == kind]
    return bars


def test_main_then_hidden_threads_then_workers_in_the_order_of_their_start():
    """Workers are numbered by their start; the handler without bars of its own has no lane."""
    workers = [child(1, 5 * MS, 6 * MS, 9 * MS), child(2, 1 * MS, 2 * MS, 9 * MS)]
    made = lay_out(trace((), [*workers, main_process()], hidden_threads(0, 9 * MS)))
    assert [(lane.role, lane.process, lane.number) for lane in made.lanes] == [
        ("main", 0, None),
        ("task_handler", 0, None),
        ("result_handler", 0, None),
        ("worker", 2, 1),
        ("worker", 1, 2),
    ]


def test_a_task_is_drawn_where_each_phase_happened():
    """The parent pickles and unpickles in its hidden threads; the worker waits, receives, unpickles, runs."""
    start, end = 10 * MS, 12 * MS
    made = lay_out(
        trace(
            [task(0, 1, start, end, US)],
            [main_process(), child(1, 0, MS, 20 * MS)],
            hidden_threads(MS, 20 * MS),
        )
    )
    run, wait = only(made, "run"), only(made, "wait")
    assert (run.lane.tolist(), run.start.tolist(), run.end.tolist()) == ([3], [start], [end])
    assert run.number.tolist() == [0]
    assert (wait.start.tolist(), wait.end.tolist()) == (
        [start - 5 * US],
        [start - 3 * US],
    )  # until pickle_end
    at = [
        (group.kind, lane, when)
        for group in made.bars
        for lane, when in zip(group.lane.tolist(), group.start.tolist(), strict=True)
    ]
    unpickled, pickled = (
        [(lane, when) for k, lane, when in at if k == kind] for kind in ("unpickle", "pickle")
    )
    assert sorted(unpickled) == [(2, end + 2 * US), (3, start - US)]
    assert sorted(pickled) == [(1, start - 4 * US), (3, end)]
    kinds = [(group.kind, lane) for group in made.bars for lane in group.lane.tolist()]
    for expected in (("pickle", 1), ("pipe", 1), ("unpickle", 2), ("deliver", 2), ("pickle", 3), ("pipe", 3)):
        assert expected in kinds


def test_start_up_in_three_parts():
    """From the call to the fork, to our first line, to the target: nothing between them is left out."""
    made = lay_out(trace((), [main_process(), child(1, 0, 10 * MS, 20 * MS)]))
    ends = [(only(made, k).start[0], only(made, k).end[0]) for k in ("call", "interpreter", "prepare")]
    assert ends == [(0, 1 * MS), (1 * MS, 7 * MS), (7 * MS, 10 * MS)]


def test_lost_and_failed_tasks_have_kinds_of_their_own():
    """A lost run lasts to its worker's death; one that raised is no plain run."""
    rows = [
        task(0, 1, MS, 2 * MS, status="error"),
        task(1, 1, 3 * MS, 0, status="lost") | {"run_end": None, "delivered": None},
    ]
    made = lay_out(trace(rows, [main_process(), child(1, 0, US, 7 * MS)]))
    assert only(made, "error").number.tolist() == [0]
    (lost,) = made.deaths
    assert (lost.start.tolist(), lost.end.tolist()) == ([3 * MS], [7 * MS])


def test_who_died_without_a_task_is_marked_once():
    """A worker that was killed while it waited, a process that failed; not who was stopped or lost a task."""
    people = [
        main_process(),
        child(1, 0, US, 5 * MS, exitcode=-9),
        child(2, 0, US, 7 * MS, exitcode=-9),
        child(3, 0, US, 8 * MS, exitcode=-15, stopped=6 * MS, stop_signal=15),
        child(4, 0, US, 9 * MS, "process", exitcode=1),
    ]
    rows = [task(0, 2, 3 * MS, 0, status="lost") | {"run_end": None, "delivered": None}]
    made = lay_out(trace(rows, people))
    at = {
        group.kind: [(made.lanes[lane].name, end) for lane, end in zip(group.lane, group.end, strict=True)]
        for group in made.deaths
    }
    assert at == {
        "lost": [("ForkPoolWorker-2", 7 * MS)],
        "died": [("ForkPoolWorker-1", 5 * MS), ("Process-4", 9 * MS)],
    }


def test_what_main_and_managers_compute_lies_on_their_lives():
    """By main's first thread, and by any of a manager; hidden threads and workers are shown elsewhere."""
    people = [main_process(), child(1, 0, US, 9 * MS), child(2, 0, US, 9 * MS, "manager")]
    main, worker, manager = (one["pid"] for one in people)
    ran = [
        (0, main, main),
        (0, main, main + 900),
        (1, worker, worker),
        (2, manager, manager),
        (2, manager, 77),
    ]
    slices = [
        {
            "core": 0,
            "process": process,
            "pid": pid,
            "tid": tid,
            "start": n * MS,
            "end": (n + 1) * MS,
            "reason": "blocked",
        }
        for n, (process, pid, tid) in enumerate(ran)
    ]
    made = trace([], people, hidden_threads(0, 9 * MS), slices=slices, core_source="kernel")
    shown = lay_out(made)
    (group,) = shown.on_core
    at = [(shown.lanes[lane].role, start // MS) for lane, start in zip(group.lane, group.start, strict=True)]
    assert sorted(at) == [("main", 0), ("manager", 3), ("manager", 4)]
    assert lay_out(trace([], people)).on_core == ()


def test_threads_of_a_pool_have_lanes_within_their_process():
    """A task of a thread pool lies on its thread's lane, not on main's."""
    threads = [
        {"process": 0, "pid": 9, "tid": 70, "name": "T", "role": "worker", "started": 0, "ended": 9 * MS}
    ]
    made = lay_out(trace([task(0, 0, MS, 2 * MS, worker_tid=70)], [main_process()], threads))
    assert [lane.tid for lane in made.lanes] == [None, 70]
    assert only(made, "run").lane.tolist() == [1]


def thread(tid, started, ended):
    row = {"process": 0, "pid": 9, "tid": tid, "name": f"T{tid}", "role": "worker"}
    return row | {"started": started, "ended": ended}


def test_what_began_first_stands_higher():
    """Two processes, then two threads of main that lived after them: in this order, numbered from the top."""
    people = [main_process(), child(1, 0, MS, 5 * MS), child(2, 0, MS, 5 * MS)]
    later = [thread(70, 6 * MS, 9 * MS), thread(71, 7 * MS, 9 * MS)]
    made = lay_out(trace((), people, later))
    assert [(lane.process, lane.tid, lane.number) for lane in made.lanes] == [
        (0, None, None), (1, None, 1), (2, None, 2), (0, 70, 3), (0, 71, 4)
    ]  # fmt: skip
    earlier = [thread(70, 0, 2 * MS), thread(71, MS, 2 * MS)]
    later_people = [main_process(), child(1, 3 * MS, 4 * MS, 5 * MS), child(2, 3 * MS, 4 * MS, 5 * MS)]
    assert [lane.tid for lane in lay_out(trace((), later_people, earlier)).lanes] == [
        None,
        70,
        71,
        None,
        None,
    ]


def test_what_lived_at_one_time_stays_together():
    """The second thread of a pool begins after the second process, and still stands by the first."""
    people = [main_process(), child(1, 2 * MS, 3 * MS, 9 * MS), child(2, 4 * MS, 5 * MS, 9 * MS)]
    made = lay_out(trace((), people, [thread(70, 1 * MS, 9 * MS), thread(71, 6 * MS, 9 * MS)]))
    assert [lane.tid or lane.process for lane in made.lanes] == [0, 70, 71, 1, 2]


def test_lanes_can_be_chosen():
    """By name, PID, role or number; bars of the others are left out."""
    made = lay_out(pool_trace(4, 8), ["main", "W2", "4003"])
    assert [lane.process for lane in made.lanes] == [0, 2, 3]
    assert sorted(only(made, "run").number.tolist()) == [1, 2, 5, 6]


def test_helpers_are_named_but_not_drawn():
    """The collector is the tracer's, not the program's."""
    made = lay_out(trace((), [main_process(), child(1, 0, 1, 2, role="tracer")]))
    assert len(made.lanes) == 1
    assert made.hidden_roles == ("tracer",)


def test_stamped_runs_that_overlap_on_a_core_have_rows_of_their_own():
    """Two workers on core 0 at one time make two rows; a run that ended elsewhere is told apart."""
    rows = [
        task(0, 1, 1 * MS, 5 * MS, core_start=0, core_end=0),
        task(1, 2, 2 * MS, 6 * MS, core_start=0, core_end=1),
    ]
    made = trace(rows, [main_process(), child(1, 0, 1, 9 * MS), child(2, 0, 1, 9 * MS)], affinity=[0, 1])
    cores = cores_of(made)
    assert [(lane.core, lane.row, lane.rows) for lane in cores.lanes] == [(0, 0, 2), (0, 1, 2), (1, 0, 1)]
    assert {group.kind: group.lane.tolist() for group in cores.bars} == {"1": [0], "moved 2": [1]}
    assert cores.source == "stamps"
    assert cores.moved == 1


def test_slices_win_over_stamps():
    """With slices of the kernel's the bars are the slices, coloured by who held the core."""
    slices = [{"core": 1, "process": 1, "pid": 4001, "tid": 4001, "start": 3, "end": 9, "reason": "blocked"}]
    made = trace(
        [task(0, 1, 1, 9, 0)], [main_process(), child(1, 0, 1, 9)], slices=slices, core_source="kernel"
    )
    cores = cores_of(made)
    (bars,) = cores.bars
    assert (bars.kind, bars.start.tolist(), bars.end.tolist()) == ("1", [3], [9])
    assert [cores.lanes[i].core for i in bars.lane] == [1]


def test_other_programs_have_their_cores_too():
    """Those of one name that follow one another are one bar; the tracer's own have none."""
    held = {"host": "desk", "core": 1, "process": 1, "pid": 101, "tid": 101, "start": 0, "end": 4 * MS}
    theirs = [("cc", 70, 4, 5), ("cc", 71, 5, 6), ("sh", 72, 6, 7), ("tracer", 73, 7, 8), ("cc", 70, 8, 9)]
    made = trace(
        [task(0, 1, 0, 4 * MS)],
        [main_process(), child(1, 0, 0, 9 * MS)],
        slices=[held | {"reason": "preempted"}],
        others=[
            {"host": "desk", "core": 1, "pid": pid, "name": name, "start": start * MS, "end": end * MS}
            for name, pid, start, end in theirs
        ],
        core_source="kernel",
        affinity=[0, 1],
    )
    cores = cores_of(made)
    bars = {
        group.kind: list(zip(group.lane, group.start / MS, group.end / MS, strict=True))
        for group in cores.bars
    }
    assert bars == {"1": [(1, 0, 4)], "by cc": [(1, 4, 6), (1, 8, 9)], "by sh": [(1, 6, 7)]}


def test_no_core_data():
    """A trace that knows no core has no cores chart."""
    made = trace([task(0, 1, 1, 9, 0, core_start=None, core_end=None)], [main_process(), child(1, 0, 1, 9)])
    assert cores_of(made) is None


def test_a_core_that_too_many_share_shows_when_it_had_any():
    """Twelve overlapping workers on one core become one grey bar from the first start to the last end."""
    rows = [task(n, n + 1, n * US, MS + n * US, 0, core_start=0, core_end=0) for n in range(12)]
    made = trace(rows, [main_process(), *(child(n + 1, 0, 1, 9 * MS) for n in range(12))], affinity=[0])
    (bars,) = cores_of(made).bars
    assert bars.kind == "several"
    assert np.array_equal([bars.start, bars.end], [[0], [MS + 11 * US]])


@pytest.mark.parametrize("apart", [1, 10**7])
def test_lanes_are_found_by_process_and_thread(apart):
    """A thread without a lane lies on its process's, who is unknown on none; numbers may lie far apart."""
    lanes = [
        Lane(0, 9, None, "main", "main"),
        Lane(0, 9, 70 * apart, "worker", "T"),
        Lane(3 * apart, 12, None, "worker", "W"),
    ]
    index = LaneIndex(lanes)
    process, tid = np.array([0, 0, 0, 3, 3, 2, -1]), np.array([-1, 70, 71, 70, -1, 70, -1])
    found = index(np.where(process > 0, process * apart, process), np.where(tid > 0, tid * apart, tid))
    assert found.tolist() == [0, 1, 0, 2, 2, -1, -1]


def test_who_ended_with_an_error_stands_out() -> None:
    """Where nobody did, whoever lost a task: its name is written first where there is no room for all."""
    tasks = [task(0, 1, 50 * MS, 60 * MS, status="lost"), task(1, 2, 50 * MS, 60 * MS)]
    children = [child(1, 0, 40 * MS, 100 * MS), child(2, 0, 40 * MS, 100 * MS)]

    def out() -> list[str]:
        made = trace(tasks, [main_process(), *children])
        return [lane.name for lane in lay_out(made).lanes if lane.stands_out]

    assert out() == [children[0]["name"]]
    children[1]["exitcode"] = 3
    assert out() == [children[1]["name"]]
