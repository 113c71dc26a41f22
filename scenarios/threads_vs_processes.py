"""CPU-bound work in processes, then in threads.

Why do threads not make a computation in Python faster?

What to look for in the figure: the processes (function `count_in_process`) overlap on several cores. The
threads (`count_in_thread`) all seem to be running too, but only one at a time can hold the interpreter's lock
(the GIL): they take turns, the cores' panel shows about one busy core, and the same work takes as long as
it would serially. In a Python built without the GIL the threads overlap as well.
"""

import multiprocessing
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Literal

import tracer


def count(rounds: int) -> int:
    """Do a fixed amount of arithmetic, in Python alone, so that it needs the GIL."""
    total = 0
    for number in range(rounds):
        total += number % 7
    return total


def count_in_process(rounds: int) -> int:
    """Do the work of one process."""
    return count(rounds)


def count_in_thread(rounds: int) -> int:
    """Do the work of one thread."""
    return count(rounds)


def rounds_within(milliseconds: float) -> int:
    """Measure how many rounds of `count` fill so much CPU time on this machine."""
    rounds, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        count(5_000)
        rounds += 5_000
    return rounds


def main(
    workers: int = 4,
    work_ms: float = 100.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Give the same computation to processes and to threads, and print both times.

    Args:
        workers: number of processes, and of threads; each does one task.
        work_ms: CPU time of each task, in milliseconds; measured once beforehand, so that both ways
            do the same amount of arithmetic.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    rounds = 10 * rounds_within(work_ms / 10)  # so that the run is not mostly the measuring of it

    # The processes come first: to fork a program that has threads is unsafe.
    start = time.perf_counter()
    executor: Executor
    with tracer.span(f"{workers} processes"), ProcessPoolExecutor(workers, mp_context=context) as executor:
        process_results = list(executor.map(count_in_process, [rounds] * workers))
    processes = time.perf_counter() - start

    start = time.perf_counter()
    with tracer.span(f"{workers} threads"), ThreadPoolExecutor(workers, "Thread") as executor:
        thread_results = list(executor.map(count_in_thread, [rounds] * workers))
    threads = time.perf_counter() - start

    print(f"{workers} processes: {processes:.3f} s, their start-up included")
    print(f"{workers} threads:   {threads:.3f} s")
    print(f"same results: {process_results == thread_results}")


def headline(trace: Any) -> str:
    """Say what the same computation took in processes and in threads."""
    ways = trace.spans[trace.spans["category"] == "user"]
    if len(ways) != 2 or (trace.tasks["status"] != "ok").any():
        return ""
    (processes, threads), (first, second) = ways["name"], (ways["end"] - ways["start"]) / 1e6
    cores = trace.summary().cores_allowed
    on = f", on {cores} cores" if cores else ""
    return (
        f"The same computation: {processes} {first:.0f} ms, {threads} {second:.0f} ms, "
        f"{second / first:.1f} times as long{on}"
    )


if __name__ == "__main__":
    main()
