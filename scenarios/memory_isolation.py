"""A global list, changed by processes and by threads.

Do processes share the variables of the program? Do threads?

What to look for in the figure: they run one after another, and each is named after what it finds in the
main process's list. Every process finds `[]`: what those before it appended went into copies of their own.
The threads find `[]`, `[1]`, `[1, 2]`, …: they append to the one list of the process that they live in. The
printed lines say what each of them saw.
"""

import multiprocessing
import threading
import time
from typing import Any, Literal

import tracer

numbers: list[int] = []


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def append_and_print(name: str, number: int, work_ms: float) -> None:
    """Compute, append a number to the global list, and print the list as it is seen here."""
    compute(work_ms)
    numbers.append(number)
    # The line's end is in the text, since `print` may write it apart and others come in between.
    print(f"{name} appends {number} and sees {numbers}\n", end="", flush=True)


def main(
    workers: int = 4,
    work_ms: float = 30.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Let processes, then threads, append to the same global list in turn, and print what becomes of it.

    Args:
        workers: number of processes, and of threads.
        work_ms: CPU time that each of them computes for, in milliseconds.
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    numbers.clear()
    print(f"Main starts with {numbers}", flush=True)

    # The processes come first: to fork a program that has threads is unsafe.
    with tracer.span("processes"):
        for number in range(1, workers + 1):
            name = f"Process {number}"
            process = context.Process(
                target=append_and_print, args=(name, number, work_ms), name=f"{name} finds {numbers}"
            )
            process.start()
            process.join()
    print(f"Main sees {numbers} after the processes", flush=True)

    with tracer.span("threads"):
        for number in range(1, workers + 1):
            name = f"Thread {number}"
            thread = threading.Thread(
                target=append_and_print, args=(name, number, work_ms), name=f"{name} finds {numbers}"
            )
            thread.start()
            thread.join()
    print(f"Main sees {sorted(numbers)} after the threads")


def headline(trace: Any) -> str:
    """Say what processes and threads found in the global list, which is in their names."""
    people, threads = trace.processes, trace.threads
    processes = [name for name in people["name"][people["role"] == "process"] if " finds " in name]
    names = [name for name in threads["name"].dropna() if name.startswith("Thread ") and " finds " in name]
    if not processes or not names:
        return ""
    found = {name.partition(" finds ")[2] for name in processes}
    last = max(names, key=len).partition(" finds ")[2]
    if found != {"[]"}:
        return ""
    return f"Every process found [] in the global list; the last thread found {last}"


if __name__ == "__main__":
    main()
