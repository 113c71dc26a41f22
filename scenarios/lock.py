"""Workers that queue for one lock.

Why do more workers not help when all of them need the same thing?

What to look for in the figure: the bars of the tasks overlap, but inside them only one worker at a time holds
the lock, and the others stand in a queue for it. The run cannot be shorter than all the times for which the
lock is held, one after the other, with however many workers.
"""

import multiprocessing
import time
from multiprocessing.synchronize import Lock
from typing import Any, Literal

lock: Lock


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def keep_lock(shared_lock: Lock) -> None:
    """Remember the lock that all workers share."""
    global lock
    lock = shared_lock


def work_then_queue_for_lock(work_ms: float, lock_ms: float) -> tuple[float, float]:
    """Compute without the lock, then with it; return the seconds waited for it and held it."""
    compute(work_ms)
    asked = time.perf_counter()
    with lock:
        entered = time.perf_counter()
        compute(lock_ms)
        return entered - asked, time.perf_counter() - entered


def main(
    workers: int = 4,
    tasks: int = 12,
    work_ms: float = 10.0,
    lock_ms: float = 20.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Run tasks that need the same lock, and print how long they waited for it.

    Args:
        workers: number of worker processes.
        tasks: number of tasks.
        work_ms: CPU time of each task before it asks for the lock, in milliseconds.
        lock_ms: CPU time of each task while it holds the lock, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    start = time.perf_counter()
    with context.Pool(workers, initializer=keep_lock, initargs=(context.Lock(),)) as pool:
        times = pool.starmap(work_then_queue_for_lock, [(work_ms, lock_ms)] * tasks, chunksize=1)
        seconds = time.perf_counter() - start
    print(f"{tasks} tasks with {workers} workers: {seconds:.3f} s, their start-up included")
    print(f"the lock was held for {sum(held for _, held in times):.3f} s")
    print(f"the tasks waited for it {sum(waited for waited, _ in times):.3f} s in all")


def headline(trace: Any) -> str:
    """Say how much of the tasks' time was waiting for the lock."""
    tasks, waits = trace.tasks, trace.spans[trace.spans["category"] == "lock"]
    waits = waits[waits["process"].isin(tasks["process"])]
    if not len(waits) or (tasks["status"] != "ok").any():
        return ""
    waited = (waits["end"] - waits["start"]).sum() / 1e6
    ran = (tasks["run_end"] - tasks["run_start"]).sum() / 1e6
    return (
        f"{tasks['process'].nunique()} workers and one lock: of {ran:.0f} ms in tasks, "
        f"{waited:.0f} ms were waiting for it, {100 * waited / ran:.0f} %"
    )


if __name__ == "__main__":
    main()
