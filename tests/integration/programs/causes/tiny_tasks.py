"""Cause: tiny-tasks. Each task is a few µs of work, and costs ten times that on its way.

By construction: no task waits for anything, all are alike, arguments and results are single numbers, and the
two workers together need less than a tenth of the time for the work itself. What is left is the price of a
message, which a task pays whatever it does.
Fix: many items a message (`--fixed`: the default chunk size). `--executor`: with a ProcessPoolExecutor.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

from work import options, timed


def tiny(number: int) -> int:
    """Work for about 3 µs."""
    return sum(n * number for n in range(50))


def main() -> None:
    """Run many tiny tasks."""
    chosen = options(__doc__, "executor")
    with timed():
        if chosen.executor:
            with ProcessPoolExecutor(2) as executor:
                for _ in executor.map(tiny, range(8000), chunksize=1000 if chosen.fixed else 1):
                    pass
        else:
            with Pool(2) as pool:
                pool.map(tiny, range(40000), chunksize=None if chosen.fixed else 1)


if __name__ == "__main__":
    main()
