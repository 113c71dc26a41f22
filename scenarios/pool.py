"""A pool: many tasks handed to a few workers.

What is a pool, and how are its tasks distributed?

What to look for in the figure: a few lanes and many bars. The workers are started once and take the next
task whenever they have finished one, so the numbers in the bars are spread over the lanes, and no lane stays
empty while tasks are left. Nobody decides beforehand which worker gets which task.
"""

import multiprocessing
import time
from collections import Counter
from typing import Any, Literal


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def work_and_name_worker(work_ms: float) -> str:
    """Compute, then return the name of the worker that did it."""
    compute(work_ms)
    return multiprocessing.current_process().name


def main(
    workers: int = 4,
    tasks: int = 20,
    work_ms: float = 30.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Give tasks of the same size to a pool and print how many each worker did.

    Args:
        workers: number of worker processes.
        tasks: number of tasks.
        work_ms: CPU time of each task, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    with context.Pool(workers) as pool:
        names = pool.map(work_and_name_worker, [work_ms] * tasks, chunksize=1)
    for name, count in sorted(Counter(names).items()):
        print(f"{name} did {count} of {tasks} tasks")


def headline(trace: Any) -> str:
    """Say how many tasks each worker did."""
    done = trace.tasks["process"].value_counts().sort_index().tolist()
    if len(done) < 2:
        return ""
    each = f"{', '.join(map(str, done[:-1]))} and {done[-1]}"
    return f"{len(done)} workers took {sum(done)} tasks, each the next when it was free: {each}"


if __name__ == "__main__":
    main()
