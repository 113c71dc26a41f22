"""The same computation in processes, in interpreters and in threads.

Which machinery lets Python compute side by side?

What to look for in the figure: one stage for each machinery, over one axis, with the same tasks. Processes
overlap on several cores, each with an interpreter of its own, and pay for their start. Threads share one
interpreter and its lock (the GIL): they take turns, unless this Python was built without it. Interpreters
(from Python 3.14 on) are threads with a lock each: they overlap inside one process.
"""

import concurrent.futures
import multiprocessing
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Literal

import tracer


def count(rounds: int) -> int:
    """Do a fixed amount of arithmetic, in Python alone, so that it needs the interpreter's lock."""
    total = 0
    for number in range(rounds):
        total += number % 7
    return total


def rounds_within(milliseconds: float) -> int:
    """Measure how many rounds of `count` fill so much CPU time on this machine."""
    rounds, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        count(5_000)
        rounds += 5_000
    return rounds


def threads_of_this_python() -> str:
    """Say whether threads share the interpreter's lock: from Python 3.13 on there are builds without it."""
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    return f"threads {'with' if locked else 'without'} the GIL"


def main(
    workers: int = 2,
    work_ms: float = 150.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Give the same tasks to each machinery that this Python has, and print what each took.

    Args:
        workers: number of processes, of interpreters and of threads; each does one task.
        work_ms: CPU time of each task, in milliseconds; measured once beforehand, so that all do the same
            amount of arithmetic.
        start_method: how processes are started; empty for the platform's default.
    """
    amounts = [10 * rounds_within(work_ms / 10)] * workers
    # The processes come first: to fork a program that has threads is unsafe.
    context = multiprocessing.get_context(start_method or None)
    ways: dict[str, Executor] = {"processes": ProcessPoolExecutor(workers, mp_context=context)}
    if interpreters := getattr(concurrent.futures, "InterpreterPoolExecutor", None):
        ways["interpreters"] = interpreters(workers)
    ways[threads_of_this_python()] = ThreadPoolExecutor(workers, "Thread")
    sums = set()
    for name, executor in ways.items():
        start = time.perf_counter()
        with tracer.span(name), executor:
            sums.add(tuple(executor.map(count, amounts)))
        print(f"{name}: {time.perf_counter() - start:.3f} s, their start-up included")
    print(f"same results: {len(sums) == 1}")


def headline(trace: Any) -> str:
    """Say what the same computation took in each machinery, start-up included."""
    stages = trace.spans[trace.spans["category"] == "user"]
    if len(stages) < 2 or (trace.tasks["status"] != "ok").any():
        return ""
    took = (stages["end"] - stages["start"]).set_axis(stages["name"]) / 1e6
    cores = trace.summary().cores_allowed
    on = f", on {cores} cores" if cores else ""
    return f"The same work: {', '.join(f'{name} {ms:.0f} ms' for name, ms in took.items())}{on}"


if __name__ == "__main__":
    main()
