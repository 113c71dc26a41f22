"""Cause: gil-bound. Two threads compute in Python, and only one can at a time.

By construction: 40 tasks of 25 ms of pure Python take 1.0 s however many threads there are; two cores are
there, and two threads, so no thread lacks a core.
Fix: processes. `--fixed`: the pool of processes of the same interface, 0.5 s.
`--executor`: with a ThreadPoolExecutor, and a ProcessPoolExecutor in its place.
"""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

from work import compute, options, timed


def main() -> None:
    """Compute in threads."""
    chosen = options(__doc__, "executor")
    sizes = [25.0] * 40
    with timed():
        if chosen.executor:
            with (ProcessPoolExecutor if chosen.fixed else ThreadPoolExecutor)(2) as executor:
                list(executor.map(compute, sizes))
        else:
            with (Pool if chosen.fixed else ThreadPool)(2) as pool:
                pool.map(compute, sizes, chunksize=1)


if __name__ == "__main__":
    main()
