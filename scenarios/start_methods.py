"""The same small pool under fork, forkserver and spawn.

What does it cost to start a process, and what does the start method change?

What to look for in the figure: the same pool, two or three times, and before its bars the hatched start-up of
the workers. Under fork a worker is a copy of the main process and ready at once; under spawn it is a new
Python that has to import everything again; forkserver starts one such server first, then copies that.
The bars themselves are alike.
"""

import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from typing import Any

import tracer


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def wait_for_all_workers(ready: Barrier) -> None:
    """Meet the other workers and the main process, once, after the start."""
    ready.wait()


def main(workers: int = 4, tasks: int = 8, work_ms: float = 20.0) -> None:
    """Run the same pool under each start method of this platform, and print what the start took.

    Args:
        workers: number of worker processes of each pool.
        tasks: number of tasks of each pool.
        work_ms: CPU time of each task, in milliseconds.
    """
    available = multiprocessing.get_all_start_methods()
    for method in [name for name in ("fork", "forkserver", "spawn") if name in available]:
        context = multiprocessing.get_context(method)
        start = time.perf_counter()
        ready = context.Barrier(workers + 1)
        with (
            tracer.span(method),
            context.Pool(workers, initializer=wait_for_all_workers, initargs=(ready,)) as pool,
        ):
            ready.wait()
            started = time.perf_counter()
            pool.map(compute, [work_ms] * tasks, chunksize=1)
            done = time.perf_counter()
        print(f"{method + ':':11} workers ready after {started - start:.3f} s, tasks {done - started:.3f} s")


def headline(trace: Any) -> str:
    """Say how long it took under each start method until the workers were ready, and got the first task."""
    tasks, ways = trace.tasks, trace.spans[trace.spans["category"] == "user"]
    ready = []
    for way in ways.itertuples():
        submitted = tasks["submitted"][tasks["submitted"].between(way.start, way.end)]
        if not len(submitted):
            return ""
        ready.append(f"{way.name} {(submitted.min() - way.start) / 1e6:.0f} ms")
    workers = trace.processes["process"].isin(tasks["process"]).sum() // max(len(ways), 1)
    return f"Until {workers} workers were ready: {', '.join(ready)}" if ready else ""


if __name__ == "__main__":
    main()
