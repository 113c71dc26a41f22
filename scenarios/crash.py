"""A worker is killed in the middle of its task.

What is lost when a worker dies, and how does the program learn of it?

What to look for in the figure: one worker's bar breaks off; the trace names its task and the signal. An
executor notices: it ends the other workers too, and every unfinished task fails with the same exception,
which does not say whose fault it was. With `--kind pool` nobody notices: the pool starts a new worker and
finishes the other tasks, and the caller would wait for the lost result for ever, had it not set a limit.
"""

import multiprocessing
import os
import signal
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing.context import BaseContext
from typing import Any, Literal


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def square(number: int, work_ms: float, victim: int) -> int:
    """Square the number; the victim's process kills itself half-way, as if by lack of memory."""
    compute(work_ms / 2)
    if number == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    compute(work_ms / 2)
    return number * number


def square_in_executor(context: BaseContext, workers: int, task: "partial[int]", numbers: range) -> list[int]:
    """Return the results that an executor could deliver."""
    futures: list[Future[int]] = []
    with ProcessPoolExecutor(workers, mp_context=context) as executor, suppress(BrokenProcessPool):
        for number in numbers:
            futures.append(executor.submit(task, number))
    for error in {repr(future.exception()) for future in futures if future.exception()}:
        print(f"The executor says: {error}")
    return [future.result() for future in futures if not future.exception()]


def square_in_pool(
    context: BaseContext, workers: int, task: "partial[int]", numbers: range, limit_ms: float
) -> list[int]:
    """Return the results that a pool could deliver, waiting for each no longer than the limit."""
    with context.Pool(workers) as pool:
        results = [pool.apply_async(task, (number,)) for number in numbers]
        for result in results:
            result.wait(limit_ms / 1000)
        print("The pool says nothing")
        return [result.get() for result in results if result.ready()]


def main(
    workers: int = 4,
    tasks: int = 8,
    victim: int = 6,
    work_ms: float = 50.0,
    kind: Literal["executor", "pool"] = "executor",
    limit_ms: float = 500.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Square 1, 2, 3, … in workers of which one is killed, and print which results are there.

    Args:
        workers: number of worker processes.
        tasks: number of tasks.
        victim: number of the task whose worker is killed half-way; 0 for none.
        work_ms: CPU time of each task, in milliseconds.
        kind: who runs the tasks, a ProcessPoolExecutor or a multiprocessing.Pool.
        limit_ms: how long to wait for a single result of a pool, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    task, numbers = partial(square, work_ms=work_ms, victim=victim), range(1, tasks + 1)
    if kind == "executor":
        squares = square_in_executor(context, workers, task, numbers)
    else:
        squares = square_in_pool(context, workers, task, numbers, limit_ms)
    print(f"{len(squares)} of {tasks} results are there: {squares}")


def headline(trace: Any) -> str:
    """Say whose task was lost, and how many results are there."""
    tasks, people = trace.tasks, trace.processes
    killed = people[people["exitcode"] == -signal.SIGKILL]  # others are ended by the executor, with SIGTERM
    lost = tasks[(tasks["status"] == "lost") & tasks["process"].isin(killed["process"])]
    if len(killed) != 1 or len(lost) != 1:
        return ""
    worker = killed["name"].iloc[0]
    done = (tasks["status"] == "ok").sum()
    return f"{worker} was killed in task {lost['task'].iloc[0]}: {done} of {len(tasks)} results are there"


if __name__ == "__main__":
    main()
