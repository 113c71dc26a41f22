"""Every method of `Pool`, under every start method, and of `ThreadPool`, traced."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.conftest import METHODS, Both
from tests.support.programs import Pair, run
from tracer.record.kinds import RERAISES

HOW = [*METHODS, "threads"]

# What each case hands over: (items, status) of each task.
OK = "ok"
HANDED = {
    "do_apply": {(1, OK): 3},
    "do_apply_keywords": {(1, OK): 1},
    "do_apply_async": {(1, OK): 4},
    "do_apply_async_error": {(1, "error"): 1},
    "do_map": {(2, OK): 5},
    "do_map_chunks": {(3, OK): 3, (1, OK): 1},
    "do_map_error": {(2, OK): 1, (2, "error"): 1},
    "do_map_generator": {(2, OK): 2, (1, OK): 1},
    "do_map_empty": {},
    "do_map_async": {(2, OK): 2},
    "do_map_async_error": {(1, "error"): 1},
    "do_imap": {(1, OK): 5},
    "do_imap_chunks": {(3, OK): 2, (1, OK): 1},
    "do_imap_empty": {},
    "do_imap_unordered": {(1, OK): 5},
    "do_imap_unordered_chunks": {(3, OK): 2, (1, OK): 1},
    "do_imap_iterable_raises": {(1, OK): 2},
    RERAISES: {(1, "error"): 1},  # what that iterable raised
    "do_starmap": {(1, OK): 3},
    "do_starmap_chunks": {(2, OK): 1, (1, OK): 1},
    "do_starmap_async": {(1, OK): 2},
    "large": {(1, OK): 1},
    "initialized": {(1, OK): 4},
    "do_with_limit": {(1, OK): 8},
}

ALWAYS = [
    "submitted",
    "wait_start",
    "lock_acquired",
    "received",
    "run_start",
    "run_end",
    "result_received",
    "delivered",
]
PIPED = [
    "pickle_start",
    "pickle_end",
    "sent",
    "result_pickled",
    "result_unpickled",
    "args_bytes",
    "result_bytes",
]


@pytest.fixture(params=HOW)
def how(request: pytest.FixtureRequest) -> str:
    """A start method, or `threads` for a ThreadPool."""
    return str(request.param)


@pytest.fixture
def pair(both: Both, how: str) -> Pair:
    """The program of all cases, plain and traced."""
    return both("pools", how)


def test_results_and_callbacks_are_those_of_the_plain_program(pair: Pair) -> None:
    """Every method returns, raises and calls back what it does untraced; nothing is on stderr."""
    assert json.loads(pair.plain.stdout) == json.loads(pair.traced.stdout)
    assert (pair.plain.code, pair.plain.stderr) == (0, "")
    assert (pair.traced.code, pair.traced.stderr) == (0, "")


@pytest.mark.parametrize("function", HANDED)
def test_each_message_is_one_task(pair: Pair, how: str, function: str) -> None:
    """One row for each message to the pool, with its function, items and status."""
    if how == "threads" and function == "do_with_limit":
        pytest.skip("a ThreadPool has no maxtasksperchild")
    tasks = pair.traced.tasks(function)
    assert Counter(zip(tasks["items"].tolist(), tasks["status"].tolist(), strict=True)) == HANDED[function]


def test_nothing_else_is_a_task(pair: Pair, how: str) -> None:
    """The trace holds no task besides those handed over, each in one of the pools that were made."""
    tasks = pair.traced.trace.tasks
    assert set(tasks["function"]) <= set(HANDED)
    tasks = tasks[tasks["function"] != RERAISES]
    assert set(tasks["kind"]) == {"ThreadPool" if how == "threads" else "Pool"}
    assert tasks.groupby("pool")["function"].nunique().tolist()[1:] == [1] * (1 if how == "threads" else 2)


def test_every_phase_is_stamped(pair: Pair, how: str) -> None:
    """Every phase that this kind of pool has is there, in every task; those that it lacks are missing."""
    tasks = pair.traced.trace.tasks
    assert not tasks[ALWAYS].isna().any(axis=None)
    if how == "threads":
        assert tasks[[*PIPED, "result_sent"]].isna().all(axis=None)
    else:
        # A worker of a pool that is terminated may die between the write and its stamp.
        assert not tasks[PIPED].isna().any(axis=None)
        assert not tasks.loc[tasks["function"] != "initialized", "result_sent"].isna().any()


def test_errors_are_named(pair: Pair) -> None:
    """A task that raised has its exception's type, and no other task has one."""
    tasks = pair.traced.trace.tasks
    raised = tasks["status"] == "error"
    assert set(tasks.loc[raised, "error"]) == {"ValueError"}
    assert tasks.loc[~raised, "error"].isna().all()


