"""When a run is said to be stuck: hand-made looks, with answers worked out on paper."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS, S
from tracer.analysis.findings import context_of, diagnose, headline
from tracer.analysis.findings.finding import Finding
from tracer.analysis.findings.stuck import LEAST_ASKED_SECONDS, LEAST_SECONDS, find
from tracer.record.kinds import (
    CHILD,
    PIPE_READ,
    PIPE_WRITE,
    POLL,
    PROCESS_LOCK,
    SLEEP,
    SOCKET,
    THREAD_LOCK,
)
from tracer.tables.tables import Tables

Row = dict[str, Any]


def stand(process: int, wait: str, tid: int = 0, **changes: Any) -> Row:
    """Return a thread that stands since 200 ms, looked at at 4 s; nothing has moved since 1 s."""
    pid = MAIN_PID + process
    row = {"host": "desk", "process": process, "pid": pid, "tid": tid or pid, "wait": wait, "state": "S"}
    return row | {"since": 200 * MS, "seen": 4 * S, "still": S, "woke": 0, "limited": 0} | changes


def begun(number: int, process: int, **changes: Any) -> Row:
    """Return a task that began at 200 ms and did not end."""
    late = (
        *("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled"),
        *("delivered", "result_bytes", "core_end"),
    )
    row = traces.task(number, process, 200 * MS, 300 * MS, function="work") | dict.fromkeys(late)
    return row | {"status": "unfinished"} | changes


def queued(number: int) -> Row:
    """Return a task that no worker has taken."""
    never = ("process", "worker_pid", "worker_tid", "wait_start", "lock_acquired", "received", "run_start")
    return begun(number, 1) | dict.fromkeys((*never, "core_start"))


def run(
    standing: Sequence[Row],
    tasks: Sequence[Row] = (),
    children: Sequence[Mapping[str, Any]] | None = None,
    threads: Sequence[Row] = (),
    spans: Sequence[Row] = (),
    exitcode: int = -15,
) -> Tables:
    """Make a trace of two workers, ended by SIGTERM at 5 s."""
    people = [traces.main_process(0, 5 * S, exitcode=exitcode)]
    if children is None:
        children = [traces.child(process, 0, 100 * MS, 5 * S) for process in (1, 2)]
    return traces.trace(tasks, [*people, *children], threads, standing=standing, spans=spans)


def feeder(process: int, tid: int) -> Row:
    """Return the feeder thread of a queue."""
    row = {"host": "desk", "process": process, "pid": MAIN_PID + process, "tid": tid, "name": "feeder"}
    return row | {"role": "queue_feeder", "started": 150 * MS}


def handlers() -> list[Row]:
    """Return the hidden threads of a pool."""
    return traces.hidden_threads(100 * MS, 5 * S)


def found(trace: Tables) -> Finding:
    """Return the finding."""
    finding = find(context_of(trace))
    assert finding is not None
    return finding


LOCKED = [stand(0, THREAD_LOCK, limited=1), stand(1, THREAD_LOCK), stand(2, THREAD_LOCK)]
IN_TASKS = [begun(1, 1), begun(2, 2)]


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


def test_a_worker_that_died_explains_the_wait() -> None:
    """Its task is lost; the others wait for work: that is another finding's to say."""
    children = [
        traces.child(1, 0, 100 * MS, 500 * MS, exitcode=1),
        traces.child(2, 0, 100 * MS, 5 * S),
    ]
    standing = [stand(0, THREAD_LOCK), stand(2, PIPE_READ)]
    assert find(context_of(run(standing, [begun(1, 1, status="lost")], children))) is None


def plain(*names: str) -> list[Row]:
    """Return plain processes of these names."""
    return [
        traces.child(number, 0, 100 * MS, 5 * S, "process", name=name, target_end=None)
        for number, name in enumerate(names, 1)
    ]


JOINS = stand(0, CHILD, object="pid:4001", call="wait4")


def test_a_join_before_the_queue_is_drained() -> None:
    """The process waits for its feeder, and that for room in the pipe."""
    standing = [JOINS, stand(1, THREAD_LOCK), stand(1, PIPE_WRITE, 77, channel="Queue 1")]
    finding = found(run(standing, children=plain("filler"), threads=[feeder(1, 77)]))
    assert "main joins filler (4001), which does not end: Queue 1 is full" in finding.title
    assert "its feeder thread, which is in a write to Queue 1, whose pipe is full" in finding.what
    assert finding.advice.startswith("Take everything out of Queue 1")


