"""What executors do; prints each case's results as JSON.

python executors.py fork|spawn|forkserver|threads
"""

import contextlib
import functools
import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

before = []


def initialize(number):
    """Leave a mark in the worker."""
    before.append(number)


def fail_to_initialize():
    """Break the executor, without a word on stderr (it would name PIDs)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    raise RuntimeError("no")


def initialized(number):
    """Return the mark."""
    return before[-1] + number


def square(number, plus=0):
    """Return the square."""
    if number < 0:
        raise ValueError(f"{number} is negative")
    return number * number + plus


def mapped(number):
    """Return the square, for map."""
    return square(number)


def chunked(number):
    """Return the square, for map with chunks."""
    return square(number)


def summed(left, right):
    """Add, for a map over two iterables."""
    return left + right


def partly(left, right):
    """Add, for a partial."""
    return left + right


def failing(number):
    """Raise for negative numbers."""
    return square(number)


def failing_chunks(number):
    """Raise for negative numbers."""
    return square(number)


def with_limit(number):
    """Return the square."""
    return square(number)


def never(number):
    """Do what an executor is asked whose initializer fails."""
    return number


def large(data):
    """Take a lot, give a lot."""
    return data[::-1]


def hold(path):
    """Stay until the file `path` is there."""
    deadline = time.monotonic() + 60
    while not os.path.exists(path) and time.monotonic() < deadline:
        time.sleep(0.002)
    return "released"


def held(number):
    """Come after `hold`, or be cancelled."""
    return number


class Callable:
    """An object that is called."""

    def __call__(self, number):
        """Return the number."""
        return number


def error(call):
    """Return the exception of a call, as text."""
    try:
        return call()
    except Exception as raised:
        return repr(raised)


def methods(executor):
    """Submit and map in every way; return the results by case."""
    seen = []
    futures = [executor.submit(square, n, plus=1) for n in range(5)]
    for future in futures:
        future.add_done_callback(lambda done: seen.append(done.result()))
    failed = executor.submit(failing, -1)
    results = {
        "submit": [future.result(60) for future in futures],
        "failing": error(failed.result),
        "callbacks": sorted(seen),
        "map": list(executor.map(mapped, range(5), timeout=60)),
        "map_chunks": list(executor.map(chunked, range(10), chunksize=4)),
        "map_two": list(executor.map(summed, [1, 2, 3], [10, 20, 30])),
        "map_failing_chunks": error(lambda: list(executor.map(failing_chunks, [1, -1, 3], chunksize=3))),
        "partial": executor.submit(functools.partial(partly, 1), 2).result(60),
        "callable": executor.submit(Callable(), 7).result(60),
        "large": len(executor.submit(large, bytes(1 << 20)).result(60)),
    }
    executor.shutdown()
    return results


def cancelled(executor):
    """Cancel what waits behind a task that holds the only worker."""
    path = os.path.join(tempfile.mkdtemp(), "go")
    holding = executor.submit(hold, path)
    waiting = [executor.submit(held, n) for n in range(6)]
    states = [future.cancel() for future in waiting[3:]]
    open(path, "w").close()
    os.listdir(os.path.dirname(path))
    results = [holding.result(60), [future.result(60) for future in waiting[:3]], states]
    executor.shutdown()
    os.unlink(path)
    os.rmdir(os.path.dirname(path))
    return results


def main(how):
    """Run all cases."""
    if how == "threads":
        make = ThreadPoolExecutor
    else:
        make = functools.partial(ProcessPoolExecutor, mp_context=multiprocessing.get_context(how))
    results = methods(make(2))
    results["cancelled"] = cancelled(make(1))
    with make(2, initializer=initialize, initargs=(100,)) as executor:
        results["initialized"] = list(executor.map(initialized, range(4)))
    if how != "threads":
        with contextlib.suppress(Exception), make(1, initializer=fail_to_initialize) as executor:
            results["never"] = error(executor.submit(never, 1).result)
    if how in ("spawn", "forkserver"):
        with make(1, max_tasks_per_child=2) as executor:
            # One at a time: with several waiting, stock Python hangs (gh-115634).
            results["with_limit"] = [executor.submit(with_limit, n).result(60) for n in range(4)]
    results["children"] = [child.name for child in multiprocessing.active_children()]
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
