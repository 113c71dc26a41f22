"""Findings on what went wrong: thresholds, words and edges, of hand-made traces."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from tests.support.traces import MAIN_PID, MS, S, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.analysis.findings import Finding, context_of, diagnose, headline
from tracer.analysis.findings.afterwards import LOCK_NS
from tracer.analysis.findings.tasks_failed import FEW, MOST
from tracer.cli.terminal.findings import nothing_found
from tracer.tables import definitions
from tracer.tables.tables import Tables

LOST: dict[str, Any] = {
    "status": "lost",
    **dict.fromkeys(("run_end", "result_pickled", "result_sent", "result_received"), None),
    **dict.fromkeys(("result_unpickled", "delivered"), None),
}
WAITING: dict[str, Any] = LOST | {
    "status": "unfinished",
    **dict.fromkeys(("process", "worker_pid", "worker_tid", "wait_start", "lock_acquired"), None),
    **dict.fromkeys(("received", "run_start", "core_start", "core_end"), None),
}


def first(made: Tables, code: str) -> Finding:
    """Return the first finding, which is this one; all of them are JSON."""
    found = diagnose(made)
    assert found[0].code == code
    for one in found:
        assert "nan" not in json.dumps(one.to_dict(), allow_nan=False).lower()
        assert one.title
        assert one.what.endswith(".")
        assert one.advice
    return found[0]


def slices(*intervals: tuple[int, int], process: int = 0) -> list[dict[str, Any]]:
    """Return when the first thread of a process held a core; between it was blocked."""
    who = {"host": "desk", "core": 0, "process": process, "pid": MAIN_PID + process}
    who |= {"tid": MAIN_PID + process, "reason": "blocked"}
    return [who | {"start": start, "end": end} for start, end in intervals]


def lost_at(died: int, slices: Any = (), kind: str = "Pool", **worker: Any) -> Tables:
    """Make the trace of two workers: one dies with the second of two tasks, the other lives until 3 s."""
    gone = child(1, 0, 5 * MS, died) | {"exitcode": -9} | worker
    people = [main_process(0, 3100 * MS), gone, child(2, 0, 5 * MS, 3 * S)]
    rows = [task(1, 2, 10 * MS, 20 * MS, kind=kind), task(2, 1, 10 * MS, 20 * MS, kind=kind) | LOST]
    return trace(rows, people, slices=slices, core_source="kernel" if len(slices) else "stamps")


def test_the_wait_for_a_lost_result_is_what_main_was_blocked() -> None:
    """Main holds a core until 40 ms, and from 2 to 2.5 s: the rest until the pool's end it waited."""
    finding = first(
        lost_at(30 * MS, slices((0, 40 * MS), (2 * S, 2500 * MS), (3 * S, 3100 * MS))), "worker-died"
    )
    assert finding.seconds == pytest.approx(3.0 - 0.04 - 0.5, abs=0.001)
    assert finding.of_wall == pytest.approx(2.46 / 3.1, abs=0.001)
    assert finding.ends_it
    assert finding.evidence["tasks"] == [2]
    assert "20 ms into task 2 (scenarios.pool4.square)" in finding.what
    assert "main waited 2.46 s" in finding.what


def test_a_fork_server_does_not_wait_for_the_workers_that_it_starts() -> None:
    """They are its children, and the pool is main's."""
    server = child(9, 0, 0, 3 * S, "forkserver", target_start=None)
    made = lost_at(30 * MS, slices((0, 40 * MS)))
    people = made.processes.copy()
    people.loc[people["role"] == "worker", "ppid"] = server["pid"]
    people = pd.concat([people, definitions.PROCESSES.from_rows([server])], ignore_index=True)
    finding = first(replace(made, processes=people), "worker-died")
    assert "main waited 2.96 s" in finding.what


def test_a_task_that_its_worker_could_not_unpickle_is_said_once() -> None:
    """The worker died of it: its task is named there, and nowhere else."""
    made = lost_at(30 * MS, slices((0, 40 * MS)), exitcode=1, error="TypeError", failed_in="function")
    made.tasks.loc[made.tasks["status"] == "lost", ["status", "run_start"]] = ["unpicklable", None]
    finding = first(made, "worker-died")
    assert [one.code for one in diagnose(made)] == ["worker-died"]
    assert "unpickling the arguments of task 2 (scenarios.pool4.square)" in finding.what
    assert "Nobody will ever send its result: main waited 2.96 s" in finding.what


