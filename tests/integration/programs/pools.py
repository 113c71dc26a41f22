"""Every method of a pool of processes or of threads; prints each case's results as JSON.

python pools.py fork|spawn|forkserver|threads
"""

import json
import multiprocessing
import sys
from multiprocessing.pool import ThreadPool

CASES = [
    "apply", "apply_keywords", "apply_async", "apply_async_error", "map", "map_chunks", "map_error",
    "map_generator", "map_async", "map_async_error", "imap", "imap_chunks", "imap_unordered",
    "imap_unordered_chunks", "starmap", "starmap_chunks", "starmap_async", "map_empty",
    "imap_empty", "imap_iterable_raises",
]  # fmt: skip


def named(name):
    """Make a function of the module with this name, so that a trace tells one case's tasks from another's."""

    def function(*numbers, plus=0):
        if -1 in numbers:
            raise ValueError(f"{numbers} is no number")
        return sum(n * n for n in numbers) + plus

    function.__name__ = function.__qualname__ = name
    globals()[name] = function
    return function


DO = {case: named(f"do_{case}") for case in [*CASES, "with_limit"]}

before = []


def initialize(number):
    """Leave a mark in the worker."""
    before.append(number)


def initialized(number):
    """Return the mark."""
    return before[-1] + number


def large(data):
    """Take a lot, give a lot."""
    return data[::-1]


def breaking():
    """Give two numbers and break."""
    yield from (1, 2)
    raise ValueError("no more")


def error(call):
    """Return the exception of a call, as text."""
    try:
        return call()
    except ValueError as raised:
        return repr(raised)


def methods(pool):
    """Call every method; return the results by case."""
    seen = []
    results = {
        "apply": [pool.apply(DO["apply"], (n,)) for n in range(3)],
        "apply_keywords": pool.apply(DO["apply_keywords"], (2,), {"plus": 5}),
        "map": pool.map(DO["map"], range(10)),
        "map_chunks": pool.map(DO["map_chunks"], range(10), chunksize=3),
        "map_error": error(lambda: pool.map(DO["map_error"], [1, 2, -1, 3], chunksize=2)),
        "map_generator": pool.map(DO["map_generator"], (n for n in range(5)), 2),
        "map_empty": pool.map(DO["map_empty"], []),
        "imap": list(pool.imap(DO["imap"], range(5))),
        "imap_empty": list(pool.imap(DO["imap_empty"], [])),
        "imap_iterable_raises": error(lambda: list(pool.imap(DO["imap_iterable_raises"], breaking()))),
        "imap_chunks": list(pool.imap(DO["imap_chunks"], range(7), 3)),
        "imap_unordered": sorted(pool.imap_unordered(DO["imap_unordered"], range(5))),
        "imap_unordered_chunks": sorted(
            pool.imap_unordered(DO["imap_unordered_chunks"], range(7), chunksize=3)
        ),
        "starmap": pool.starmap(DO["starmap"], [(1, 2), (3, 4), (5, 6)], chunksize=1),
        "starmap_chunks": pool.starmap(DO["starmap_chunks"], [(1, 2), (3, 4), (5, 6)], chunksize=2),
        "starmap_async": pool.starmap_async(DO["starmap_async"], [(1, 2), (3, 4)], 1, seen.append).get(60),
        "large": len(pool.apply(large, (bytes(1 << 20),))),
    }
    calls = [pool.apply_async(DO["apply_async"], (n,), callback=seen.append) for n in range(4)]
    results["apply_async"] = [call.get(60) for call in calls]
    done = pool.map_async(DO["map_async"], range(4), 2, callback=seen.append)
    results["map_async"] = done.get(60)
    failed = pool.apply_async(DO["apply_async_error"], (-1,), error_callback=lambda e: seen.append(repr(e)))
    results["apply_async_error"] = error(lambda: failed.get(60))
    failed = pool.map_async(DO["map_async_error"], [-1], error_callback=lambda e: seen.append(repr(e)))
    results["map_async_error"] = error(lambda: failed.get(60))
    pool.close()
    pool.join()
    results["callbacks"] = sorted(map(repr, seen))
    return results


def main(how):
    """Run all cases."""
    context = multiprocessing if how == "threads" else multiprocessing.get_context(how)
    make = ThreadPool if how == "threads" else context.Pool
    results = methods(make(2))
    with make(2, initialize, (100,)) as pool:
        results["with_initializer"] = pool.map(initialized, range(4), 1)
    if how != "threads":
        pool = make(2, maxtasksperchild=2)
        results["with_limit"] = pool.map(DO["with_limit"], range(8), 1)
        pool.close()
        pool.join()
    results["children"] = [child.name for child in multiprocessing.active_children()]
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
