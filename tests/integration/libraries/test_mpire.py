"""mpire: a queue for each worker, with nothing on it that numbers a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.followed import PIPED, THREADED, assert_phases, counted, errors, followed, strangers
from tracer.analysis import summarize

pytest.importorskip("mpire")

PROGRAM = """
import sys
import time
from mpire import WorkerPool

def square(number):
    return number * number

def fail(number):
    if number == 3:
        raise ValueError(number)
    return number

def sleep(number):
    time.sleep(60)

def initialize():
    pass

def finish():
    return "finished"

def show(call):
    try:
        print(call())
    except BaseException as error:
        print(type(error).__name__)

def maps(method):
    with WorkerPool(n_jobs=2, start_method=method, use_dill=method.startswith("dill")) as pool:
        print(pool.map(square, range(10), chunk_size=2))
        print(sorted(pool.map_unordered(square, range(4), chunk_size=1)))
        functions = {"worker_init": initialize, "worker_exit": finish}
        print(list(pool.imap(square, range(4), chunk_size=2, **functions)))
        print(sorted(set(pool.get_exit_results())))
        print(sorted(pool.imap_unordered(square, range(3), chunk_size=1)))

def dill(method):
    delta = 3
    with WorkerPool(n_jobs=2, start_method=method, use_dill=True) as pool:
        print(pool.map(lambda number: number + delta, range(4), chunk_size=2))

def applied(method):
    with WorkerPool(n_jobs=2, start_method=method, keep_alive=True) as pool:
        print(pool.apply(square, (3,)))
        print([one.get() for one in [pool.apply_async(square, (number,)) for number in range(4)]])
        show(lambda: pool.apply(fail, (3,)))
        print(pool.apply(fail, kwargs={"number": 4}))
        print(sum(pool.imap_unordered(square, range(4), chunk_size=2)))
        pool.stop_and_join()

def limits(method):
    with WorkerPool(n_jobs=2, start_method=method, keep_alive=True) as pool:
        show(lambda: pool.apply(sleep, (3,), task_timeout=0.3))
        print([pool.apply(square, (number,)) for number in range(4)])
        pool.stop_and_join()
    with WorkerPool(n_jobs=2, start_method=method) as pool:
        show(lambda: pool.map(sleep, range(2), chunk_size=1, task_timeout=0.3))

def failing(method):
    with WorkerPool(n_jobs=1, start_method=method) as pool:
        show(lambda: pool.map(fail, range(5), chunk_size=1, max_tasks_active=1))

if __name__ == "__main__":
    globals()[sys.argv[2]](sys.argv[1])
"""
MAPS = 5 + 4 + 2 + 3


def assert_maps(folder: Path, method: str) -> None:
    """Each chunk is a task with every stamp; its items, and what runs before and after, are there."""
    ended = followed(folder, PROGRAM, method, "maps")
    assert counted(ended) == {("mpire", "square", "ok"): MAPS}
    assert_phases(ended, PIPED)
    trace = ended.trace
    assert trace.tasks["items"].sum() == 10 + 4 + 4 + 3
    assert len(trace.items) == 10 + 4
    spans = trace.spans["category"].value_counts()
    assert 1 <= spans["initializer"] <= 2
    assert spans["initializer"] == spans["finalizer"]
    assert (trace.processes["role"] == "worker").sum() == 2 * 4
    assert summarize(trace).failed == ()
    assert not strangers(ended)


def test_maps_are_seen_under_fork(tmp_path: Path) -> None:
    """Ordered or not, at once or one by one: chunks at both ends; mpire's threads are not the program's."""
    assert_maps(tmp_path, "fork")


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_maps_are_seen(tmp_path: Path, method: str) -> None:
    """Nothing of ours is pickled with a worker, whose queues are its own from the start."""
    assert_maps(tmp_path, method)


@pytest.mark.thorough
def test_maps_in_threads_are_seen(tmp_path: Path) -> None:
    """Workers that are threads of their owner, of a kind of their own."""
    ended = followed(tmp_path, PROGRAM, "threading", "maps")
    assert counted(ended) == {("mpire threads", "square", "ok"): MAPS}
    assert_phases(ended, THREADED)
    assert not strangers(ended)


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_maps_that_are_pickled_with_dill_are_seen(tmp_path: Path, method: str) -> None:
    """The processes of multiprocess are mpire's workers too."""
    pytest.importorskip("multiprocess")
    ended = followed(tmp_path, PROGRAM, method, "dill")
    assert counted(ended) == {("mpire", "dill.<locals>.<lambda>", "ok"): 2}
    assert_phases(ended, PIPED)


@pytest.mark.thorough
def test_applied_functions_are_tasks_of_one_item(tmp_path: Path) -> None:
    """Their errors are theirs, and the pool's end, with its helpers, no failure."""
    ended = followed(tmp_path, PROGRAM, "fork", "applied")
    assert counted(ended) == {
        ("mpire", "square", "ok"): 1 + 4 + 2,
        ("mpire", "fail", "error"): 1,
        ("mpire", "fail", "ok"): 1,
    }
    assert_phases(ended, PIPED)
    assert errors(ended, "fail") == ["ValueError"]
    assert sorted(ended.trace.tasks["items"]) == [1] * 7 + [2] * 2


@pytest.mark.thorough
def test_tasks_that_took_too_long_say_so(tmp_path: Path) -> None:
    """mpire interrupts them, and later tasks of the same queue keep their numbers."""
    ended = followed(tmp_path, PROGRAM, "fork", "limits")
    assert counted(ended) == {("mpire", "sleep", "error"): 3, ("mpire", "square", "ok"): 4}
    assert errors(ended, "sleep") == ["TimeoutError"] * 3
    assert_phases(ended, PIPED)
    assert summarize(ended.trace).failed == ()


@pytest.mark.thorough
def test_an_error_ends_a_map(tmp_path: Path) -> None:
    """The chunk that raised is named, those before it returned, and what serves the end is no work."""
    ended = followed(tmp_path, PROGRAM, "fork", "failing")
    tasks = counted(ended)
    assert tasks["mpire", "fail", "ok"] == 3
    assert tasks["mpire", "fail", "error"] == 1
    assert errors(ended, "fail") == ["ValueError"]
    assert set(ended.trace.processes["role"]) == {"main", "tracer", "worker", "manager"}
    assert not strangers(ended)


LIFESPAN = """
from mpire import WorkerPool

def make(number):
    return bytes(20 * 1024)

def main():
    with WorkerPool(n_jobs=2) as pool:
        blocks = pool.map_unordered(make, range(8), worker_lifespan=1, chunk_size=1)
    print(len(blocks), sum(map(len, blocks)))

if __name__ == "__main__":
    for attempt in range(10):
        try:
            main()
            break
        except RuntimeError:  # mpire takes a worker that has just left for dead, now and then
            pass
"""


@pytest.mark.thorough
def test_workers_that_take_anothers_place_go_on_with_its_numbers(tmp_path: Path) -> None:
    """Every worker lives for one chunk: each chunk is one task, whoever ran it."""
    ended = followed(tmp_path, LIFESPAN)
    tasks = ended.trace.tasks
    last = tasks[tasks["pool"] == tasks["pool"].max()]
    assert last["status"].tolist() == ["ok"] * 8
    assert last[list(PIPED)].notna().all(axis=None)
    assert last["process"].nunique() == 8
    assert summarize(ended.trace).failed == ()
