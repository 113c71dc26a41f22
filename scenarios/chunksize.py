"""Many tiny tasks with chunk size 1, then with a sensible one.

What does it cost to hand over tasks one by one?

What to look for in the figure: in the first part thousands of bars, so short that handing them over takes
longer than doing them; the workers wait for one another and for the main process. In the second part the same
work in few chunks: long bars, hardly a gap, and much sooner done.
"""

import multiprocessing
import time
from itertools import repeat
from multiprocessing.synchronize import Barrier
from typing import Any, Literal

import tracer


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(10))
    return total


def square(number: int, work_ms: float) -> int:
    """Compute for a very short while, then return the square of the number."""
    compute(work_ms)
    return number * number


def wait_for_all_workers(ready: Barrier) -> None:
    """Meet the other workers and the main process, once, after the start."""
    ready.wait()


def main(
    workers: int = 4,
    tasks: int = 4000,
    chunksize: int = 250,
    work_ms: float = 0.01,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Square many numbers with chunk size 1 and with another, and print both times.

    Args:
        workers: number of worker processes.
        tasks: how many numbers are squared, each way.
        chunksize: how many numbers travel together the second time.
        work_ms: CPU time of each number, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    ready = context.Barrier(workers + 1)
    with context.Pool(workers, initializer=wait_for_all_workers, initargs=(ready,)) as pool:
        ready.wait()
        for size in (1, chunksize):
            start = time.perf_counter()
            with tracer.span(f"chunk size {size}"):
                squares = pool.starmap(square, zip(range(tasks), repeat(work_ms)), chunksize=size)
            seconds = time.perf_counter() - start
            print(f"chunk size {size}: {len(squares)} squares in {seconds:.3f} s")


def headline(trace: Any) -> str:
    """Say what the same tasks took one by one, and in chunks."""
    ways = trace.spans[trace.spans["category"] == "user"]
    if len(ways) != 2 or (trace.tasks["status"] != "ok").any():
        return ""
    (_, chunks), (first, second) = ways["name"], (ways["end"] - ways["start"]) / 1e6
    number = trace.tasks["items"].sum() // 2  # done twice
    return (
        f"{number:,} tiny tasks: {first:.0f} ms one by one, {second:.0f} ms with {chunks}, "
        f"{first / second:.1f} times as fast"
    )


if __name__ == "__main__":
    main()
