"""Waiting work in processes, then in threads.

Are threads good for anything, if they cannot compute at the same time?

What to look for in the figure: the tasks only wait, as a program waits for a network or a disk. The processes
(`wait_in_process`) and the threads (`wait_in_thread`) overlap in the same way, and both ways take as long as
one worker's share. The cores are empty meanwhile: waiting needs no core, and no GIL. The threads even save
the start-up of the processes.
"""

import multiprocessing
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Literal

import tracer


def wait_in_process(milliseconds: float) -> None:
    """Wait in a process, as for an answer from a server."""
    time.sleep(milliseconds / 1000)


def wait_in_thread(milliseconds: float) -> None:
    """Wait in a thread, as for an answer from a server."""
    time.sleep(milliseconds / 1000)


def main(
    workers: int = 4,
    tasks: int = 8,
    wait_ms: float = 100.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Give the same waiting to processes and to threads, and print both times.

    Args:
        workers: number of processes, and of threads.
        tasks: number of tasks, each way.
        wait_ms: time that each task waits, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)

    # The processes come first: to fork a program that has threads is unsafe.
    start = time.perf_counter()
    executor: Executor
    with tracer.span(f"{workers} processes"), ProcessPoolExecutor(workers, mp_context=context) as executor:
        list(executor.map(wait_in_process, [wait_ms] * tasks))
    processes = time.perf_counter() - start

    start = time.perf_counter()
    with tracer.span(f"{workers} threads"), ThreadPoolExecutor(workers, "Thread") as executor:
        list(executor.map(wait_in_thread, [wait_ms] * tasks))
    threads = time.perf_counter() - start

    print(f"{tasks} waits one after the other would take {tasks * wait_ms / 1000:.3f} s")
    print(f"{workers} processes: {processes:.3f} s, their start-up included")
    print(f"{workers} threads:   {threads:.3f} s")


def headline(trace: Any) -> str:
    """Say what the same waiting took in processes and in threads, and what the tasks waited in all."""
    tasks, ways = trace.tasks, trace.spans[trace.spans["category"] == "user"]
    if len(ways) != 2 or (tasks["status"] != "ok").any():
        return ""
    (processes, threads), (first, second) = ways["name"], (ways["end"] - ways["start"]) / 1e6
    waited = (tasks["run_end"] - tasks["run_start"]).sum() / 2e6  # done twice
    return f"Waits of {waited:.0f} ms in all: {processes} took {first:.0f} ms, {threads} {second:.0f} ms"


if __name__ == "__main__":
    main()
