"""The same CPU-bound work serially, then in a pool.

Why use processes?

What to look for in the figure: first a single worker does one task after the other, at a concurrency of
one and on one core; then several do the same amount of arithmetic side by side. The speedup is the ratio
of the two lengths. It stays below the number of workers: starting them takes time, and no more can run at
once than there are cores.
"""

import multiprocessing
import time
from typing import Any, Literal

import tracer


def count(rounds: int) -> int:
    """Do a fixed amount of arithmetic."""
    total = 0
    for number in range(rounds):
        total += number % 7
    return total


def rounds_within(milliseconds: float) -> int:
    """Measure how many rounds of `count` fill so much CPU time on this machine."""
    rounds, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        count(5_000)
        rounds += 5_000
    return rounds


def main(
    workers: int = 4,
    tasks: int = 8,
    work_ms: float = 60.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Do the same tasks one after the other and side by side, and print both times and the speedup.

    Args:
        workers: number of worker processes.
        tasks: number of tasks.
        work_ms: CPU time of each task, in milliseconds; measured once beforehand, so that both ways
            do the same amount of arithmetic.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    amounts = [rounds_within(work_ms)] * tasks

    start = time.perf_counter()
    with tracer.span("1 worker"), context.Pool(1) as pool:
        serial_results = pool.map(count, amounts, chunksize=1)
    serial = time.perf_counter() - start

    start = time.perf_counter()
    with tracer.span(f"{workers} workers"), context.Pool(workers) as pool:
        pool_results = pool.map(count, amounts, chunksize=1)
    pooled = time.perf_counter() - start

    print(f"serial:  {serial:.3f} s with one worker, start-up included")
    print(f"pool:    {pooled:.3f} s with {workers} workers, start-up included")
    print(f"speedup: {serial / pooled:.2f}")
    print(f"same results: {serial_results == pool_results}")


def headline(trace: Any) -> str:
    """Say what the work took with one worker and with several, start-up included."""
    ways = trace.spans[trace.spans["category"] == "user"]
    if len(ways) != 2 or (trace.tasks["status"] != "ok").any():
        return ""
    (alone, together), (first, second) = ways["name"], (ways["end"] - ways["start"]) / 1e6
    cores = trace.summary().cores_allowed
    on = f", on {cores} cores" if cores else ""
    return (
        f"{first:.0f} ms with {alone}, {second:.0f} ms with {together}: "
        f"{first / second:.1f} times as fast{on}"
    )


if __name__ == "__main__":
    main()
