import numpy as np

from tests.support.traces import MAIN_PID, MS, child, hidden_threads, main_process, task, trace
from tracer.analysis.structure.lanes import KINDS, all_lanes, lanes
from tracer.analysis.structure.pools import pools


def thread(process, tid, role="user", started=0, ended=None, **more):
    row = {"host": "desk", "process": process, "pid": MAIN_PID + process, "tid": tid, "name": f"T{tid}"}
    return row | {"role": role, "started": started, "ended": ended} | more


def lives(made):
    """Return kind, process, thread, start and end of every lane, in milliseconds."""
    table = all_lanes(made)
    ends = ((table[name] / MS).tolist() for name in ("start", "end"))
    return list(zip(table["kind"], table["process"], table["tid"], *ends, strict=True))


def test_a_process_lives_from_its_call_to_its_exit():
    """Without an exit it was last seen leaving its target; without either it lived to the trace's end."""
    made = trace(
        (),
        [
            main_process(0, 90 * MS),
            child(1, 1 * MS, 2 * MS, 9 * MS),
            child(2, 2 * MS, 3 * MS, 8 * MS, role="process", exited=None),
            child(3, 4 * MS, 5 * MS, 8 * MS, exited=None),
        ],
    )
    assert lives(made) == [
        ("main", 0, -1, 0, 90),
        ("worker", 1, -1, 1, 9),
        ("worker", 3, -1, 4, 90),
        ("process", 2, -1, 2, 8),
    ]


def test_a_thread_lives_no_longer_than_its_process():
    """One that was never seen to end ended with its process, in the account and in every view."""
    made = trace(
        (),
        [main_process(0, 9 * MS), child(1, 0, MS, 5 * MS)],
        [thread(1, 70), thread(0, 71, ended=3 * MS), thread(0, 72)],
    )
    found = {tid: (start, end) for _, _, tid, start, end in lives(made) if tid >= 0}
    assert found == {70: (0, 5), 71: (0, 3), 72: (0, 9)}
    assert all_lanes(made).set_index("tid")["died"].isna()[70]


def test_the_account_has_the_program_s_own_lanes():
    """Helpers, a manager and hidden threads of pools without tasks come after them, for a view to choose."""
    helpers = [child(2, 0, 1, 2, role="tracer"), child(3, 0, 1, 2, role="manager")]
    made = trace(
        [task(0, 1, MS, 2 * MS)],
        [main_process(0, 9 * MS), child(1, 0, MS, 5 * MS), *helpers],
        [*hidden_threads(0, 9 * MS), thread(1, 80, role="task_handler")],
    )
    every, own = all_lanes(made), lanes(made).table
    assert own["kind"].tolist() == ["main", "hidden", "hidden", "worker"]
    assert every["kind"].tolist()[len(own) :] == ["spare", "other", "other"]
    assert own.equals(every[own.columns][: len(own)])
    assert set(own["kind"]) <= set(KINDS)


def test_a_number_that_comes_round_again_is_two_lanes():
    """Each task lies on the lane of the thread that had the number then."""
    rows = [thread(0, 70, "worker", 0, 2 * MS), thread(0, 70, "worker", 5 * MS, 8 * MS)]
    found = lanes(trace((), [main_process(0, 9 * MS)], rows))
    at = found.find(np.array([0, 0]), np.array([70, 70]), np.array([1.0 * MS, 6.0 * MS]))
    assert found.table["start"].to_numpy()[at].tolist() == [0, 5 * MS]


def test_a_pool_belongs_to_the_process_that_made_its_workers():
    """The parent of the first worker that is known; where that is a fork server, the program; of a
    thread pool the process that ran its tasks."""
    people = [
        main_process(),
        child(1, 0, 1, 2, role="process"),
        child(2, 0, 1, 2, ppid=MAIN_PID + 1),
        child(3, 0, 1, 2, role="forkserver"),
        child(4, 0, 1, 2, ppid=MAIN_PID + 3),
    ]
    rows = [
        task(0, 1, 1, 2, pool=0) | {"process": None, "worker_pid": None, "worker_tid": None},
        task(1, 2, 3, 4, pool=0),
        task(2, 4, 3, 4, pool=1),
        task(3, 1, 3, 4, pool=2, kind="ThreadPool"),
    ]
    assert [(one.number, one.owner) for one in pools(trace(rows, people))] == [(0, 1), (1, 0), (2, 1)]
