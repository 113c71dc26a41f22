import re

import pytest

from tests.support.traces import MS, US, S, child, main_process, pool_trace, task, trace
from tracer.analysis import sentence, summarize


def say(made):
    return sentence(summarize(made))


def test_a_pool():
    """Workers, tasks, mean and peak, as measured."""
    assert re.fullmatch(r"4 workers ran 5 tasks; 2\.4 ran at once on average \(peak 4\)", say(pool_trace()))


def test_idle_workers_are_not_said_to_have_run():
    """A pool of four of which one did the only task says so, how long, and nothing of overlap."""
    assert say(pool_trace(4, 1)) == "1 of 4 workers ran 1 task; it ran for 10 ms"


def test_no_overlap_is_said_as_such():
    """Tasks so short that no two ever ran together."""
    made = pool_trace(4, 5, task_ns=3 * US, start_up_ns=30 * MS, step_ns=8 * US)
    assert say(made).endswith("of the time, never two at once")


def test_processes_without_a_pool():
    """Children started by hand are processes, not workers."""
    children = [child(n, 0, MS, 2 * S, role="process") for n in range(1, 19)]
    assert say(trace((), [main_process(), *children])).startswith("18 processes ran; 18.0 ran at once")


def test_a_pool_beside_processes():
    """What ran is said once, of all."""
    others = [child(n, 0, MS, 2 * S, role="process") for n in range(2, 4)]
    made = trace([task(1, 1, MS, 2 * MS)], [main_process(), child(1, 0, 1, 6 * MS), *others])
    assert say(made).startswith("1 worker ran 1 task beside 2 processes;")


@pytest.mark.parametrize(("count", "words"), [(1, "1 task was lost when its worker died"),
                                              (2, "2 tasks were lost when their workers died")])  # fmt: skip
def test_lost_tasks(count, words):
    """The dead are counted, and not among those that ran."""
    rows = [task(n, 1, n * MS, n * MS + MS // 2) for n in range(1, 4)]
    rows += [
        task(9 + n, 1, 5 * MS, 0, status="lost") | {"run_end": None, "delivered": None} for n in range(count)
    ]
    said = say(trace(rows, [main_process(), child(1, 0, 1, 6 * MS)]))
    assert said.startswith(f"1 worker finished 3 of {3 + count} tasks")
    assert words in said


def test_nothing():
    """An empty trace makes no claim."""
    assert say(trace()) == "No task and no child process was recorded"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, "(peak 2), on 1.5 of 2 cores"), ({"core_source": "sampled"}, "(peak 2), on about 1.5 of 2 cores"),
     ({"losses": {"switches": 3}}, "(peak 2), on at least 1.5 of 2 cores"),
     ({"core_source": "stamps"}, "(peak 2)")],
)  # fmt: skip
def test_cores_where_they_were_measured(changes, words):
    """Two tasks at once for 10 ms, one of them on a core for half of it: 1.5 of 2 cores."""
    rows = [task(n, n, 0, 10 * MS, 0) for n in (1, 2)]
    slices = [
        {"core": n, "process": n, "pid": 9, "tid": 4000 + n, "start": 0, "end": end * MS, "reason": "blocked"}
        for n, end in ((1, 10), (2, 5))
    ]
    people = [main_process(), child(1, 0, 0, 10 * MS), child(2, 0, 0, 10 * MS)]
    made = trace(rows, people, slices=slices, **({"core_source": "kernel", "affinity": [0, 1]} | changes))
    assert say(made).endswith(f"2.0 ran at once on average {words}")


def test_lost_tasks_say_what_ended_their_worker():
    """Those that died come before those that their pool ended then."""
    rows = [
        task(n, 1 + n, 0, 0, status="lost") | {"run_start": MS, "run_end": None, "delivered": None}
        for n in range(3)
    ]
    children = [child(1 + n, 0, 1, 6 * MS) | {"exitcode": code} for n, code in enumerate((-15, -9, -15))]
    assert say(trace(rows, [main_process(), *children])).endswith(
        "1 task was lost to SIGKILL; 2 were stopped (SIGTERM)"
    )


def test_children_that_failed_are_named():
    """A child that ended with an error is in the sentence, a terminated pool worker is not."""
    children = [
        child(1, 0, 1, 6 * MS) | {"role": "process", "name": "good", "exitcode": 0},
        child(2, 0, 1, 6 * MS) | {"role": "process", "name": "bad", "exitcode": 3},
        child(3, 0, 1, 6 * MS) | {"role": "worker", "name": "ended", "exitcode": -15},
    ]
    assert say(trace([], [main_process(), *children])).endswith("bad ended with exit code 3")


def test_a_task_whose_worker_the_pool_stopped_is_lost_to_the_reason():
    """How such a worker ends is its library's affair, and no failure; of another kind it would be one."""
    children = [child(1, 0, 1, 6 * MS) | {"exitcode": 15}]
    for kind, words in (
        ("pebble", "1 task was stopped (TimeoutError)"),
        ("Pool", "1 task was lost to exit code 15"),
    ):
        lost = task(0, 1, 0, 0, status="lost") | {"run_start": MS, "run_end": None, "delivered": None}
        rows = [lost | {"kind": kind, "error": "TimeoutError"}]
        made = trace(rows, [main_process(), *children])
        assert say(made).endswith(words)
        assert bool(summarize(made).failed) == (kind == "Pool")
