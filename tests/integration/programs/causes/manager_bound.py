"""Cause: manager-bound. Every task asks a manager's process, and computes next to nothing beside that.

By construction: 300 tasks make 20 calls each, of some 50 to 100 µs, to one process, which holds a core for a
third of that or more; all that a task does beside is to count to 20.
`--argument`: the dict comes with each task, which opens and closes a connection for it. `--queue`: they put
into a manager's queue.
Fix: return the values. `--fixed`: nothing is asked, some 0.05 s.
"""

from multiprocessing import Manager, Pool
from typing import Any

from work import options, timed

CALLS = 20
shared: Any = None


def share(found: Any) -> None:
    """Keep the proxy."""
    global shared
    shared = found


def update(number: int) -> None:
    """Count in the manager's dict."""
    for call in range(CALLS):
        shared[number, call] = call


def update_given(given: tuple[Any, int]) -> None:
    """Count in the dict that came with the task."""
    found, number = given
    for call in range(CALLS):
        found[number, call] = call


def put(number: int) -> None:
    """Count into the manager's queue."""
    for call in range(CALLS):
        shared.put((number, call))


def count(number: int) -> list[int]:
    """Count, and return it."""
    return list(range(CALLS))


def main() -> None:
    """Let two workers call a manager."""
    chosen = options(__doc__, "argument", "queue")
    with Manager() as manager:
        found = manager.Queue() if chosen.queue else manager.dict()
        with timed(), Pool(2, share, (found,)) as pool:
            if chosen.fixed:
                pool.map(count, range(300), chunksize=10)
            elif chosen.argument:
                pool.map(update_given, [(found, number) for number in range(300)], chunksize=1)
            else:
                pool.map(put if chosen.queue else update, range(300), chunksize=10)


if __name__ == "__main__":
    main()
