"""Whose death is named as the reason of a stand, and which is another finding's: hand-made looks."""

from __future__ import annotations

from tests.support import traces
from tests.support.stands import begun, found, plain, put, run, stand
from tests.support.traces import MS, S
from tracer.analysis.findings import context_of, diagnose
from tracer.analysis.findings.stuck import find
from tracer.record.kinds import CHILD, PIPE_READ, PROCESS_LOCK, THREAD_LOCK


def test_a_lock_of_one_whom_the_program_has_ended() -> None:
    """`terminate()` leaves locked what the process held."""
    ended = plain("left", "right")
    ended[0] |= {"exited": 500 * MS, "exitcode": -15, "stopped": 499 * MS, "stop_signal": 15}
    made = run([stand(0, CHILD, object="pid:4002"), stand(2, PROCESS_LOCK)], children=ended)
    assert "left (4001) was ended by SIGTERM: if it held that lock, that stays locked" in found(made).what
    assert "`terminate()`" in found(made).advice


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
        "left (4001) was ended by SIGKILL at 500 ms: if it held that lock, that stays locked"
        in found(run(standing, children=killed)).what
    )
    killed[0] |= {"exited": None, "exitcode": None}
    assert "right (4002)" in found(run(standing, children=killed)).title


def test_a_worker_that_died_explains_the_wait() -> None:
    """Its task is lost; the others wait for work: that is another finding's to say."""
    children = [
        traces.child(1, 0, 100 * MS, 500 * MS, exitcode=1),
        traces.child(2, 0, 100 * MS, 5 * S),
    ]
    standing = [stand(0, THREAD_LOCK), stand(2, PIPE_READ)]
    assert find(context_of(run(standing, [begun(1, 1, status="lost")], children))) is None