def test_two_that_wait_for_each_other() -> None:
    """Over pipes whose ends are known; over a socket that is not, it may be anybody who sends."""
    for wait in (PIPE_READ, SOCKET):
        standing = [JOINS, *(stand(n, wait, channel=f"Connection {n}", call="read") for n in (1, 2))]
        finding = found(run(standing, children=plain("left", "right")))
        assert "waiting for a message from Connection 2" in finding.what
        assert ("which does not end: it waits for a message" in finding.title) == (wait == PIPE_READ)
        assert "nobody is left who could send that" in finding.what.lower()
    standing = [JOINS, stand(1, SOCKET), stand(2, SOCKET)]
    assert find(context_of(run(standing, children=plain("left", "right")))) is None


def test_two_locks_in_opposite_order() -> None:
    """They are told apart."""
    standing = [JOINS, *(stand(number, PROCESS_LOCK, object=f"lock:{number}+0") for number in (1, 2))]
    finding = found(run(standing, children=plain("left", "right")))
    assert "on lock 1 of 2 that processes share" in finding.what
    assert "on lock 2 of 2 that processes share" in finding.what
    assert finding.title.endswith("which does not end: 2 processes stand on locks")
    finding = found(run(standing[:2], children=plain("left")))
    assert finding.title.endswith("which does not end: it stands on a lock")


def test_a_process_that_catches_sigterm_is_said_to() -> None:
    """As it has its parent's handler after a fork."""
    standing = [JOINS, stand(1, PIPE_READ, channel="Queue 1", sigterm="caught")]
    finding = found(run(standing, children=plain("taker")))
    assert "taker (4001) catches SIGTERM" in finding.what
    assert "SIG_DFL" in finding.advice


def test_sigterm_that_was_not_obeyed() -> None:
    """It was sent, is caught, and main waits for the end: it may sleep as it likes."""
    loops = stand(1, SLEEP, woke=9, sigterm="caught")
    looper = plain("looper")[0] | {"stopped": 900 * MS, "stop_signal": 15}
    finding = found(run([JOINS, loops], children=[looper]))
    assert "catches SIGTERM, which `terminate()` has sent it" in finding.what
    for other in (loops | {"sigterm": None}, loops | {"sigterm": "caught", "process": 1}):
        children = [looper if other["sigterm"] is None else looper | {"stopped": None}]
        assert find(context_of(run([JOINS, other], children=children))) is None


def test_a_limited_join_is_known_by_its_span() -> None:
    """It polls; a poll of which nothing is known may be for anything."""
    polls = stand(0, POLL, limited=1)
    rest = [stand(1, THREAD_LOCK), stand(1, PIPE_WRITE, 77, channel="Queue 1")]
    span = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": MAIN_PID, "category": "join"}
    span |= {"name": "filler", "start": 200 * MS, "end": 4500 * MS}
    people = [traces.main_process(0, 5 * S, exitcode=3), *plain("filler")]
    trace = traces.trace([], people, [feeder(1, 77)], [span], standing=[polls, *rest])
    assert "main joins filler" in found(trace).title
    trace = traces.trace([], people, [feeder(1, 77)], standing=[polls, *rest])
    assert find(context_of(trace)) is None


@pytest.mark.parametrize(
    ("inside", "advised"),
    [
        (("barrier", "Barrier"), "A barrier opens when"),
        (("event", "Event"), "set the event"),
        (("lock", "Lock"), "Take locks in one order"),
        (("queue", "join"), "`task_done()`"),
    ],
)
def test_what_a_lock_was_for_decides_the_advice(inside: tuple[str, str], advised: str) -> None:
    """The span of the wait, which Control-C ended, says whether it was a barrier, an event or a queue."""
    standing = [stand(0, CHILD, object="pid:4001"), stand(1, PROCESS_LOCK)]
    wait = {"host": "desk", "process": 1, "pid": 4001, "tid": 4001, "category": inside[0], "name": inside[1]}
    made = run(standing, children=plain("left"), spans=[wait | {"start": 200 * MS, "end": 5 * S}])
    assert found(made).advice.startswith(advised) or advised in found(made).advice
    words = (
        "on a lock or semaphore"
        if inside[0] == "lock"
        else f"`{'join' if inside[1] == 'join' else 'wait'}()`"
    )
    assert words in found(made).what


