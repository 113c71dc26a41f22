"""Who died, who was stopped and who was interrupted, of hand-made traces."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.traces import MS, child, main_process, task, trace
from tracer.analysis import summarize
from tracer.analysis.structure.endings import DIED, FINE, INTERRUPTED, STOPPED, failures, fates, lost
from tracer.tables.tables import Tables

LOST: dict[str, Any] = dict.fromkeys(
    ("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered")
)


def held(**worker: Any) -> Tables:
    """Make the trace of a worker, which is so, with a task in hand; beside it one that ends well."""
    rows = [task(1, 1, 10 * MS, 20 * MS, status="lost") | LOST]
    people = [main_process(0, 100 * MS), child(1, 0, 5 * MS, 50 * MS) | worker, child(2, 0, 5 * MS, 90 * MS)]
    return trace(rows, people)


SIGTERM: dict[str, Any] = {"exitcode": -15, "stopped": 49 * MS, "stop_signal": 15}
FATES = [
    ({"exitcode": 0, "exited": None}, DIED),
    ({"exitcode": 3}, DIED),
    ({"exitcode": -9}, DIED),
    (SIGTERM, STOPPED),
    # A handler of SIGTERM that leaves; and one that had left before, whom a broken executor is sure to end.
    (SIGTERM | {"exitcode": 1, "target_end": 50 * MS}, STOPPED),
    (SIGTERM | {"exitcode": 1, "target_end": 30 * MS}, DIED),
    (SIGTERM | {"exitcode": -11}, DIED),
    ({"exitcode": 1, "error": "KeyboardInterrupt"}, INTERRUPTED),
    ({"exitcode": -2}, INTERRUPTED),
    ({"exitcode": None}, FINE),  # it was never seen to end
]


@pytest.mark.parametrize(("worker", "fate"), FATES)
def test_who_has_died(worker: dict[str, Any], fate: int) -> None:
    """An owner's signal counts where it was what ended the process, or came before its end."""
    made = held(**worker)
    assert fates(made).tolist() == [FINE, fate, FINE]
    assert len(failures(made)) == (fate == DIED)


def test_a_worker_that_came_back_has_done_its_work() -> None:
    """Python gives 1 to what a thread of an executor forked; with an error or a task in hand it has died."""
    left: dict[str, Any] = {"exitcode": 1, "target_end": 40 * MS}
    people = [main_process(0, 100 * MS), child(1, 0, 5 * MS, 50 * MS) | left]
    done = [task(1, 1, 10 * MS, 20 * MS)]
    assert fates(trace(done, people)).tolist() == [FINE, FINE]
    assert fates(held(**left))[1] == DIED
    people[1] |= {"error": "OSError"}
    assert fates(trace(done, people)).tolist() == [FINE, DIED]


def test_without_a_record_of_signals_sigterm_is_its_pools() -> None:
    """Traces of earlier versions have none; in one that has, a worker without is ended by a stranger."""
    assert fates(held(exitcode=-15))[1] == STOPPED
    rows = [task(1, 1, 10 * MS, 20 * MS, status="lost") | LOST]
    other = child(2, 0, 5 * MS, 90 * MS) | SIGTERM
    people = [main_process(0, 100 * MS), child(1, 0, 5 * MS, 50 * MS, exitcode=-15), other]
    assert fates(trace(rows, people)).tolist() == [FINE, DIED, STOPPED]


def test_what_ends_main_too_is_no_death() -> None:
    """A signal to the whole group ends all of them."""
    people = [main_process(0, 50 * MS, exitcode=-15), child(1, 0, 5 * MS, 50 * MS, exitcode=-15)]
    other = child(2, 0, 5 * MS, 40 * MS, role="process", exitcode=-9)
    assert fates(trace((), [*people, other])).tolist() == [FINE, INTERRUPTED, DIED]


def test_a_worker_that_is_ended_while_its_pool_goes_on_has_died() -> None:
    """Another is started in its place, and nobody answers its task; a pool that ends starts none."""
    rows = [task(1, 1, 10 * MS, 20 * MS, status="lost") | LOST]
    people = [main_process(0, 900 * MS), child(1, 0, 5 * MS, 50 * MS) | SIGTERM]
    late = child(2, 130 * MS, 140 * MS, 800 * MS)
    (failure,) = failures(trace(rows, [*people, late]))
    assert failure.by_owner
    assert not failures(trace(rows, people))
    answered = [rows[0] | {"error": "TimeoutError"}]
    assert not failures(trace(answered, [*people, late]))
    elsewhere = [*rows, task(2, 2, 150 * MS, 160 * MS, pool=1)]  # it is another pool's
    assert not failures(trace(elsewhere, [*people, late]))


def test_the_kernel_knows_when_a_process_left() -> None:
    """`os._exit` leaves no word: what came after the last slice has not ended it."""
    end = {"host": "desk", "core": 0, "process": 1, "pid": 4001, "tid": 4001, "reason": "exited"}
    rows = [task(1, 1, 10 * MS, 20 * MS, status="lost") | LOST]
    worker = child(1, 0, 5 * MS, 55 * MS) | SIGTERM | {"exitcode": 3}
    for left, fate in ((30 * MS, DIED), (50 * MS, STOPPED)):
        made = trace(
            rows,
            [main_process(0, 100 * MS), worker],
            slices=[end | {"start": 5 * MS, "end": left}],
            core_source="kernel",
        )
        assert fates(made)[1] == fate


def test_lost_tasks_are_counted_by_what_ended_their_worker() -> None:
    """Those that died, and those that were stopped, each with its word."""
    rows = [task(n, n, 10 * MS, 20 * MS, status="lost") | LOST for n in (1, 2, 3)]
    rows[1] |= {"error": "TimeoutError"}
    people = [main_process(0, 100 * MS), child(1, 0, 5 * MS, 50 * MS, exitcode=-9)]
    people += [child(2, 0, 5 * MS, 50 * MS) | SIGTERM]
    people += [child(3, 0, 5 * MS, 50 * MS, exitcode=1, error="KeyboardInterrupt")]
    made = trace(rows, people)
    assert lost(made).died == {"SIGKILL": 1}
    assert lost(made).stopped == {"TimeoutError": 1, "KeyboardInterrupt": 1}
    assert summarize(made).to_dict()["failed"][0]["how"] == "SIGKILL"
