"""Runs with little in them, for tools that divide by what is there.

python bare.py nothing|idle|one|threads|process|failed|killed
"""

import os
import signal
import sys
from multiprocessing import Pool, Process
from multiprocessing.pool import ThreadPool

from work import compute


def fail(number: int) -> int:
    """Raise."""
    raise ValueError(number)


def kill_parent(number: int) -> None:
    """Kill the program from within its third task."""
    compute(5)
    if number == 2:
        os.kill(os.getppid(), signal.SIGKILL)
        compute(50)


def main(case: str) -> None:
    """Do what the case says."""
    if case == "idle":
        with Pool(2):
            pass
    if case == "one":
        with Pool(2) as pool:
            pool.apply(compute, (5.0,))
    if case == "threads":
        with ThreadPool(2) as pool:
            pool.map(compute, [5.0] * 4, chunksize=1)
    if case == "process":
        process = Process(target=compute, args=(5.0,))
        process.start()
        process.join()
    if case == "failed":
        with Pool(2) as pool:
            pool.map_async(fail, range(4), chunksize=1).wait()
    if case == "killed":
        with Pool(2) as pool:
            pool.map(kill_parent, range(40), chunksize=1)


if __name__ == "__main__":
    main(sys.argv[1])
