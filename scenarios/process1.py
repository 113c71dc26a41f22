"""One child process: started, at work, ended, joined.

How does one child process live?

What to look for in the figure: the lane of the child begins later than the call that starts it, because
starting a process takes time (hatched). While the child computes, the main process only waits in `join`.
The line "Main process is finished" is printed after the child's lane has ended.
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


def work_and_say_hello(work_ms: float) -> None:
    """Compute, then print one line."""
    compute(work_ms)
    print(f"Hello from the child, {multiprocessing.current_process().name}", flush=True)


def main(work_ms: float = 100.0, start_method: Literal["", "fork", "forkserver", "spawn"] = "") -> None:
    """Start one process, wait for it, and say so.

    Args:
        work_ms: CPU time that the child computes for, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    child = context.Process(target=work_and_say_hello, args=(work_ms,), name="Child")
    child.start()
    child.join()
    print("Main process is finished")


def headline(trace: Any) -> str:
    """Say how long the child took to start, and ran, and that `join` waited for it."""
    children = trace.processes[trace.processes["role"] == "process"]
    joins = trace.spans[trace.spans["category"] == "join"]
    if len(children) != 1 or len(joins) != 1 or children["target_end"].isna().any():
        return ""
    child, join = children.iloc[0], joins.iloc[0]
    start = (child["target_start"] - child["start_called"]) / 1e6
    ran = (child["target_end"] - child["target_start"]) / 1e6
    held = (join["end"] - join["start"]) / 1e6
    return (
        f"{child['name']} took {start:.0f} ms to start and ran {ran:.0f} ms; join held main for {held:.0f} ms"
    )


if __name__ == "__main__":
    main()