@pytest.mark.parametrize("ended", [30 * MS, 2950 * MS, None])
def test_results_that_nobody_took(ended: int | None) -> None:
    """The thread for results ended at 30 ms, the workers at 3 s; one that ends with them is well."""
    late = dict.fromkeys(("result_received", "result_unpickled", "delivered"), None)
    rows = [task(1, 1, 10 * MS, 20 * MS) | {"delivered": None}, task(2, 1, 40 * MS, 50 * MS) | late]
    people = [
        main_process(0, 3100 * MS),
        child(1, 0, 5 * MS, 3 * S, exitcode=-15, stopped=2999 * MS, stop_signal=15),
    ]
    threads = [
        one | {"ended": ended} for one in hidden_threads(5 * MS, 3 * S) if one["role"] == "result_handler"
    ]
    made = trace(rows, people, threads, slices=slices((0, 60 * MS)), core_source="kernel")
    if ended != 30 * MS:
        assert "tasks-failed" not in [one.code for one in diagnose(made)]
        return
    finding = first(made, "tasks-failed")
    assert (
        finding.title
        == "a Pool's thread for results ended while it delivered task 1, and main waited 3.04 s for 2 results"
    )
    assert finding.ends_it


def test_failed_tasks_of_one_pool_are_counted_in_that() -> None:
    """All of pool 2, none of pool 1: half of the program's tasks."""
    rows = [task(n, 1, n * 10 * MS, n * 10 * MS + MS, pool=1) for n in range(1, 4)]
    rows += [
        task(n, 2, n * 10 * MS, n * 10 * MS + MS, pool=2, status="error", error="OSError") for n in (4, 5, 6)
    ]
    people = [main_process(0, S), child(1, 0, 5 * MS, S), child(2, 0, 5 * MS, S)]
    finding = first(trace(rows, people), "tasks-failed")
    assert finding.title == "all 3 tasks of pool 2 failed with OSError"
    assert finding.what.startswith("3 of 3 tasks of pool 2 (100 %) raised OSError")
    assert not finding.ends_it


def test_what_was_not_measured_is_not_claimed() -> None:
    """Without slices nobody knows whether main waited; what the task had run is less than a twentieth."""
    finding = first(lost_at(11 * MS), "worker-died")
    assert finding.seconds == 0 or finding.share >= 0.05
    assert "waited" not in finding.what
    assert "went on" in finding.what


def test_a_short_wait_leaves_room_for_speed() -> None:
    """Less than half of the run was waited, and less than half of the tasks came to nothing."""
    rows = [task(n, 2, n * 100 * MS, n * 100 * MS + 90 * MS) for n in range(1, 10)]
    rows += [task(20, 1, 950 * MS, 960 * MS) | LOST]
    people = [
        main_process(0, 1100 * MS),
        child(1, 0, 5 * MS, 980 * MS, exitcode=3),
        child(2, 0, 5 * MS, 1050 * MS),
    ]
    found = diagnose(
        trace(rows, people, slices=slices((0, 10 * MS), (1050 * MS, 1100 * MS)), core_source="kernel")
    )
    assert found[0].code == "worker-died"
    assert not found[0].ends_it
    assert "healthy" not in [one.code for one in found]
    assert headline(trace(rows, people)) is not None


def test_an_executor_says_so_itself() -> None:
    """It breaks: nobody waits for what its worker held."""
    finding = first(lost_at(30 * MS, slices((0, 40 * MS)), kind="ProcessPoolExecutor"), "worker-died")
    assert "waited_seconds" in finding.evidence
    assert finding.evidence["waited_seconds"] == 0
    assert finding.what.endswith("The executor broke.")
    assert "Nobody" not in finding.what


