"""Four named processes, each printing a different number.

What happens when a program starts four processes itself, without a pool?

What to look for in the figure: the four lanes begin one after the other, since the main process starts
them in turn, and then overlap. With fewer than four cores they share: the panel of the cores shows who ran
when. The order of the printed lines can change from run to run; the names belong to the same numbers always.
"""

import multiprocessing
import time
from typing import Any, Literal


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def print_number(number: int, work_ms: float) -> None:
    """Compute, then print the number under the name of the process."""
    compute(work_ms)
    # The line's end is in the text, since `print` may write it apart and another process come in between.
    print(f"{multiprocessing.current_process().name} prints {number}\n", end="", flush=True)


def main(work_ms: float = 50.0, start_method: Literal["", "fork", "forkserver", "spawn"] = "") -> None:
    """Start the processes "Process 1" to "Process 4" and wait for all of them.

    Args:
        work_ms: CPU time that each process computes for, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    processes = [
        context.Process(target=print_number, args=(number, work_ms), name=f"Process {number}")
        for number in (1, 2, 3, 4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def headline(trace: Any) -> str:
    """Say how many of the processes ran at once, on how many cores."""
    summary = trace.summary()
    if summary.children != 4 or not summary.peak_concurrency:
        return ""
    cores = f", on {summary.cores_allowed} cores" if summary.cores_allowed else ""
    return f"Four named processes, started one by one: up to {summary.peak_concurrency} ran at once{cores}"


if __name__ == "__main__":
    main()