def test_main_that_waits_for_a_thread_which_is_gone() -> None:
    """Nobody of its process is left to wake it; one that handles SIGTERM, or has a limit, may idle."""
    thread = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": 77, "name": "Thread-1", "role": "user"}
    gone = [thread | {"started": 100 * MS, "ended": 300 * MS}]
    finding = found(run([stand(0, THREAD_LOCK)], children=[], threads=gone))
    assert "main waits for a thread of its own, and none is left" in finding.title
    assert "no other thread is there to release it" in finding.what
    for other in ({"limited": 1}, {"sigterm": "caught"}):
        assert find(context_of(run([stand(0, THREAD_LOCK, **other)], children=[], threads=gone))) is None
    assert find(context_of(run([stand(0, THREAD_LOCK)], children=[]))) is None
    before = [gone[0] | {"ended": 199 * MS, "error": "ValueError"}]
    finding = found(run([stand(0, THREAD_LOCK)], children=[], threads=before))
    assert "Thread Thread-1 ended with ValueError at 199 ms." in finding.what
    assert "stderr" in finding.advice
    before = [gone[0] | {"ended": 199 * MS}]  # it knew that nobody would wake it: an event for Control-C
    assert find(context_of(run([stand(0, THREAD_LOCK)], children=[], threads=before))) is None


def test_main_that_waits_for_sigterm_by_an_event_that_processes_share() -> None:
    """Its handler sets that; consumers idle meanwhile. One at a lock waits for somebody."""
    takers = [stand(1, PIPE_READ, channel="Queue 1"), stand(2, PROCESS_LOCK)]
    for sigterm, inside, code, stuck in (
        ("caught", None, -15, False),
        ("caught", "event", -15, False),
        ("caught", "lock", -15, True),
        (None, None, -15, True),
        (None, "event", -15, True),
        (None, "event", 0, False),  # it handles Control-C, which cannot be seen
        (None, "lock", 0, True),
    ):
        main = stand(0, PROCESS_LOCK, sigterm=sigterm)
        span = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": MAIN_PID, "category": inside}
        spans = [span | {"name": "it", "start": 200 * MS, "end": 4500 * MS}] if inside else []
        made = run([main, *takers], children=plain("a", "b"), spans=spans, exitcode=code)
        assert (find(context_of(made)) is not None) is stuck


def test_a_lock_of_one_whom_the_program_has_ended() -> None:
    """`terminate()` leaves locked what the process held."""
    ended = plain("left", "right")
    ended[0] |= {"exited": 500 * MS, "exitcode": -15, "stopped": 499 * MS, "stop_signal": 15}
    made = run([stand(0, CHILD, object="pid:4002"), stand(2, PROCESS_LOCK)], children=ended)
    assert "left (4001) was ended by SIGTERM: a lock that it held stays locked" in found(made).what
    assert "`terminate()`" in found(made).advice


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


def test_who_died_before_is_named_once() -> None:
    """Main waits for a message; the process that was to send it had raised."""
    dead = plain("left")[0] | {
        "exited": 500 * MS,
        "exitcode": 1,
        "error": "ValueError",
        "failed_in": "function",
    }
    for queue, what in (("Queue 1", "what it was to send never"), (None, "if it was to send")):
        spans = [put(1, queue)] if queue else []
        made = run([stand(0, PIPE_READ, channel="Queue 1")], children=[dead], spans=spans)
        (finding,) = diagnose(made)
        assert finding.code == "stuck"
        assert f"left (4001) ended with exit code 1 (ValueError) at 500 ms: {what}" in finding.what
        assert "traceback" in finding.advice


def put(process: int, queue: str) -> Row:
    """Return the span of a message that a process put into a queue."""
    pid = MAIN_PID + process
    row = {"host": "desk", "process": process, "pid": pid, "tid": pid, "category": "queue", "name": "put"}
    return row | {"start": 300 * MS, "end": 310 * MS, "data": json.dumps({"queue": queue})}


def test_who_died_of_something_else_is_not_the_reason() -> None:
    """It sent into another queue; or into none, and one is known who sent into this; or held no lock."""
    raised = {"exited": 500 * MS, "exitcode": 1, "error": "ValueError", "failed_in": "function"}
    dead = [one | raised for one in plain("left", "right")]
    waits = stand(0, PIPE_READ, channel="Queue 1")
    for used, named in (
        ({1: "Queue 2"}, [2]),
        ({1: "Queue 2", 2: "Queue 2"}, []),
        ({1: "Queue 1"}, [1]),
        ({}, [1, 2]),
    ):
        spans = [put(process, queue) for process, queue in used.items()]
        finding = found(run([waits], children=dead, spans=spans))
        assert finding.evidence["died"] == named
        assert ("traceback" in finding.advice) is bool(named)
    others = [*dead, *plain("", "", "third")[2:]]
    others[1] |= {"exitcode": -9, "error": None, "failed_in": None}
    joins = stand(0, CHILD, object="pid:4003")
    assert found(run([joins, stand(3, PROCESS_LOCK)], children=others)).evidence["died"] == [2]
    assert found(run([joins, stand(3, THREAD_LOCK)], children=others)).evidence["died"] == []


