"""Cause: args-pickling. Each task is sent a large table of nested objects, to look at it for 10 ms.

By construction: the thread that pickles does all tasks of all workers, one after another, and needs several
times as long for each as the two workers need for its work. Results are single numbers, all tasks are alike.
`--bytes`: 12 MB of bytes, which cost nothing to pickle and much to carry over.
Fix: do not send it. `--fixed`: the workers inherit the table, and are sent a number.
"""

from collections.abc import Sized
from multiprocessing import Pool

from work import compute, options, records, timed

TABLE, BLOCK = records(20_000), bytes(12 << 20)


def look(table: Sized) -> int:
    """Work 10 ms on a table that was sent."""
    compute(10)
    return len(table)


def look_at_own(number: int) -> int:
    """Work 10 ms on the table that the worker has."""
    compute(10)
    return len(TABLE) + number


def main() -> None:
    """Send the same table again and again."""
    chosen = options(__doc__, "bytes")
    with timed(), Pool(2) as pool:
        if chosen.fixed:
            pool.map(look_at_own, [0] * 24, chunksize=1)
        else:
            pool.map(look, [BLOCK if chosen.bytes else TABLE] * 24, chunksize=1)


if __name__ == "__main__":
    main()
