"""Cause: result-pickling. Each task works 10 ms and returns a large table of nested objects.

By construction: one thread unpickles the results of all workers, one after another, and needs several times
as long for each as the two workers need for its work; a worker pickles it before. The arguments are single
numbers, all tasks are alike, and the table is inherited: nobody makes it inside of a task.
`--bytes`: 12 MB of bytes, which cost nothing to pickle and much to carry over.
Fix: return what is needed of it. `--fixed`: its length.
"""

from collections.abc import Sized
from multiprocessing import Pool

from work import compute, options, records, timed

TABLE, BLOCK = records(20_000), bytes(12 << 20)


def table(number: int) -> Sized:
    """Work 10 ms and return the table."""
    compute(10)
    return TABLE


def block(number: int) -> Sized:
    """Work 10 ms and return the bytes."""
    compute(10)
    return BLOCK


def length(number: int) -> int:
    """Work 10 ms and return a number."""
    compute(10)
    return len(TABLE) + number


def main() -> None:
    """Get the same table again and again, and drop it."""
    chosen = options(__doc__, "bytes")
    function = block if chosen.bytes else table
    with timed(), Pool(2) as pool:
        for _ in pool.imap_unordered(length if chosen.fixed else function, range(24)):
            pass


if __name__ == "__main__":
    main()
