"""Tasks of every kind whose labels are known: python labelled.py fork|spawn|forkserver|block [FOLDER]

`block` traces itself, with a function that says what a task works on.
"""

import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

import tracer


class Opaque:
    """An argument that must not be asked what it looks like."""

    def __repr__(self):
        """Fail."""
        raise AssertionError("asked")


def work(value, other=None):
    """Do nothing."""


def say(function, args, kwargs):
    """Say what a task works on; of one argument nothing, of another it cannot."""
    return None if args[0] == 0 else f"no. {1 / (args[0] - 1):g}"


def main():
    """Hand over tasks in each way."""
    how = sys.argv[1]
    if how == "block":
        with tracer.trace(Path(sys.argv[2]), label=say), mp.get_context("spawn").Pool(1) as pool:
            pool.map(work, range(4), chunksize=1)
        return
    context = mp.get_context(how)
    with context.Pool(2) as pool:
        pool.map(work, range(5), chunksize=2)
        pool.starmap(work, [(1.5, "a"), (b"abc", None)], chunksize=1)
        pool.apply(work, (Opaque(),), {"other": Path("/some/where/file.txt")})
        list(pool.imap(partial(work, other=1), ["$x$"]))
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        executor.submit(work, (1, 2), other=[3])
        list(executor.map(work, [7, 8], chunksize=2))
    with ThreadPoolExecutor(1) as executor:
        executor.submit(work, {1: 2})
    with ThreadPool(1) as pool:
        pool.map(work, [10**20, work], chunksize=1)


if __name__ == "__main__":
    main()
