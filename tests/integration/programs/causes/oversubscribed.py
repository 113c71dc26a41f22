"""Cause: oversubscribed. Four workers for each core, and all of them compute.

By construction: every task is 25 ms of CPU time and waits for nothing but a core, which it has for a
quarter of the time: it takes 0.1 s. All cores are busy to the end, so that nothing is gained by the
additional workers.
Fix: as many workers as cores (`--fixed`). It takes as long as before, with a quarter of the workers: what
it saves is their start and memory, and each task's latency. Nothing else is to be expected.
"""

import os
from multiprocessing import Pool

from work import compute, options, timed


def main() -> None:
    """Run tasks that compute, with more workers than cores."""
    chosen = options(__doc__)
    cores = len(os.sched_getaffinity(0))
    with timed(), Pool(cores if chosen.fixed else 4 * cores) as pool:
        pool.map(compute, [25.0] * 32 * cores, chunksize=1)


if __name__ == "__main__":
    main()
