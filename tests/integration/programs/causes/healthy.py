"""Cause: none. Two workers for two cores, and equal tasks of 25 ms that compute.

By construction: 80 tasks take 1.0 s, of which the start by fork is a few ms, a message well under 1 ms a
task, and the end, when one worker has no task left, 25 ms at most.
`--executor`: the same with a ProcessPoolExecutor. `--chunks`: 4000 items of 0.5 ms in chunks of the default
size, of which there are eight. `--fixed` changes nothing.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import Pool

from work import compute, options, timed


def main() -> None:
    """Run tasks that compute."""
    chosen = options(__doc__, "executor", "chunks")
    with timed():
        if chosen.executor:
            with ProcessPoolExecutor(2) as executor:
                list(executor.map(compute, [25.0] * 80))
        else:
            with Pool(2) as pool:
                if chosen.chunks:
                    pool.map(compute, [0.5] * 4000)
                else:
                    pool.map(compute, [25.0] * 80, chunksize=1)


if __name__ == "__main__":
    main()
