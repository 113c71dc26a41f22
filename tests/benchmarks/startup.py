"""A program that starts one worker at a time by spawn: `python startup.py process|pool RESULT --starts N`.

It writes into RESULT, as JSON, for each start the nanoseconds from the call that starts the worker to the
first line of the function in it (`starts_ns`), and the modules that the last worker had then (`modules`). It
imports as little as it can, because every import here is one of the worker's too.
"""

import json
import multiprocessing
import os
import sys
import time
from typing import Any


def first_line(_number: int = 0) -> tuple[int, list[str]]:
    return time.perf_counter_ns(), sorted(sys.modules)


def send_first_line(writer: Any) -> None:
    writer.send(first_line())


def start_process(context: Any) -> tuple[int, list[str]]:
    """Return the nanoseconds of one start of a `Process`, and the worker's modules."""
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=send_first_line, args=(writer,))
    started = time.perf_counter_ns()
    process.start()
    arrived, modules = reader.recv()
    process.join()
    return arrived - started, modules


def start_pool(context: Any) -> tuple[int, list[str]]:
    """Return the nanoseconds from making a `Pool` of one to the first line of a task, and its modules."""
    started = time.perf_counter_ns()
    pool = context.Pool(1)
    arrived, modules = pool.apply(first_line, (0,))
    pool.close()
    pool.join()
    return arrived - started, modules


def main() -> None:
    name, result = sys.argv[1:3]
    starts = int(sys.argv[4])
    context = multiprocessing.get_context("spawn")
    start = {"process": start_process, "pool": start_pool}[name]
    start(context)  # starts the resource tracker too, and is not counted
    if os.environ.get("STARTUP_IMPORTTIME"):
        os.environ["PYTHONPROFILEIMPORTTIME"] = "1"  # of the workers alone
    measured = [start(context) for _ in range(starts)]
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"starts_ns": [ns for ns, _ in measured], "modules": measured[-1][1]}, file)


if __name__ == "__main__":
    main()