@pytest.mark.parametrize("waited", [LOCK_NS - MS, LOCK_NS + MS, S])
def test_the_lock_that_an_idle_worker_took_along(waited: int) -> None:
    """The next worker waits for it, from its start or from the death; a task is there for the last half."""
    begin = 110 * MS
    got = int(begin + waited)
    late = task(2, 2, got + 2 * MS, got + 3 * MS, 100)
    late |= {"submitted": begin, "pickle_start": begin, "pickle_end": begin, "wait_start": begin}
    late |= {"lock_acquired": got, "received": got + MS, "sent": got - int(waited) // 2}
    rows = [task(1, 1, 10 * MS, 20 * MS), late]
    people = [
        main_process(0, 2 * S),
        child(1, 0, 5 * MS, 100 * MS, exitcode=-9),
        child(2, 101 * MS, begin, 2 * S),
    ]
    finding = first(trace(rows, people), "worker-died")
    assert finding.evidence["tasks_lost"] == 0
    if waited < LOCK_NS:
        assert finding.seconds == 0
        assert "lock" not in finding.what
    else:
        assert finding.seconds == pytest.approx(waited / 2e9, rel=0.01)
        assert finding.evidence["lock_wait_seconds"] == pytest.approx(waited / 1e9, rel=0.01)
        assert finding.ends_it == (waited / 2 >= S)


def test_a_lock_that_never_comes_back() -> None:
    """Two tasks are sent after the death; a living worker takes none until main gives up."""
    rows = [task(1, 1, 10 * MS, 20 * MS)]
    rows += [task(n, 2, 500 * MS, 501 * MS) | WAITING for n in (2, 3)]
    people = [main_process(0, 2 * S), child(1, 0, 5 * MS, 100 * MS, exitcode=-9)]
    people += [child(2, 101 * MS, 110 * MS, 2 * S - MS)]
    finding = first(trace(rows, people), "worker-died")
    assert "2 tasks had been sent" in finding.what
    assert finding.seconds == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(
    ("failed_in", "error", "said"),
    [
        ("unguarded", "RuntimeError", '`if __name__ == "__main__":` is missing'),
        ("import", "ImportError", "in the import of the main module (ImportError)"),
        ("initializer", "OSError", "in the initializer (OSError)"),
        (None, None, "died while starting: exit code 1"),
    ],
)
@pytest.mark.parametrize("role", ["worker", "process"])
def test_deaths_in_start_up_say_in_what(failed_in: Any, error: Any, said: str, role: str) -> None:
    """Six of them, one after another: no function was entered."""
    more = {"exitcode": 1, "target_start": None, "target_end": None, "failed_in": failed_in, "error": error}
    people = [
        child(n, n * 100 * MS, n * 100 * MS + 50 * MS, n * 100 * MS + 90 * MS, role) | more
        for n in range(1, 7)
    ]
    rows = [task(1, 1, 500 * MS, 501 * MS) | WAITING] if role == "worker" else []
    code = "worker-died" if role == "worker" else "process-failed"
    finding = first(trace(rows, [main_process(0, S), *people]), code)
    assert said in finding.headline
    assert "6 " in finding.headline
    assert finding.ends_it


def test_a_process_that_failed_is_named_and_others_go_on() -> None:
    """One of four; one was ended by the program."""
    people = [child(n, 0, 5 * MS, 900 * MS, "process") for n in range(1, 5)]
    people[0] |= {"exitcode": 1, "error": "ValueError", "failed_in": "function"}
    people[1] |= {"exitcode": -15, "stopped": 899 * MS, "stop_signal": 15}
    finding = first(trace((), [main_process(0, S), *people]), "process-failed")
    assert finding.headline == "Process-1 ended with exit code 1 (ValueError)"
    assert not finding.ends_it
    assert finding.evidence["died"] == 1


def failing(bad: int, of: int, error: str = "ValueError", status: str = "error") -> Tables:
    """Make a pool's trace, of whose tasks the first fail."""
    made = pool_trace(tasks=of)
    tasks = made.tasks.copy()
    tasks.loc[: bad - 1, "status"] = status
    tasks.loc[: bad - 1, "error"] = error
    return replace(made, tasks=tasks.astype(dict(definitions.TASKS.columns)))


def test_a_process_that_nobody_asked_has_failed_by_its_error() -> None:
    """Its owner was killed before it asked: the error says that it ended with exit code 1, `sys.exit` not."""
    unasked = {"exitcode": None, "failed_in": "function", "target_end": 20 * MS}
    people = [main_process(0, S, exitcode=-9)]
    people += [child(1, 0, 5 * MS, 20 * MS, "process", error="ValueError") | unasked]
    people += [child(2, 0, 5 * MS, 20 * MS, "process", error="SystemExit") | unasked]
    people += [child(3, 0, 5 * MS, S, "process", exitcode=None)]
    finding = first(trace([], people), "process-failed")
    assert finding.title == "Process-1 ended with exit code 1 (ValueError)"


def test_a_manager_that_was_killed_is_the_first_cause() -> None:
    """Whoever called it failed after it; one that its owner has ended has not died."""
    manager = child(2, 0, 5 * MS, 10 * MS, "manager", name="SyncManager-1", exitcode=-9)
    caller = child(1, 0, 5 * MS, 20 * MS, "process", exitcode=1, error="EOFError", failed_in="function")
    finding = first(trace([], [main_process(0, S), caller, manager]), "process-failed")
    assert finding.title == "the manager SyncManager-1 was ended by SIGKILL"
    assert "The manager SyncManager-1 (PID 4002) was ended by SIGKILL at 10 ms" in finding.what
    assert "Process-1" in finding.what
    stopped = manager | {"exitcode": -15, "stopped": 9 * MS, "stop_signal": 15}
    fine = child(1, 0, 5 * MS, 20 * MS, "process")
    assert "process-failed" not in [
        one.code for one in diagnose(trace([], [main_process(0, S), fine, stopped]))
    ]


def test_failed_tasks_are_counted_and_weighed() -> None:
    """More than half: nothing about speed. A few: said, and no more."""
    half = int(20 * MOST)
    finding = first(failing(half + 1, 20), "tasks-failed")
    assert finding.ends_it
    assert finding.title == f"{half + 1} of 20 tasks failed with ValueError"
    assert not first(failing(half, 20), "tasks-failed").ends_it
    assert first(failing(20, 20), "tasks-failed").headline == "All 20 tasks failed with ValueError"
    assert first(failing(1, 1), "tasks-failed").headline.startswith("All 1 task") is False


def test_few_failures_are_no_headline_where_something_holds_the_run_back() -> None:
    """Below a tenth, what the run waited for comes first on its figure; alone they are its news."""
    few = failing(1, int(1 / FEW) + 10)
    assert diagnose(few)[0].code == "tasks-failed"
    others = [one for one in diagnose(few) if one.code != "tasks-failed"]
    shown = headline(few)
    assert shown is not None
    assert shown.code == (others[0].code if others and others[0].share >= 0.1 else "tasks-failed")


def test_control_c_is_no_failure_of_tasks() -> None:
    """Nor is what was cancelled."""
    assert "tasks-failed" not in [one.code for one in diagnose(failing(3, 9, "KeyboardInterrupt"))]
    assert "tasks-failed" not in [one.code for one in diagnose(failing(3, 9, "CancelledError", "cancelled"))]


def test_names_with_markup_and_none_at_all_are_words() -> None:
    """A function may be called anything, or have lost its name."""
    for name in ("[red]<b>\n\x1b[31m", None):
        made = lost_at(30 * MS, slices((0, 40 * MS)))
        tasks = made.tasks.assign(function=name).astype({"function": "string"})
        first(replace(made, tasks=tasks), "worker-died")
        failed = failing(9, 9)
        first(
            replace(
                failed,
                tasks=failed.tasks.assign(function=name, error=None).astype(
                    {"function": "string", "error": "string"}
                ),
            ),
            "tasks-failed",
        )


def test_a_plain_script_has_no_workers_to_give_anything_to() -> None:
    """It computes all the time, and nothing parallel ran: that is said, and no finding."""
    held = {"slices": slices((0, S)), "core_source": "kernel"}
    assert diagnose(trace((), [main_process(0, S)], **held)) == []  # type: ignore[arg-type]
    assert nothing_found(context_of(trace((), [main_process(0, S)]))).startswith(
        "Nothing parallel ran in 1 s"
    )
    worked = trace((), [main_process(0, S), child(1, 0, MS, 2 * MS, "process")], **held)  # type: ignore[arg-type]
    assert diagnose(worked)[0].code == "serial-section"


def test_memory_is_named_only_where_the_kernel_said_so() -> None:
    """`oom_kills` is what was counted during the run."""
    made = lost_at(30 * MS)
    assert "memory ran out" not in first(made, "worker-died").what.lower()
    told = replace(made, meta={**made.meta, "oom_kills": 1})
    assert "the kernel killed 1 process of this control group." in first(told, "worker-died").what
    limited = replace(made, meta={**told.meta, "memory_limit": 200 << 20})
    assert "of this control group, whose limit is 200 MiB." in first(limited, "worker-died").what
