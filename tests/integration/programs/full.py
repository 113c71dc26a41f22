"""Hands many tasks to pools, enough for a disk of one megabyte; prints their sums.

python full.py
"""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor


def square(number):
    """Return the square."""
    return number * number


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(sum(pool.map(square, range(20_000), chunksize=1)), flush=True)
    with multiprocessing.get_context("fork").Pool(2) as pool, ThreadPoolExecutor(2) as threads:
        print(sum(pool.map(square, range(100))), sum(threads.map(square, range(100))), flush=True)
