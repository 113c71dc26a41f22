"""A ProcessPoolExecutor of 4 workers squares five numbers.

Does `concurrent.futures.ProcessPoolExecutor` distribute the work as `multiprocessing.Pool` does?

What to look for in the figure: put it beside that of `pool4`. The bars overlap in the same way. What differs
is the start: an executor starts its workers when the first task is submitted (under fork all of them, else
one by one as tasks arrive), and its hidden threads in the main process are others than those of a pool.
"""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, Literal


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def square(number: int, work_ms: float) -> int:
    """Compute for a while, then return the square of the number."""
    compute(work_ms)
    return number * number


def main(work_ms: float = 50.0, start_method: Literal["", "fork", "forkserver", "spawn"] = "") -> None:
    """Square [1, 2, 3, 4, 5] in an executor of 4 workers and print the list of results.

    Args:
        work_ms: CPU time of each task, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    with ProcessPoolExecutor(4, mp_context=context) as executor:
        print(list(executor.map(partial(square, work_ms=work_ms), [1, 2, 3, 4, 5])))


def headline(trace: Any) -> str:
    """Say who took the fifth number, and why, where that can be seen."""
    tasks = trace.tasks.sort_values("task")
    if len(tasks) != 5 or tasks["run_end"].isna().any():
        return ""
    name = trace.processes.set_index("process")["name"]
    *first, fifth = tasks.itertuples()
    free = min(first, key=lambda task: task.run_end)
    why = ", the first that was free" if free.process == fifth.process else ""
    return f"Four workers took square(1) to square(4); square(5) went to {name[fifth.process]}{why}"


if __name__ == "__main__":
    main()
