"""multiprocess, and pathos on top of it: the hooks on multiprocessing serve a copy that pickles with dill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.followed import PIPED, assert_phases, counted, errors, followed, strangers

pytest.importorskip("multiprocess")

PROGRAM = """
import sys
import multiprocess
from multiprocess.pool import ThreadPool

def square(number):
    return number * number

def fail(number):
    raise ValueError(number)

def main(method):
    context, delta = multiprocess.get_context(method), 3
    with context.Pool(2) as pool:
        print(pool.map(lambda number: number + delta, range(6), chunksize=2))
        print(list(pool.imap(square, range(4))))
        for function in fail, lambda number: (one for one in "ab"):
            try:
                pool.apply(function, (1,))
            except Exception as error:
                print(type(error).__name__, type(error.__cause__).__name__)
        pool.close()
        pool.join()
    with ThreadPool(2) as threads:
        print(threads.map(square, range(4), chunksize=2))
    with context.Manager() as manager:
        numbers = manager.list([1])
        numbers.append(2)
        print(numbers)
    child = context.Process(target=lambda: print("child", flush=True))
    child.start()
    child.join()
    print(child.exitcode)

if __name__ == "__main__":
    main(sys.argv[1])
"""
TASKS = {
    ("multiprocess", "main.<locals>.<lambda>", "ok"): 3,
    ("multiprocess", "square", "ok"): 4,
    ("multiprocess", "fail", "error"): 1,
    ("multiprocess", "main.<locals>.<lambda>", "unpicklable"): 1,
    ("multiprocess threads", "square", "ok"): 2,
}


def assert_seen(folder: Path, method: str) -> None:
    """Every task is there, with every stamp; processes and threads have their parts."""
    ended = followed(folder, PROGRAM, method)
    assert counted(ended) == TASKS
    assert_phases(ended, PIPED, "multiprocess")
    assert errors(ended, "fail") == ["ValueError"]
    trace = ended.trace
    assert len(trace.items) == 10
    roles = trace.processes["role"].value_counts().to_dict()
    assert (roles["worker"], roles["manager"], roles["process"]) == (2, 1, 1)
    assert ("forkserver" in roles) == (method == "forkserver")
    assert set(trace.processes["start_method"].dropna()) <= {method, "spawn"}
    main = trace.threads[trace.threads["process"] == 0]
    assert "user" not in set(main["role"])


def test_a_copy_that_pickles_with_dill_is_seen_under_fork(tmp_path: Path) -> None:
    """Lambdas and functions of `__main__` go on working, and are named."""
    assert_seen(tmp_path, "fork")


@pytest.mark.thorough
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_copy_that_pickles_with_dill_is_seen(tmp_path: Path, method: str) -> None:
    """Children of the copy begin to record before their program's `__main__`."""
    assert_seen(tmp_path, method)


PATHOS = """
from pathos.pools import ProcessPool, ThreadPool

def increase(number):
    return number + 1

def main():
    delta = 3
    pool = ProcessPool(nodes=2)
    print(pool.map(lambda x, y: x * y + delta, [1, 2, 3, 4], [5, 6, 7, 8]))
    print(list(pool.imap(increase, range(5))))
    print(pool.amap(increase, range(3)).get())
    pool.close()
    pool.join()
    pool.clear()
    threads = ThreadPool(nodes=2)
    print(threads.map(increase, range(3)))
    threads.close()
    threads.join()
    threads.clear()

if __name__ == "__main__":
    main()
"""


@pytest.mark.thorough
def test_pathos_maps_bear_the_programs_names(tmp_path: Path) -> None:
    """It runs a lambda of its own around each function: the task is named after what that calls."""
    pytest.importorskip("pathos")
    ended = followed(tmp_path, PATHOS)
    tasks = ended.trace.tasks
    items = tasks.groupby(["kind", "function"])["items"].sum().to_dict()
    assert items == {
        ("multiprocess", "main.<locals>.<lambda>"): 4,
        ("multiprocess", "increase"): 8,
        ("multiprocess threads", "increase"): 3,
    }
    assert set(tasks["status"]) == {"ok"}
    assert not strangers(ended)
