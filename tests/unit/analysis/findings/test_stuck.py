"""When a run is said to be stuck: hand-made looks, with answers worked out on paper."""

from __future__ import annotations

import pytest

from tests.support import traces
from tests.support.stands import IN_TASKS, LOCKED, begun, found, handlers, queued, run, stand
from tests.support.traces import MS, S
from tracer.analysis.findings import context_of, diagnose, headline
from tracer.analysis.findings.stuck import LEAST_ASKED_SECONDS, LEAST_SECONDS, find
from tracer.record.kinds import PIPE_READ, POLL, PROCESS_LOCK, SLEEP, SOCKET, THREAD_LOCK


def test_tasks_at_a_lock_that_nobody_can_release() -> None:
    """Who, since when, in which task and function, on what; how long nothing moved; and it comes first."""
    trace = run(LOCKED, [*IN_TASKS, queued(3)])
    finding = found(trace)
    assert finding.seconds == pytest.approx(4.0)  # from 1 s to the end at 5 s
    assert finding.title == "stuck for 4 s: 2 tasks (work) stand on a lock"
    assert "Main waits since 200 ms; 3 tasks had no result by then." in finding.what
    assert "ForkPoolWorker-1 (4001) stands since 200 ms in `work` (task 1), on a lock" in finding.what
    assert "or was forked while another thread held it" in finding.what
    assert "1 task waits besides" in finding.what
    assert "until SIGTERM ended the program" in finding.what
    assert "spawn" in finding.advice
    assert finding.evidence["tasks"] == [1, 2]
    assert diagnose(trace)[0].code == "stuck"
    first = headline(trace)
    assert first is not None
    assert first.code == "stuck"


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ("a b.py:12 work; a b.py:3 main", "since 200 ms in `work` (task 1, a b.py:12), on a lock"),
        ("a.py:12 Model.work", "since 200 ms in `work` (task 1, a.py:12), on a lock"),
        ("a.py:9 helper; a.py:12 work", "since 200 ms in `work` (task 1), in `helper` (a.py:9), on a lock"),
        ("[bold]x;y.py:9 <listcomp>", "in `work` (task 1), in `<listcomp>` ([bold]x;y.py:9), on a lock"),
        *((odd, "since 200 ms in `work` (task 1), on a lock") for odd in ("", ";", "no line", "a.py:x f")),
    ],
)
def test_the_line_of_python(stack: str, words: str) -> None:
    """It is told with the task, and its function where that is another; text of another form is not."""
    trace = run([LOCKED[0], *(one | {"stack": stack} for one in LOCKED[1:])], IN_TASKS)
    assert words in found(trace).what


def test_the_line_of_a_thread_without_a_task() -> None:
    """Main stands in a function of its own."""
    trace = run([LOCKED[0] | {"stack": "a.py:3 <module>"}, *LOCKED[1:]], IN_TASKS)
    assert "Main waits since 200 ms in `<module>` (a.py:3); 2 tasks had no result" in found(trace).what


def test_lines_that_are_missing_are_said_once() -> None:
    """Of a stand so long that they would have been read."""
    for still, expected in ((S, 0), (-6 * S, 1)):
        what = found(run([one | {"still": still} for one in LOCKED], IN_TASKS)).what
        assert what.count("lines of Python are not in the trace") == expected


@pytest.mark.parametrize("wait", [SLEEP, SOCKET, POLL])
def test_tasks_that_something_outside_wakes_are_not_stuck(wait: str) -> None:
    """They sleep, or wait for the network; a task that polls is one of these."""
    for woke in (0, 5):
        standing = [stand(0, THREAD_LOCK), stand(1, wait, woke=woke), stand(2, wait, woke=woke)]
        assert find(context_of(run(standing, IN_TASKS))) is None


def test_a_lock_with_a_limit_of_time_is_no_deadlock() -> None:
    """A task that waits for so long at most goes on by itself; main, with a limit, only gives up."""
    standing = [stand(0, THREAD_LOCK), *(stand(process, THREAD_LOCK, limited=1) for process in (1, 2))]
    assert find(context_of(run(standing, IN_TASKS))) is None


def test_a_lock_that_a_sleeping_thread_of_the_process_may_release() -> None:
    """It is not certain that nobody does."""
    user = {"host": "desk", "process": 1, "pid": 4001, "tid": 77, "name": "timer", "role": "user"}
    standing = [*LOCKED[:2], stand(1, SLEEP, 77)]
    assert find(context_of(run(standing, IN_TASKS[:1], threads=[user]))) is None


def test_tasks_that_came_to_an_end_later_did_not_stand() -> None:
    """Whatever woke them."""
    ended = [traces.task(number, number, 200 * MS, 4800 * MS) for number in (1, 2)]
    assert find(context_of(run(LOCKED, ended))) is None


@pytest.mark.parametrize(("asked", "least"), [(0, LEAST_SECONDS), (1, LEAST_ASKED_SECONDS)])
def test_a_short_stand_is_none(asked: int, least: float) -> None:
    """Two looks must have found the same; those that are asked for follow each other closely."""
    short = int((5 - least) * S)
    for still, expected in ((short - MS, True), (short + MS, False)):
        seen = max(still, 4 * S)
        standing = [one | {"still": still, "seen": seen, "asked": asked} for one in LOCKED]
        assert (find(context_of(run(standing, IN_TASKS))) is not None) is expected


