"""pebble: tasks that may be stopped, and whose word that was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.followed import PIPED, THREADED, assert_phases, counted, errors, followed, strangers
from tracer.analysis import summarize

pytest.importorskip("pebble")

PROGRAM = """
import multiprocessing
import os
import sys
import time
from pebble import ProcessPool, ThreadPool, concurrent

def square(number):
    return number * number

def fail(number):
    raise ValueError(number)

def odd(number):
    if number == 2:
        raise KeyError(number)
    return number

def sleep(number):
    time.sleep(60)

def leave(number):
    time.sleep(0.3)  # a task that has not been acknowledged when its worker dies breaks the pool
    os._exit(3)

def initialize(number):
    pass

@concurrent.process(timeout=30)
def decorated(number):
    return number + 100

@concurrent.process(timeout=0.3)
def too_slow(number):
    time.sleep(60)

@concurrent.process
def refused(number):
    raise IndexError(number)

def show(future):
    try:
        print(future.result())
    except BaseException as error:
        print(type(error).__name__, *error.args[:1])

def calls(context):
    with ProcessPool(max_workers=2, initializer=initialize, initargs=(1,), context=context) as pool:
        for future in [pool.schedule(square, args=(number,)) for number in range(6)]:
            show(future)
        show(pool.schedule(fail, args=(1,)))
        show(pool.schedule(square, args=(lambda: 1,)))
        print(list(pool.map(square, range(4)).result()))
        results = pool.map(odd, range(6), chunksize=3).result()
        while True:
            try:
                print(next(results))
            except StopIteration:
                break
            except KeyError as error:
                print(repr(error))

def stops(context):
    with ProcessPool(max_workers=2, context=context) as pool:
        show(pool.schedule(sleep, args=(1,), timeout=0.3))
        show(pool.schedule(leave, args=(1,)))
        future = pool.schedule(sleep, args=(1,))
        while not future.running():
            time.sleep(0.01)
        future.cancel()
        show(future)
        show(pool.schedule(square, args=(3,)))

def threads(context):
    with ThreadPool(max_workers=2) as pool:
        print(list(pool.map(square, range(4), chunksize=2).result()))
        show(pool.schedule(fail, args=(2,)))

def processes(context):
    show(decorated(1))
    show(too_slow(1))
    show(refused(1))

if __name__ == "__main__":
    globals()[sys.argv[2]](multiprocessing.get_context(sys.argv[1]))
"""
CALLS = {
    ("pebble", "square", "ok"): 6 + 4,
    ("pebble", "square", "unpicklable"): 1,
    ("pebble", "fail", "error"): 1,
    ("pebble", "odd", "ok"): 1,
    ("pebble", "odd", "error"): 1,
}


def assert_calls(folder: Path, method: str) -> None:
    """Every call is seen at both ends; a chunk with an item that raised is an error, and that item too."""
    ended = followed(folder, PROGRAM, method, "calls")
    assert counted(ended) == CALLS
    assert_phases(ended, PIPED)
    assert errors(ended, "fail") == ["ValueError"]
    assert errors(ended, "odd") == ["KeyError"]
    trace = ended.trace
    chunks = ended.tasks("odd")
    assert chunks["items"].tolist() == [3, 3]
    assert trace.items["status"].tolist() == ["ok", "ok", "error", "ok", "ok", "ok"]
    assert trace.spans["category"].eq("initializer").sum() >= 2
    assert not strangers(ended)
    assert summarize(trace).failed == ()  # its workers exit with the number of the signal that stops them


def test_calls_of_a_process_pool_are_seen_under_fork(tmp_path: Path) -> None:
    """`schedule` and `map`, results and errors; the pool's end is no failure."""
    assert_calls(tmp_path, "fork")


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_calls_of_a_process_pool_are_seen(tmp_path: Path, method: str) -> None:
    """Nothing of ours is pickled with the channel."""
    assert_calls(tmp_path, method)


@pytest.mark.thorough
def test_tasks_that_were_stopped_say_by_whose_word(tmp_path: Path) -> None:
    """A limit and a cancelled future cost the worker; a worker that dies costs the task."""
    ended = followed(tmp_path, PROGRAM, "fork", "stops")
    assert counted(ended) == {
        ("pebble", "sleep", "lost"): 1,
        ("pebble", "sleep", "cancelled"): 1,
        ("pebble", "leave", "lost"): 1,
        ("pebble", "square", "ok"): 1,
    }
    assert errors(ended, "sleep") == ["TimeoutError", "CancelledError"]
    assert errors(ended, "leave") == ["ProcessExpired"]
    summary = summarize(ended.trace)
    assert (summary.lost_by, summary.stopped_by) == ({"exit code 3": 1}, {"TimeoutError": 1})
    assert [one.how for one in summary.failed] == ["exit code 3"]


@pytest.mark.thorough
def test_threads_are_workers(tmp_path: Path) -> None:
    """Their tasks are seen, and what looks after them is no work of the program's."""
    ended = followed(tmp_path, PROGRAM, "fork", "threads")
    assert counted(ended) == {("pebble threads", "square", "ok"): 2, ("pebble threads", "fail", "error"): 1}
    assert_phases(ended, THREADED)
    assert errors(ended, "fail") == ["ValueError"]
    assert len(ended.trace.items) == 4
    assert not strangers(ended)


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["fork"])
def test_a_decorated_functions_process_is_a_worker_with_one_task(tmp_path: Path, method: str) -> None:
    """One process a call; one that took too long is lost to that."""
    ended = followed(tmp_path, PROGRAM, method, "processes")
    assert counted(ended) == {
        ("pebble", "decorated", "ok"): 1,
        ("pebble", "too_slow", "lost"): 1,
        ("pebble", "refused", "error"): 1,
    }
    assert errors(ended, "too_slow") == ["TimeoutError"]
    assert errors(ended, "refused") == ["IndexError"]
    came_with_it = ("pickle_start", "pickle_end", "sent", "args_bytes")
    stopped = ("result_sent",)  # by then its process may have been
    assert_phases(ended, tuple(name for name in PIPED if name not in came_with_it + stopped))
    roles = ended.trace.processes["role"].value_counts()
    assert roles["worker"] == 3
    assert not strangers(ended)
    assert summarize(ended.trace).failed == ()