def test_threads_of_main_that_wait_for_each_other() -> None:
    """Two threads stand on locks, and main joins them; one of them with a limit goes on by itself."""
    thread = {"host": "desk", "process": 0, "pid": MAIN_PID, "role": "user", "started": 100 * MS}
    threads = [thread | {"tid": 77, "name": "left"}, thread | {"tid": 78, "name": "right"}]
    standing = [stand(0, THREAD_LOCK), stand(0, THREAD_LOCK, 77), stand(0, THREAD_LOCK, 78)]
    finding = found(run(standing, children=[], threads=threads))
    assert finding.title.endswith("main and 2 threads of its own wait for each other")
    assert "Thread left of main stands since 200 ms, on a lock" in finding.what
    assert "So does thread right of main" in finding.what
    native = stand(0, POLL, 79)  # of a library in C, which may wake any of them
    assert find(context_of(run([*standing, native], children=[], threads=threads))) is None
    assert (
        find(context_of(run(standing, children=[], threads=threads, exitcode=0))) is None
    )  # a signal woke it
    standing[2] |= {"limited": 1}
    assert find(context_of(run(standing, children=[], threads=threads))) is None


def test_a_consumer_that_died_of_its_message_is_named_elsewhere() -> None:
    """Main waits for what a dead process had taken: that is told of the process."""
    dead = plain("left")[0] | {
        "exited": 500 * MS,
        "exitcode": 1,
        "error": "ValueError",
        "failed_in": "function",
    }
    held = traces.task(1, 1, 200 * MS, 300 * MS, kind="Queue", status="error", error="ValueError")
    made = run([stand(0, PROCESS_LOCK)], [held | {"delivered": None}], [dead])
    assert [one.code for one in diagnose(made)] == ["process-failed"]


def test_a_lock_of_one_who_was_killed() -> None:
    """It is said who died of a signal before: nobody releases what it held. A zombie stands nowhere."""
    killed = plain("left", "right")
    killed[0] |= {"exited": 500 * MS, "exitcode": -9}
    joins = stand(0, CHILD, object="pid:4002")
    standing = [joins, stand(2, PROCESS_LOCK)]
    assert (
        "left (4001) was ended by SIGKILL at 500 ms: a lock that it held stays locked"
        in found(run(standing, children=killed)).what
    )
    killed[0] |= {"exited": None, "exitcode": None}
    assert "right (4002)" in found(run(standing, children=killed)).title


def test_servers_are_not_stuck() -> None:
    """A process that serves a socket; consumers that idle while main polls, sleeps, or waits for an event."""
    assert find(context_of(run([JOINS, stand(1, SOCKET)], children=plain("server")))) is None
    takers = [stand(1, PIPE_READ, channel="Queue 1"), stand(2, PROCESS_LOCK)]
    for main in (stand(0, SLEEP), stand(0, SLEEP, woke=9), stand(0, POLL), stand(0, THREAD_LOCK)):
        assert find(context_of(run([main, *takers], children=plain("a", "b")))) is None


def test_a_process_that_was_not_looked_at_may_do_anything() -> None:
    """A program of another kind, say, that holds the other end."""
    standing = [JOINS, stand(1, PIPE_READ, channel="Connection 1", call="read")]
    other = traces.child(2, 0, 100 * MS, 5 * S, "subprocess", name="sh", target_end=None)
    assert find(context_of(run(standing, children=[*plain("left"), other]))) is None


def test_nothing_is_said_without_looks() -> None:
    """Of an older trace, or a system without /proc."""
    assert find(context_of(run([], IN_TASKS))) is None


def test_names_of_the_program_may_be_anything() -> None:
    """Markup, control characters and missing names make no error."""
    tasks = [begun(1, 1, function="[bold]\x1b[31m"), begun(2, 2, function=None)]
    assert found(run(LOCKED, tasks)).title
