"""Uneven tasks: the last one decides.

Why does adding workers not help when one task is much longer than the others?

What to look for in the figure: the long task is handed out last. All other workers have finished and wait,
the concurrency falls to one, and the end of that one bar is the end of the program. Then try
`--longest-first`: the same tasks, the long one begun at once, and the others done beside it. That gains most
with no more workers than cores, where the long task has a core to itself.
"""

import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from typing import Any, Literal


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def wait_for_all_workers(ready: Barrier) -> None:
    """Meet the other workers and the main process, once, after the start."""
    ready.wait()


def main(
    workers: int = 4,
    tasks: int = 12,
    work_ms: float = 20.0,
    straggler_ms: float = 300.0,
    longest_first: bool = False,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Run tasks of different lengths in a pool, and print when the last two were done.

    Args:
        workers: number of worker processes.
        tasks: number of tasks, the long one included.
        work_ms: CPU time of the shortest tasks, in milliseconds; others take two and three times as long.
        straggler_ms: CPU time of the one long task, in milliseconds.
        longest_first: hand the tasks out in order of length, the longest first.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    lengths = [work_ms * (1 + number % 3) for number in range(tasks - 1)] + [straggler_ms]
    if longest_first:
        lengths.sort(reverse=True)
    ready = context.Barrier(workers + 1)
    with context.Pool(workers, initializer=wait_for_all_workers, initargs=(ready,)) as pool:
        ready.wait()
        start = time.perf_counter()
        done = [time.perf_counter() - start for _ in pool.imap_unordered(compute, lengths)]
    for number, seconds in list(enumerate(done, 1))[-2:]:
        print(f"{number} of {tasks} tasks were done after {seconds:.3f} s")


def headline(trace: Any) -> str:
    """Say how long the last task ran alone, beside all that ran."""
    tasks = trace.tasks
    if len(tasks) < 2 or (tasks["status"] != "ok").any():
        return ""
    last = tasks.loc[tasks["run_end"].idxmax()]
    others = tasks["run_end"].drop(last.name).max()
    alone = (last["run_end"] - max(others, last["run_start"])) / 1e6
    all_took = (last["run_end"] - tasks["run_start"].min()) / 1e6
    longest = (last["run_end"] - last["run_start"]) / 1e6
    return (
        f"The last of {len(tasks)} tasks took {longest:.0f} ms, {alone:.0f} ms of them alone: "
        f"{100 * alone / all_took:.0f} % of the time"
    )


if __name__ == "__main__":
    main()
