"""Workers bound to one core each, then all to the same core.

What does it change on which cores the processes may run?

What to look for in the figure: the panel of the cores. In the first pool each worker keeps to its own core
(with more workers than cores they go round), and no bar changes cores. In the second pool all share one core,
the others stay empty, and the same work takes longer. The table of processes has each worker's allowed
cores under `affinity`.
"""

import multiprocessing
import os
import time
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from typing import Any, Literal

import tracer


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def take_a_core(cores: "SimpleQueue[int]", ready: Barrier) -> None:
    """Bind this worker to the next core of the list, then meet the others."""
    os.sched_setaffinity(0, {cores.get()})
    ready.wait()


def main(
    workers: int = 4,
    work_ms: float = 100.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Run the same tasks on all cores and on one, and print both times.

    Args:
        workers: number of worker processes of each pool; each does one task.
        work_ms: CPU time of each task, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    if not hasattr(os, "sched_setaffinity"):
        print("This platform cannot bind a process to a core (os.sched_setaffinity is missing).")
        return
    context = multiprocessing.get_context(start_method or None)
    allowed = sorted(os.sched_getaffinity(0))
    round_robin = [allowed[number % len(allowed)] for number in range(workers)]
    for title, cores in (("one core each", round_robin), ("the same core", allowed[:1] * workers)):
        queue = context.SimpleQueue()
        for core in cores:
            queue.put(core)
        ready = context.Barrier(workers + 1)
        with context.Pool(workers, initializer=take_a_core, initargs=(queue, ready)) as pool:
            ready.wait()
            start = time.perf_counter()
            with tracer.span(title):
                pool.map(compute, [work_ms] * workers, chunksize=1)
            seconds = time.perf_counter() - start
        print(f"{title}, {cores}: {seconds:.3f} s")


def headline(trace: Any) -> str:
    """Say what the same tasks took on the cores of the machine, and on one of them."""
    ways = trace.spans[trace.spans["category"] == "user"]
    if len(ways) != 2 or (trace.tasks["status"] != "ok").any():
        return ""
    first, second = (ways["end"] - ways["start"]) / 1e6
    tasks, cores = len(trace.tasks) // 2, trace.summary().cores_allowed
    return (
        f"{tasks} tasks on {cores} cores took {first:.0f} ms, all on the same core {second:.0f} ms, "
        f"{second / first:.1f} times as long"
    )


if __name__ == "__main__":
    main()
