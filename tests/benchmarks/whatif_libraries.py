"""Programs of libraries whose changes are predicted, then made: `whatif_libraries.py RESULT KIND [options]`.

KIND is `joblib`, `loader` (PyTorch's `DataLoader`), `queue` (hand-written workers) or `pools` (eight calls
that each make a pool). Writes the seconds from the first submission to the last result into the file RESULT,
the start of the workers included.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from multiprocessing import Pool, Process, Queue
from pathlib import Path
from typing import Any


def compute(loops: int) -> int:
    """Turn a loop."""
    total = 0
    for number in range(loops):
        total += number & 3
    return total


BLOCK = bytes(1 << 16)
BLOCKS_MS = 32
"""So many blocks are hashed for a millisecond of work: about that, on machines of these years."""


class Items:
    """A data set whose items take a time to make each: in C, without the GIL, as a picture is decoded.

    Or in Python: then a worker's other threads, which hand a batch over, wait for its GIL.
    """

    def __init__(self, count: int, loops: int, blocks: int) -> None:
        self.count, self.loops, self.blocks = count, loops, blocks

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> int:
        compute(self.loops)
        for _ in range(self.blocks):
            hashlib.sha256(BLOCK).digest()
        return place


def serve(tasks: Queue[int | None], results: Queue[int]) -> None:
    """Compute what is asked for, until there is nothing more."""
    while (loops := tasks.get()) is not None:
        results.put(compute(loops))


def with_joblib(given: argparse.Namespace, loops: int) -> Callable[[], None]:
    """Return the round of joblib's tasks."""
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=given.workers, batch_size=given.batch_size)

    def work() -> None:
        parallel(delayed(compute)(loops) for _ in range(given.tasks))

    return work


def with_loader(given: argparse.Namespace, loops: int) -> Callable[[], None]:
    """Return the round of a data loader and its training loop."""
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads(1)
    blocks = 0 if given.in_python else round(BLOCKS_MS * given.work_ms)
    items: Any = Items(given.tasks, loops if given.in_python else 0, blocks)
    factor = given.prefetch_factor
    loader = DataLoader(items, given.batch_size, num_workers=given.workers, prefetch_factor=factor)
    step = round(given.loops_ms * given.step_ms)

    def work() -> None:
        for number, _ in enumerate(loader):
            compute(step * (given.burst if number % given.burst == 0 else 0))

    return work


def with_queue(given: argparse.Namespace, loops: int) -> Callable[[], None]:
    """Return the round of hand-written workers."""

    def work() -> None:
        tasks: Queue[int | None] = Queue()
        results: Queue[int] = Queue()
        workers = [Process(target=serve, args=(tasks, results)) for _ in range(given.workers)]
        for worker in workers:
            worker.start()
        for asked in [*[loops] * given.tasks, *[None] * given.workers]:
            tasks.put(asked)
        for _ in range(given.tasks):
            results.get()
        for worker in workers:
            worker.join()

    return work


def with_pools(given: argparse.Namespace, loops: int) -> Callable[[], None]:
    """Return eight calls, each with a pool of its own, or all with one."""
    calls = [[loops] * (given.tasks // 8)] * 8

    def work() -> None:
        if given.one_pool:
            with Pool(given.workers) as pool:
                for tasks in calls:
                    pool.map(compute, tasks, chunksize=1)
            return
        for tasks in calls:
            with Pool(given.workers) as pool:
                pool.map(compute, tasks, chunksize=1)

    return work


KINDS = {"joblib": with_joblib, "loader": with_loader, "queue": with_queue, "pools": with_pools}


def main() -> None:
    """Run a round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--prefetch-factor", type=int, default=2)
    parser.add_argument(
        "--burst", type=int, default=1, help="the loop computes after so many batches, for all"
    )
    parser.add_argument("--one-pool", action="store_true", help="one for all eight calls")
    parser.add_argument("--in-python", action="store_true", help="a loader's items are made in Python")
    parser.add_argument("--work-ms", type=float, default=2.0)
    parser.add_argument("--step-ms", type=float, default=0.5)
    parser.add_argument("--loops-ms", type=float, default=20_000.0, help="turns of the loop in a millisecond")
    given = parser.parse_args()
    work = KINDS[given.kind](given, round(given.loops_ms * given.work_ms))
    begun = time.perf_counter()
    work()
    Path(given.result).write_text(json.dumps({"seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
