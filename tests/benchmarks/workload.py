"""The programs whose cost is measured: `python workload.py NAME RESULT [--size N] [--loops N]`.

Each one is an ordinary program and knows nothing of who traces it. It writes what it measured of itself into
the file RESULT as JSON: `map_ns` (pool opened → all results there), `wall_ns` (… → pool closed, workers
joined), `cpu_ns` (user and system time of this process and its children, from their first instruction on) and
`section_cpu_ns` (the same without the start-up before the clock was started).
"""

from __future__ import annotations

import argparse
import concurrent.futures.process
import importlib
import json
import multiprocessing.pool
import os
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Watch:
    """The instants of one run."""

    def start(self) -> None:
        self.started_cpu = cpu_ns()
        self.started = time.perf_counter_ns()

    def have_results(self) -> None:
        self.results = time.perf_counter_ns()

    def closed(self) -> None:
        self.end = time.perf_counter_ns()

    def write(self, path: Path) -> None:
        cpu = cpu_ns()
        measured = {
            "map_ns": self.results - self.started,
            "wall_ns": self.end - self.started,
            "cpu_ns": cpu,
            "section_cpu_ns": cpu - self.started_cpu,
        }
        path.write_text(json.dumps(measured))


def cpu_ns() -> int:
    """Return the CPU time of this process and of the children that were waited for."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return int(1e9 * sum(usage.ru_utime + usage.ru_stime for usage in both))


def square(number: int) -> int:
    return number * number


def spin(loops: int) -> int:
    total = 0
    for number in range(loops):
        total += number & 3
    return total


def echo(payload: bytes) -> bytes:
    return payload


_apart: tuple[int, int] | None = None
"""The core of this process and that of its workers, where they are to be kept apart."""


def settle() -> None:
    """Begin a worker on the workers' core."""
    assert _apart
    os.sched_setaffinity(0, {_apart[1]})


def _begin() -> Callable[[], None] | None:
    return settle if _apart else None


_record: Any = None


def keep_list(record: Any) -> None:
    global _record
    _record = record


def square_and_append(number: int) -> int:
    start = time.perf_counter_ns()
    result = number * number
    _record.append((os.getpid(), start, time.perf_counter_ns()))
    return result


def _pool(
    watch: Watch, function: Callable[[Any], Any], items: Any, chunksize: int | None = 1, **options: Any
) -> None:
    watch.start()
    pool = multiprocessing.pool.Pool(2, **{"initializer": _begin(), **options})
    results = pool.map(function, items, chunksize=chunksize)
    watch.have_results()
    pool.close()
    pool.join()
    watch.closed()
    _check(len(results), len(items))


def pool_empty(watch: Watch, size: int, loops: int) -> None:
    _pool(watch, square, range(size))


def executor_empty(watch: Watch, size: int, loops: int) -> None:
    watch.start()
    executor = concurrent.futures.process.ProcessPoolExecutor(2, initializer=_begin())
    results = list(executor.map(square, range(size), chunksize=1))
    watch.have_results()
    executor.shutdown()
    watch.closed()
    _check(len(results), size)


def pool_1ms(watch: Watch, size: int, loops: int) -> None:
    _pool(watch, spin, [loops] * size)


def hold_some() -> list[bytes]:
    """Return blocks of many sizes, with holes between them: a heap of another layout in each run.

    What lies at the end of the heap decides whether glibc gives each freed megabyte back to the kernel, which
    is half of the time of `pool_1mb`: one layout would be one throw of a die. (Mytkowicz et al., "Producing
    wrong data without doing anything obviously wrong!", ASPLOS 2009.)
    """
    blocks = [bytes(random.randrange(600, 60_000)) for _ in range(random.randrange(60))]
    random.shuffle(blocks)
    return blocks[::2]


def pool_1mb(watch: Watch, size: int, loops: int) -> None:
    _held = hold_some()
    _pool(watch, echo, [os.urandom(1_000_000)] * size)


def pool_chunks(watch: Watch, size: int, loops: int) -> None:
    _pool(watch, square, range(size), chunksize=None)


class Squares:
    """A data set whose items cost nothing."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> int:
        return index * index


def loader_batches(watch: Watch, size: int, loops: int) -> None:
    """Load items in batches of four by PyTorch."""
    loader = importlib.import_module("torch.utils.data").DataLoader(Squares(size), 4, num_workers=2)
    watch.start()
    batches = sum(1 for _ in loader)
    watch.have_results()
    del loader
    watch.closed()
    _check(batches, -(-size // 4))


def manager_append(watch: Watch, size: int, loops: int) -> None:
    """Record each task as one would by hand: one append to a Manager's list."""
    with multiprocessing.Manager() as manager:
        record = manager.list()
        _pool(watch, square_and_append, range(size), initializer=keep_list, initargs=(record,))
        _check(len(record), size)


def viztracer_sparse(watch: Watch, size: int, loops: int) -> None:
    """Mark the function for VizTracer's sparse mode; without VizTracer the mark does nothing."""
    global square
    square = importlib.import_module("viztracer").log_sparse(square)
    _pool(watch, square, range(size))


def mpire_plain(watch: Watch, size: int, loops: int) -> None:
    _mpire(watch, size, False)


def mpire_insights(watch: Watch, size: int, loops: int) -> None:
    _mpire(watch, size, True)


def _mpire(watch: Watch, size: int, insights: bool) -> None:
    mpire = importlib.import_module("mpire")
    watch.start()
    pool = mpire.WorkerPool(n_jobs=2, start_method="fork", enable_insights=insights)
    results = pool.map(square, range(size), chunk_size=1)
    watch.have_results()
    pool.stop_and_join()
    watch.closed()
    _check(len(results), size)


def joblib_empty(watch: Watch, size: int, loops: int) -> None:
    joblib = importlib.import_module("joblib")
    loky = importlib.import_module("joblib.externals.loky")
    call = joblib.delayed(square)
    watch.start()
    results = joblib.Parallel(n_jobs=2, batch_size=1)(call(number) for number in range(size))
    watch.have_results()
    loky.get_reusable_executor().shutdown()
    watch.closed()
    _check(len(results), size)


def _check(found: int, expected: int) -> None:
    if found != expected:
        raise RuntimeError(f"{found} results of {expected}")


SIZES = {
    pool_empty: 20_000,
    executor_empty: 20_000,
    pool_1ms: 2_000,
    pool_1mb: 200,
    pool_chunks: 1_000_000,
    loader_batches: 8_000,
    manager_append: 20_000,
    viztracer_sparse: 20_000,
    mpire_plain: 20_000,
    mpire_insights: 20_000,
    joblib_empty: 20_000,
}
"""Every workload, and how many items it has unless told."""

BY_NAME = {workload.__name__: workload for workload in SIZES}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=BY_NAME)
    parser.add_argument("result", type=Path)
    parser.add_argument("--size", type=int, help="items")
    parser.add_argument("--loops", type=int, default=20_000, help="turns of a loop in a task of pool_1ms")
    parser.add_argument("--apart", action="store_true", help="this process on one core, workers on another")
    given = parser.parse_args()
    if given.apart:
        global _apart
        first, second, *_ = sorted(os.sched_getaffinity(0))
        _apart = first, second
        os.sched_setaffinity(0, {_apart[0]})
    # Children of a forkserver are not ours to wait for: their CPU time could not be read here.
    multiprocessing.set_start_method("fork")
    watch, workload = Watch(), BY_NAME[given.name]
    workload(watch, given.size or SIZES[workload], given.loops)
    watch.write(given.result)


if __name__ == "__main__":
    main()
