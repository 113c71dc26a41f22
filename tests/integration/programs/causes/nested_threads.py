"""Cause: nested-threads. Each of two workers multiplies matrices, and its BLAS starts threads of its own.

By construction: OpenBLAS is told to use twice as many threads as there are cores, in each worker: on two
cores eight threads that compute, where two would do.
Fix: one thread a worker (`--fixed`).
"""

import os
import sys

CORES = len(os.sched_getaffinity(0))
os.environ["OPENBLAS_NUM_THREADS"] = "1" if "--fixed" in sys.argv else str(2 * CORES)

from multiprocessing import Pool  # noqa: E402

import numpy as np  # noqa: E402
from work import options, timed  # noqa: E402


def power(seed: int) -> float:
    """Multiply a matrix with itself some times."""
    matrix = np.random.default_rng(seed).random((600, 600))
    for _ in range(12):
        matrix = matrix @ matrix
        matrix /= np.abs(matrix).max()
    return float(matrix[0, 0])


def main() -> None:
    """Multiply in workers."""
    options(__doc__)
    with timed(), Pool(2) as pool:
        pool.map(power, range(8), chunksize=1)


if __name__ == "__main__":
    main()
