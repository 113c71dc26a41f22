"""Uses pools that were made before a block in it, beside some that were not; prints what the block lost.

python made_before.py FOLDER CASE
"""

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

import tracer


def square(number):
    """Return its square."""
    return number * number


def pool(folder):
    """Every way to hand a pool's tasks over; and a pool of the block's own."""
    with Pool(2) as early:
        early.map(square, range(3))  # before the trace: not its concern
        with tracer.trace(folder) as t:
            early.map(square, range(10))
            early.apply_async(square, (2,)).get()
            list(early.imap_unordered(square, range(4), 2))
            with Pool(1) as own:
                own.map(square, range(3), 1)
    return t


def two_pools(folder):
    """Of two pools of one kind and one of threads."""
    with Pool(1) as one, Pool(1) as other, ThreadPool(1) as threads, tracer.trace(folder) as t:
        for each in (one, other, threads):
            each.apply(square, (3,))
    return t


def executor(folder):
    """An executor: the one result that the block waits for is enough to tell."""
    with ProcessPoolExecutor(2) as early:
        early.submit(square, 3).result()
        with tracer.trace(folder) as t:
            early.submit(square, 4).result()
    return t


def threads(folder):
    """An executor of threads."""
    with ThreadPoolExecutor(2) as early:
        early.submit(square, 3).result()
        with tracer.trace(folder) as t:
            list(early.map(square, range(5)))
    return t


def again(folder):
    """Executors of an earlier block in a later one, where loky hands out the same executor."""
    from loky import get_reusable_executor

    with ThreadPoolExecutor(1) as early:
        with tracer.trace(f"{folder}-first") as t:
            first = get_reusable_executor(2)
            list(first.map(square, range(4)))
            list(early.map(square, range(3)))
        assert set(t.meta["losses"]) == {
            "tasks of ThreadPoolExecutor, a pool that was made before the trace began"
        }
        with tracer.trace(folder) as t:
            assert get_reusable_executor(2) is first
            list(first.map(square, range(4)))
            list(early.map(square, range(3)))
    first.shutdown()
    return t


def unused(folder):
    """A pool and an executor that have no task in the block."""
    with Pool(1) as early, ProcessPoolExecutor(1) as idle:
        early.map(square, range(3))
        idle.submit(square, 3).result()
        with tracer.trace(folder) as t, Pool(1) as own:
            own.map(square, range(3))
    return t


def leaving(folder):
    """An executor without a task in the block, whose idle worker says in it that it leaves."""
    from loky import get_reusable_executor

    early = get_reusable_executor(1, timeout=0.5)
    early.submit(square, 3).result()
    with tracer.trace(folder) as t:
        until = time.monotonic() + 60
        while early._processes and time.monotonic() < until:
            time.sleep(0.01)
        assert not early._processes
    early.shutdown()
    return t


def named(folder):
    """A trace of named objects leaves the others alone, whenever they were made."""
    with Pool(1) as early, ThreadPoolExecutor(1) as executor, tracer.trace(folder, named_only=True) as t:
        early.map(square, range(3))
        list(executor.map(square, range(3)))
        with Pool(1) as own:
            own.map(square, range(3))
    return t


def main(folder, case):
    """Print the losses, the codes of the findings, and how many tasks were followed."""
    t = globals()[case](folder)
    codes = [one.code for one in t.findings()]
    print(json.dumps({"losses": t.meta["losses"], "codes": codes, "tasks": len(t.tasks)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