def test_a_pool_that_idles_is_not_stuck() -> None:
    """One worker reads the pipe, the other waits for its lock, main waits for whatever it waits for."""
    standing = [stand(0, THREAD_LOCK), stand(1, PIPE_READ), stand(2, PROCESS_LOCK)]
    done = [traces.task(1, 1, 200 * MS, 300 * MS)]
    assert find(context_of(run(standing, done, threads=handlers()))) is None
    assert find(context_of(run(standing, threads=handlers()))) is None


def test_a_queue_whose_lock_died_with_its_holder() -> None:
    """A task waits, all who could take it stand at the lock, and nobody reads."""
    children = [
        traces.child(1, 0, 100 * MS, 500 * MS, exitcode=-9),
        traces.child(2, 500 * MS, 600 * MS, 5 * S),
    ]
    threads = handlers()
    standing = [
        stand(0, THREAD_LOCK),
        *(stand(0, POLL, one["tid"]) for one in threads),
        stand(2, PROCESS_LOCK, since=700 * MS),
    ]
    done = traces.task(1, 1, 200 * MS, 300 * MS)
    made = run(standing, [done, queued(2)], children, threads)
    finding = found(made)
    assert "no worker can get at the queue" in finding.title
    assert "ForkPoolWorker-1 (4001) was ended by SIGKILL at 500 ms: it must have held" in finding.what
    assert "worker-died" not in [one.code for one in diagnose(made)]  # it is said once
    assert "on the lock of its queue of tasks" in finding.what
    standing[-1] = stand(2, PIPE_READ)
    assert find(context_of(run(standing, [done, queued(2)], children, threads))) is None


def test_no_worker_is_left() -> None:
    """All that there were have ended, and none came in their place; a pool that is closed has no handlers."""
    children = [traces.child(1, 0, 100 * MS, 500 * MS)]
    threads = handlers()
    standing = [stand(0, THREAD_LOCK, limited=1), *(stand(0, POLL, one["tid"]) for one in threads)]
    tasks = [traces.task(1, 1, 200 * MS, 300 * MS), queued(2), queued(3)]
    finding = found(run(standing, tasks, children, threads))
    assert finding.title.endswith("no worker is left for 2 tasks that wait")
    assert "after 1 task" in finding.what
    assert "(exit code 0)" in finding.what
    assert "max_tasks_per_child" not in finding.advice  # a Pool starts others: it was not that
    of_executor = [one | {"kind": "ProcessPoolExecutor"} for one in tasks]
    assert "max_tasks_per_child" in found(run(standing, of_executor, children, threads)).advice
    killed = [children[0] | {"exitcode": 1}]
    assert "max_tasks_per_child" not in found(run(standing, of_executor, killed, threads)).advice
    assert find(context_of(run(standing[:1], tasks, children))) is None
    young = traces.child(2, 3900 * MS, 4500 * MS, 5 * S)  # one is coming
    assert find(context_of(run(standing, tasks, [*children, young], threads))) is None


@pytest.mark.parametrize("limited", [0, 1])
def test_what_control_c_set_free_was_stuck_before(limited: int) -> None:
    """The task returned in the end, as main let go of the lock: by a signal, unless its wait had a limit."""
    held = begun(1, 1) | {"run_end": 4900 * MS, "result_sent": 4910 * MS, "status": "ok"}
    standing = [stand(0, THREAD_LOCK, limited=limited), stand(1, THREAD_LOCK)]
    finding = find(context_of(run(standing, [held], [traces.child(1, 0, 100 * MS, 5 * S)])))
    assert (finding is None) == bool(limited)


@pytest.mark.parametrize("limited", [0, 1])
def test_tasks_in_a_call_of_a_manager(limited: int) -> None:
    """They read from a socket, and as many threads of the manager stand on locks without a limit."""
    people = [traces.child(1, 0, 100 * MS, 5 * S), traces.child(3, 0, 100 * MS, 5 * S, "manager")]
    serving = stand(3, THREAD_LOCK, 88, limited=limited)
    standing = [
        stand(0, THREAD_LOCK),
        stand(1, SOCKET, call="read"),
        stand(3, SOCKET, call="accept4"),
        serving,
    ]
    made = run(standing, [begun(1, 1)], people)
    if limited:
        assert find(context_of(made)) is None
        return
    finding = found(made)
    assert finding.title == "stuck for 4 s: 1 task (work) stands on a manager"
    assert "in a call of a manager, which waits itself" in finding.what
    assert "`finally`" in finding.advice


def test_nothing_is_said_without_looks() -> None:
    """Of an older trace, or a system without /proc."""
    assert find(context_of(run([], IN_TASKS))) is None


def test_names_of_the_program_may_be_anything() -> None:
    """Markup, control characters and missing names make no error."""
    tasks = [begun(1, 1, function="[bold]\x1b[31m"), begun(2, 2, function=None)]
    assert found(run(LOCKED, tasks)).title


def test_a_worker_that_starts_is_still_to_come() -> None:
    """A spawned one may take seconds on a busy machine; one that was gone before it was ready is none."""
    children = [traces.child(1, 0, 100 * MS, 500 * MS), traces.child(2, 600 * MS, 4800 * MS, 5 * S)]
    children[1] |= {"started": 4500 * MS}
    threads = handlers()
    standing = [stand(0, SLEEP, limited=1, woke=1), *(stand(0, POLL, one["tid"]) for one in threads)]
    tasks = [traces.task(1, 1, 200 * MS, 300 * MS), queued(2)]
    assert find(context_of(run(standing, tasks, children, threads))) is None
    children[1] |= {"exited": 900 * MS, "exitcode": 1, "started": None, "target_start": None}
    assert "no worker is left" in found(run(standing, tasks, children, threads)).title
