"""Traces blocks of itself; prints what it saw. The stock names were imported before any trace began.

python block.py FOLDER fork|spawn|forkserver
"""

import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Pool, Process
from multiprocessing.pool import Pool as PoolClass
from multiprocessing.pool import ThreadPool
from pathlib import Path
from threading import Thread

import tracer


class DerivedPool(PoolClass):
    """A pool that was derived before the trace."""


class DerivedProcess(multiprocessing.get_context("spawn").Process):
    """A process that was derived before the trace."""

    def run(self):
        """Do next to nothing."""
        sys.stdout.flush()


def square(number):
    """Return the square."""
    return number * number


def inside(number):
    """Return the square, in a pool inside a worker."""
    return number * number


def outside(number):
    """Return the square, outside any block."""
    return number * number


def nested(method):
    """Make a pool within a process, and spans of one's own."""
    context = multiprocessing.get_context(method)
    with tracer.span("nested work", method=method), context.Pool(2) as pool:
        return pool.map(inside, range(4), 1)


def stock(folder, method, context):
    """Trace everything that is stock."""
    with tracer.trace(folder / "stock") as t:
        with Pool(2) as pool, ThreadPool(2) as threads:
            results = [pool.map(square, range(4), 1), threads.map(square, range(4), 1)]
        with DerivedPool(1, context=context) as pool:
            results.append(pool.map(square, range(3), 1))
        with ProcessPoolExecutor(1, mp_context=context) as executor:
            results.append(executor.submit(nested, method).result())
        with ThreadPoolExecutor(1) as executor:
            results.append(executor.submit(square, 5).result())
        for process in (Process(target=square, args=(2,), name="stock"), DerivedProcess(name="derived")):
            process.start()
            process.join()
        thread = Thread(target=square, args=(1,), name="mine")
        thread.start()
        thread.join()
    return t, results


def named(folder, context):
    """Trace only what is made by name."""
    with tracer.trace(folder / "named", named_only=True) as t:
        with context.Pool(1) as pool:
            results = [pool.map(outside, range(2))]
        with ThreadPoolExecutor(1) as executor, ProcessPoolExecutor(1, mp_context=context) as processes:
            results += [executor.submit(outside, 1).result(), processes.submit(outside, 1).result()]
        with tracer.Pool(2, context=context) as pool, tracer.ThreadPool(1) as threads:
            results += [pool.map(square, range(4), 1), threads.map(square, range(2), 1)]
        with tracer.ProcessPoolExecutor(1, mp_context=context) as processes:
            results.append(processes.submit(square, 3).result())
        with tracer.ThreadPoolExecutor(1) as executor:
            results.append(executor.submit(square, 3).result())
        for make in (tracer.Process, Process):
            process = make(target=square, args=(1,), name=make.__module__.partition(".")[0])
            process.start()
            process.join()
    return t, results


def counts(t):
    """Return what a trace holds, as JSON can say it."""
    tasks = t.tasks.groupby(["kind", "function", "status"]).size()
    return {
        "tasks": {" ".join(key): int(count) for key, count in tasks.items()},
        "processes": sorted(t.processes["name"][t.processes["role"].isin(["process", "worker"])]),
        "roles": t.processes["role"].value_counts().to_dict(),
        "spans": sorted(t.spans["name"][t.spans["category"] == "user"]),
        "losses": t.meta["losses"],
        "pools": int(t.tasks["pool"].nunique()),
        "threads": sorted(t.threads["name"][t.threads["role"] == "user"]),
    }


def main(folder, method):
    """Run all."""
    multiprocessing.set_start_method(method)
    context = multiprocessing.get_context(method)
    before = {name: vars(PoolClass)[name] for name in ("apply_async", "_setup_queues")}
    with context.Pool(1) as pool:
        pool.map(outside, [1])
    t, results = stock(folder, method, context)
    found = {"stock": counts(t), "results": results}
    t, found["named results"] = named(folder, context)
    found["named"] = counts(t)
    with context.Pool(1) as pool:
        pool.map(outside, [1])
    try:
        with tracer.trace(folder / "raising") as t, tracer.span("broken"):
            raise ValueError("through")
    except ValueError as error:
        found["raising"] = [str(error), counts(t)["spans"]]
    found["restored"] = [vars(PoolClass)[name] is value for name, value in before.items()]
    found["meta path"] = [
        type(finder).__name__ for finder in sys.meta_path if "Watch" in type(finder).__name__
    ]
    found["children"] = len(multiprocessing.active_children())
    found["left"] = sorted(os.listdir(folder / "stock"))
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
