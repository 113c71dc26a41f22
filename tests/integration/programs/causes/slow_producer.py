"""Cause: slow-producer. The iterable that feeds the pool computes longer for an item than two workers need.

By construction: the generator computes 20 ms an item, in the one thread that sends tasks, and a task is 6 ms:
40 items take 0.8 s, and each worker has work for 0.12 s of it.
Fix: make the items in the tasks. `--fixed`: 40 tasks of 26 ms on two cores, 0.52 s.
"""

from collections.abc import Iterator
from multiprocessing import Pool

from work import compute, options, timed


def produce(count: int) -> Iterator[float]:
    """Compute 20 ms for each item."""
    for _ in range(count):
        compute(20)
        yield 6.0


def main() -> None:
    """Feed a pool with a generator."""
    chosen = options(__doc__)
    with timed(), Pool(2) as pool:
        for _ in pool.imap(compute, [26.0] * 40 if chosen.fixed else produce(40)):
            pass


if __name__ == "__main__":
    main()