def test_bytes_are_those_of_the_payload(pair: Pair, how: str) -> None:
    """A megabyte in and out shows as a megabyte and a pickle's few bytes."""
    task = pair.traced.tasks("large").iloc[0]
    if how != "threads":
        assert 1 << 20 < task["args_bytes"] < (1 << 20) + 300
        assert 1 << 20 < task["result_bytes"] < (1 << 20) + 300


def test_the_initializer_is_a_span_in_each_worker(pair: Pair, how: str) -> None:
    """Each worker that runs an initializer has a span of it, before its first task."""
    if how == "threads":
        pytest.skip("a ThreadPool's initializer is not recorded")
    spans = pair.traced.trace.spans
    spans = spans[spans["category"] == "initializer"]
    assert set(spans["name"]) == {"initialize"}
    first = pair.traced.tasks("initialized").groupby("process")["received"].min()
    ends = spans.set_index("process")["end"]
    assert all(ends[process] <= received for process, received in first.items())


def test_maxtasksperchild_gives_each_worker_its_share(pair: Pair, how: str) -> None:
    """With maxtasksperchild=2, eight tasks were run by at least four processes, none with more than two."""
    if how == "threads":
        pytest.skip("a ThreadPool has no maxtasksperchild")
    shares = pair.traced.tasks("do_with_limit")["process"].value_counts()
    assert shares.max() <= 2
    assert shares.sum() == 8


def test_workers_are_processes_with_a_whole_life(pair: Pair, how: str) -> None:
    """Each worker is in the table with its start-up in steps, its start method and its exit code."""
    processes = pair.traced.trace.processes
    workers = processes[processes["role"] == "worker"]
    if how == "threads":
        assert workers.empty
        assert (pair.traced.trace.threads["role"] == "worker").sum() == 4
        return
    assert set(workers["start_method"]) == {how}
    assert set(workers["exitcode"]) <= {0, -15}
    assert not workers[["start_called", "forked", "exited"]].isna().any(axis=None)
    # A worker of a pool that is terminated may not have come far; one that ran a task has.
    at_work = set(pair.traced.trace.tasks["process"])
    assert at_work <= set(workers["process"])
    assert (
        not workers.loc[workers["process"].isin(at_work), ["started", "target_start"]].isna().any(axis=None)
    )
    prefix = {"fork": "ForkPoolWorker", "spawn": "SpawnPoolWorker", "forkserver": "ForkServerPoolWorker"}[how]
    assert all(name.startswith(prefix) for name in workers["name"])


def test_the_hidden_threads_are_there(pair: Pair, how: str) -> None:
    """The three threads that serve each pool are in the table, in the main process."""
    threads = pair.traced.trace.threads
    pools = 2 if how == "threads" else 3
    for role in ("worker_handler", "task_handler", "result_handler"):
        assert threads.loc[threads["role"] == role, "process"].tolist() == [0] * pools


def test_the_trace_keeps_the_contract(pair: Pair) -> None:
    """The contract's checker finds nothing, and nothing was lost."""
    assert pair.traced.breaches == []
    assert pair.traced.trace.meta["losses"] == {}


def test_a_pool_that_ends_waits_for_no_lock_of_the_programs(tmp_path: Path) -> None:
    """It takes the lock of its queue from workers that wait there: main has no span of it."""
    program = tmp_path / "ends.py"
    program.write_text(
        "import multiprocessing, time\n"
        "with multiprocessing.get_context('fork').Pool(4) as pool:\n"
        "    pool.map(time.sleep, [0.01] * 5, 1)\n"
        "    time.sleep(0.05)\n"
    )
    ended = run(tmp_path, [str(program)])
    assert ended.code == 0, ended.stderr
    assert (ended.trace.tasks["status"] == "ok").sum() == 5
    assert "lock" not in set(ended.trace.spans["category"])
