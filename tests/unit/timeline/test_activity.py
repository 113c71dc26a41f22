import numpy as np

from tests.support.traces import MS, child, main_process, task, trace
from tracer.timeline.activity import activity, workers

THREAD = {"host": "desk", "process": 0, "pid": 4000, "tid": 70, "name": "T", "role": "worker"}


def test_shares_of_each_column():
    """Ten columns of 10 ms: worker 1 runs 20-60 ms of 100; worker 2 from 10 ms until it dies at 50."""
    lost = task(1, 2, 10 * MS, 0, step=0, status="lost") | {"run_end": None, "delivered": None}
    children = [child(1, 0, 10 * MS, 100 * MS), child(2, 0, 10 * MS, 50 * MS)]
    made = trace([task(0, 1, 20 * MS, 60 * MS, step=0), lost], [main_process(0, 100 * MS), *children])
    found = activity(made, workers(made), 10)
    assert found is not None
    assert (found.start_ns, found.end_ns) == (0, 100 * MS)
    np.testing.assert_allclose(found.busy[0], [0, 0, 1, 1, 1, 1, 0, 0, 0, 0])
    np.testing.assert_allclose(found.busy[1], [0, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(found.starting, np.array([[1] + [0] * 9] * 2))
    np.testing.assert_allclose(found.alive, np.array([[1] * 10, [1] * 5 + [0] * 5]))
    assert [axis.tolist() for axis in found.lost.nonzero()] == [[1], [5]]


def test_processes_come_before_threads():
    """Each in the order of its start; a thread that began before all processes stands below them."""
    children = [child(1, 5 * MS, 6 * MS, 9 * MS), child(2, 2 * MS, 3 * MS, 9 * MS)]
    made = trace((), [main_process(), *children], [THREAD | {"started": 0, "ended": 9 * MS}])
    assert [(lane.process, lane.tid) for lane in workers(made)] == [(2, None), (1, None), (0, 70)]


def test_a_thread_lives_no_longer_than_its_process():
    """A thread that was never seen to end is alive until its process's exit, not until the trace's end."""
    thread = THREAD | {"process": 1, "pid": 4001, "started": MS, "ended": None}
    made = trace(
        [task(0, 1, MS, 2 * MS, worker_tid=70)],
        [main_process(0, 10 * MS), child(1, 0, MS, 5 * MS, role="process")],
        [thread],
    )
    found = activity(made, workers(made), 5)
    assert found is not None
    assert found.end_ns == 5 * MS


def test_tasks_in_a_thread_that_has_no_lane():
    """Their process stands for it, by its PID, with nothing said of its life."""
    made = trace([task(0, 0, MS, 2 * MS, worker_tid=70, worker_pid=4000)], [main_process(0, 9 * MS)])
    (lane,) = workers(made)
    found = activity(made, [lane], 2)
    assert lane.name == "PID 4000"
    assert found is not None
    assert not found.alive.any()
    assert found.busy.tolist() == [[1, 1]]
