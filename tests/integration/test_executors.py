"""What `ProcessPoolExecutor`, under every start method, and `ThreadPoolExecutor` do, traced."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.conftest import METHODS, Both
from tests.support.programs import PROGRAMS, Pair, run

HOW = [*METHODS, "threads"]

# What each case hands over to processes: (items, status) of each task; executors of threads have no chunks.
HANDED = {
    "square": {(1, "ok"): 5},
    "failing": {(1, "error"): 1},
    "mapped": {(1, "ok"): 5},
    "chunked": {(4, "ok"): 2, (2, "ok"): 1},
    "summed": {(1, "ok"): 3},
    "failing_chunks": {(3, "error"): 1},
    "partly": {(1, "ok"): 1},
    "Callable": {(1, "ok"): 1},
    "large": {(1, "ok"): 1},
    "hold": {(1, "ok"): 1},
    "held": {(1, "ok"): 3, (1, "cancelled"): 3},
    "initialized": {(1, "ok"): 4},
    "never": {(1, "broken"): 1},
    "with_limit": {(1, "ok"): 4},
}
ABSENT = {
    "threads": {"never", "with_limit", "failing_chunks"},
    "fork": {"with_limit"},
}

ALWAYS = ["submitted", "received", "run_start", "run_end", "delivered", "wait_start", "lock_acquired"]
PIPED = [
    *("pickle_start", "pickle_end", "sent", "result_pickled", "result_sent", "result_received"),
    *("result_unpickled", "args_bytes", "result_bytes"),
]


@pytest.fixture(params=HOW)
def how(request: pytest.FixtureRequest) -> str:
    """A start method, or `threads` for a ThreadPoolExecutor."""
    return str(request.param)


@pytest.fixture
def pair(both: Both, how: str) -> Pair:
    """The program of all cases, plain and traced."""
    return both("executors", how)


def test_results_are_those_of_the_plain_program(pair: Pair) -> None:
    """Every call returns, raises, cancels and calls back what it does untraced; nothing is on stderr."""
    assert json.loads(pair.plain.stdout) == json.loads(pair.traced.stdout)
    assert (pair.plain.code, pair.plain.stderr) == (0, "")
    assert (pair.traced.code, pair.traced.stderr) == (0, "")


@pytest.mark.parametrize("function", HANDED)
def test_each_message_is_one_task(pair: Pair, how: str, function: str) -> None:
    """One row for each call that was handed over, with its function, items and status."""
    if function in ABSENT.get(how, ()):
        pytest.skip(f"not with {how}")
    expected = {(1, "ok"): 10} if (function, how) == ("chunked", "threads") else HANDED[function]
    tasks = pair.traced.tasks(function)
    assert Counter(zip(tasks["items"].tolist(), tasks["status"].tolist(), strict=True)) == expected


def test_nothing_else_is_a_task(pair: Pair, how: str) -> None:
    """The trace holds no task besides those handed over, all of the executors that were made."""
    tasks = pair.traced.trace.tasks
    assert set(tasks["function"]) <= set(HANDED)
    assert set(tasks["kind"]) == {"ThreadPoolExecutor" if how == "threads" else "ProcessPoolExecutor"}


def test_every_phase_is_stamped(pair: Pair, how: str) -> None:
    """Every phase of this kind of executor is there in each task that ran; what it lacks is missing."""
    tasks = pair.traced.trace.tasks
    ran = tasks[tasks["status"].isin(["ok", "error"])]
    assert not ran[ALWAYS].isna().any(axis=None)
    if how == "threads":
        assert tasks[PIPED].isna().all(axis=None)
    else:
        assert not ran[PIPED].isna().any(axis=None)


def test_cancelled_futures_never_ran(pair: Pair) -> None:
    """A cancelled future's task was handed over and then nothing."""
    tasks = pair.traced.trace.tasks
    tasks = tasks[tasks["status"] == "cancelled"]
    assert tasks["run_start"].isna().all()
    assert tasks["worker_pid"].isna().all()
    assert not tasks["submitted"].isna().any()


def test_bytes_are_those_of_the_payload(pair: Pair, how: str) -> None:
    """A megabyte in and out shows as a megabyte and a pickle's few bytes."""
    task = pair.traced.tasks("large").iloc[0]
    if how != "threads":
        assert 1 << 20 < task["args_bytes"] < (1 << 20) + 500
        assert 1 << 20 < task["result_bytes"] < (1 << 20) + 500


def test_max_tasks_per_child_gives_each_worker_its_share(pair: Pair, how: str) -> None:
    """With max_tasks_per_child=2, no worker ran more than two of the four tasks."""
    if how not in ("spawn", "forkserver"):
        pytest.skip("max_tasks_per_child does not go with fork or threads")
    assert pair.traced.tasks("with_limit")["process"].value_counts().tolist() == [2, 2]


def test_workers_and_hidden_threads_are_there(pair: Pair, how: str) -> None:
    """Workers are processes with an exit code; the manager and the feeder are threads of main."""
    processes, threads = pair.traced.trace.processes, pair.traced.trace.threads
    workers = processes[processes["role"] == "worker"]
    if how == "threads":
        assert workers.empty
        names = threads.loc[threads["role"] == "worker", "name"]
        assert all(name.startswith("ThreadPoolExecutor-") for name in names)
        return
    assert set(workers["start_method"]) == {how}
    assert set(workers["exitcode"]) <= {0, -15}  # -15: a broken executor ends its workers
    assert not workers[["start_called", "forked", "started", "target_start", "exited"]].isna().any(axis=None)
    for role in ("executor_manager", "queue_feeder"):
        assert set(threads.loc[threads["role"] == role, "process"]) == {0}


def test_the_trace_keeps_the_contract(pair: Pair) -> None:
    """The contract's checker finds nothing, and nothing was lost."""
    assert pair.traced.breaches == []
    assert pair.traced.trace.meta["losses"] == {}


def test_a_task_is_submitted_when_the_call_is_entered(tmp_path: Path) -> None:
    """Not when the executor's lock, which another thread holds, lets it in."""
    ended = run(tmp_path, [str(PROGRAMS / "waiting_submit.py")])
    assert ended.code == 0, ended.stderr
    (task,) = ended.tasks("waited").itertuples()
    assert 100e6 < task.pickle_start - task.submitted < 10e9
