"""More busy workers than cores.

What happens when there are more processes than cores to run them?

What to look for in the figure: every worker has a long bar, and all overlap, as if all were running. The
panel of the cores shows the truth: the workers take turns, a few milliseconds each, and each bar is as many
times longer than its work as there are workers for each core. Nothing is done sooner.
"""

import multiprocessing
import os
import time
from multiprocessing.synchronize import Barrier
from typing import Any, Literal


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def time_of_computing(work_ms: float) -> float:
    """Compute, and return the seconds on the clock that it took."""
    start = time.perf_counter()
    compute(work_ms)
    return time.perf_counter() - start


def wait_for_all_workers(ready: Barrier) -> None:
    """Meet the other workers and the main process, once, after the start."""
    ready.wait()


def available_cores() -> int:
    """Return how many cores this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main(
    workers: int = 0,
    work_ms: float = 100.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Give each worker one task, and print how much longer the tasks took than their work.

    Args:
        workers: number of worker processes; 0 for four on each core.
        work_ms: CPU time of each task, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    cores = available_cores()
    workers = workers or 4 * cores
    ready = context.Barrier(workers + 1)
    with context.Pool(workers, initializer=wait_for_all_workers, initargs=(ready,)) as pool:
        ready.wait()
        times = pool.map(time_of_computing, [work_ms] * workers, chunksize=1)
    mean = sum(times) / len(times)
    print(f"{workers} workers on {cores} cores")
    print(f"a task of {work_ms / 1000:.3f} s took {mean:.3f} s on average, {max(times):.3f} s at most")


def headline(trace: Any) -> str:
    """Say how long the tasks took beside what they had of a core."""
    tasks, cores = trace.tasks, trace.summary().cores_allowed
    if not len(tasks) or tasks[["run_end", "cpu_ns"]].isna().any(axis=None) or not cores:
        return ""
    took = (tasks["run_end"] - tasks["run_start"]).mean() / 1e6
    had = tasks["cpu_ns"].mean() / 1e6
    return (
        f"{tasks['process'].nunique()} workers on {cores} cores: tasks of {had:.0f} ms of CPU time took "
        f"{took:.0f} ms, {took / had:.1f} times as long"
    )


if __name__ == "__main__":
    main()
