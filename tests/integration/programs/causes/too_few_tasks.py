"""Cause: too-few-tasks. Three equal tasks for two workers: in the second round one has nothing to do.

By construction: each task is 0.4 s, so two rounds take 0.8 s, where 1.2 s of work on two cores could take
0.6. No task is longer than another, and none is a chunk of several items.
`--single`: one task of 0.8 s, and a worker that never gets any: 0.4 s would do.
Fix: cut the work into more pieces. `--fixed`: pieces of 20 ms.
"""

from multiprocessing import Pool

from work import compute, options, timed


def main() -> None:
    """Run a few long tasks."""
    chosen = options(__doc__, "single")
    sizes = [800.0] if chosen.single else [400.0] * 3
    if chosen.fixed:
        sizes = [20.0] * int(sum(sizes) / 20)
    with timed(), Pool(2) as pool:
        pool.map(compute, sizes, chunksize=1)


if __name__ == "__main__":
    main()
