"""Cause: lock-contention. Each task computes while it holds the lock that all tasks need.

By construction: 40 tasks of 25 ms hold it for 22 ms each, one after another: 0.9 s, where 1.0 s of work on
two cores could take 0.5 s. Two workers, two cores: nobody waits for a core.
Fix: hold it for what needs it. `--fixed`: only to add the result to the shared total.
`--thread`: four threads, and a lock of threading that each holds while it waits 20 ms: 0.8 s, or 0.2 s.
"""

import threading
import time
from multiprocessing import Lock, Pool
from multiprocessing.pool import ThreadPool
from multiprocessing.sharedctypes import RawValue

from work import compute, options, timed

lock, total = Lock(), RawValue("d")
of_threads = threading.Lock()


def add_inside(before_ms: float, result_ms: float) -> None:
    """Compute a result under the lock, and add it."""
    compute(before_ms)
    with lock:
        compute(result_ms)
        total.value += result_ms


def add_outside(before_ms: float, result_ms: float) -> None:
    """Compute a result, and add it under the lock."""
    compute(before_ms)
    compute(result_ms)
    with lock:
        total.value += result_ms


def ask_inside(_: object) -> None:
    """Wait for an answer under the lock."""
    with of_threads:
        time.sleep(0.02)


def ask_outside(_: object) -> None:
    """Wait for an answer, and note it under the lock."""
    time.sleep(0.02)
    with of_threads:
        total.value += 1


def main() -> None:
    """Add up in a shared variable."""
    chosen = options(__doc__, "thread")
    if chosen.thread:
        with timed(), ThreadPool(4) as threads:
            threads.map(ask_outside if chosen.fixed else ask_inside, range(40), chunksize=1)
        return
    with timed(), Pool(2) as pool:
        pool.starmap(add_outside if chosen.fixed else add_inside, [(3.0, 22.0)] * 40, chunksize=1)


if __name__ == "__main__":
    main()
