"""The program whose changes are predicted and then made: `python whatif_program.py RESULT [options]`.

Writes the seconds from the first submission to the last result into the file RESULT.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

Task = tuple[int, float, Any, int]
"""Turns of a loop, seconds to sleep, arguments (or the name of shared memory), bytes to return."""


def run(task: Task) -> bytes:
    """Compute, wait, and return so many bytes; a negative number of them: put them into shared memory."""
    loops, sleep_s, _arguments, size = task
    total = 0
    for number in range(loops):
        total += number & 3
    if sleep_s:
        time.sleep(sleep_s)
    return bytes(max(size, 0))


def ready(_arguments: Any) -> None:
    """Be there, with the arguments that every task needs."""


def main() -> None:
    """Run the tasks."""
    given = _parse()
    multiprocessing.set_start_method(given.start_method)
    loops = [round(given.loops_ms * milliseconds) for milliseconds in _lengths(given)]
    shared = shared_memory.SharedMemory(create=True, size=max(given.args_kb, 1) * 1000)
    arguments: Any = shared.name if given.shared_args else bytes(given.args_kb * 1000)
    once, arguments = (arguments, None) if given.initializer else (None, arguments)
    size = 0 if given.shared_results else given.result_kb * 1000
    tasks: list[Task] = [(count, given.sleep_ms / 1000, arguments, size) for count in loops]
    if given.longest_first:
        tasks.sort(reverse=True)
    try:
        seconds = _run(given, tasks, once)
    finally:
        shared.close()
        shared.unlink()
    Path(given.result).write_text(json.dumps({"seconds": seconds}))


def _lengths(given: argparse.Namespace) -> list[float]:
    lengths = [given.work_ms] * given.tasks
    for number in range(given.long_tasks):
        lengths[-1 - number] *= given.longer
    return lengths


def _made(tasks: list[Task], loops: int) -> Iterator[Task]:
    for task in tasks:
        run((loops, 0.0, None, 0))
        yield task


def _run(given: argparse.Namespace, tasks: list[Task], once: Any) -> float:
    if given.executor:
        with ProcessPoolExecutor(given.workers) as executor:
            begun = time.perf_counter()
            count = sum(1 for _ in executor.map(run, tasks, chunksize=given.chunksize))
            assert count == len(tasks)
            return time.perf_counter() - begun
    make: Callable[..., Any] = ThreadPool if given.threads else multiprocessing.Pool
    with make(given.workers, ready, (once,)) as pool:
        begun = time.perf_counter()
        if given.make_ms:
            made = _made(tasks, round(given.loops_ms * given.make_ms))
            count = sum(1 for _ in pool.imap(run, made, chunksize=given.chunksize))
        else:
            count = len(pool.map(run, tasks, chunksize=given.chunksize))
        seconds = time.perf_counter() - begun
        assert count == len(tasks)
    return seconds


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result")
    for name, default in (("tasks", 100), ("workers", 2), ("chunksize", 1), ("args-kb", 0), ("result-kb", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--long-tasks", type=int, default=0)
    for number, start in (("work-ms", 5.0), ("sleep-ms", 0.0), ("make-ms", 0.0), ("longer", 1.0)):
        parser.add_argument(f"--{number}", type=float, default=start)
    parser.add_argument("--loops-ms", type=float, default=20_000.0, help="turns of the loop in a millisecond")
    for flag in ("initializer", "shared-args", "shared-results", "longest-first", "threads", "executor"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--start-method", default="fork")
    return parser.parse_args()


if __name__ == "__main__":
    main()
