"""Cause: straggler. One task is as long as all others together, and is begun last.

By construction: the two workers share 30 tasks of 25 ms, for 0.375 s, and then one of them works for 0.75 s
while the other has nothing to do: 1.125 s for 0.75 s of work on each of two cores.
Fix: the longest first (`--fixed`): 0.75 s, the best that two workers can do.
"""

from multiprocessing import Pool

from work import compute, options, timed


def main() -> None:
    """Run equal tasks and a long one."""
    chosen = options(__doc__)
    sizes = [25.0] * 30 + [750.0]
    with timed(), Pool(2) as pool:
        pool.map(compute, sorted(sizes, reverse=chosen.fixed), chunksize=1)


if __name__ == "__main__":
    main()
