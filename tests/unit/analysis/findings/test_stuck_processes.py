"""When processes and main's threads are said to be stuck, and when main may idle: hand-made looks."""

from __future__ import annotations

import pytest

from tests.support import traces
from tests.support.stands import JOINS, feeder, found, plain, run, stand
from tests.support.traces import MAIN_PID, MS, S
from tracer.analysis.findings import context_of
from tracer.analysis.findings.stuck import find
from tracer.record.kinds import CHILD, PIPE_READ, PIPE_WRITE, POLL, PROCESS_LOCK, SLEEP, SOCKET, THREAD_LOCK


def test_a_join_before_the_queue_is_drained() -> None:
    """The process waits for its feeder, and that for room in the pipe."""
    standing = [JOINS, stand(1, THREAD_LOCK), stand(1, PIPE_WRITE, 77, channel="Queue 1")]
    finding = found(run(standing, children=plain("filler"), threads=[feeder(1, 77)]))
    assert "main joins filler (4001), which does not end" in finding.title
    assert "its feeder thread, which is in a write to Queue 1, whose pipe is full" in finding.what
    assert finding.advice.startswith("Take everything out of Queue 1")


def test_two_that_wait_for_each_other() -> None:
    """Over pipes whose ends are known; over a socket that is not, it may be anybody who sends."""
    for wait in (PIPE_READ, SOCKET):
        standing = [JOINS, *(stand(n, wait, channel=f"Connection {n}", call="read") for n in (1, 2))]
        finding = found(run(standing, children=plain("left", "right")))
        assert "waiting for a message from Connection 2" in finding.what
        assert "nobody is left who could send that" in finding.what.lower()
    standing = [JOINS, stand(1, SOCKET), stand(2, SOCKET)]
    assert find(context_of(run(standing, children=plain("left", "right")))) is None


def test_two_locks_in_opposite_order() -> None:
    """They are told apart."""
    standing = [JOINS, *(stand(number, PROCESS_LOCK, object=f"lock:{number}+0") for number in (1, 2))]
    finding = found(run(standing, children=plain("left", "right")))
    assert "on lock 1 of 2 that processes share" in finding.what
    assert "on lock 2 of 2 that processes share" in finding.what


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
