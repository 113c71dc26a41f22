"""Cause: startup. Every batch gets a pool of its own, and every worker has much to do before its first task.

By construction: a worker needs 0.15 s to get ready and then works 30 ms; four batches, four pools: 0.6 s of
getting ready and more for the start of eight interpreters, for 0.12 s of work.
Fix: one pool for all batches (`--fixed`): a quarter of the start-up.
By default the workers are spawned, and the module of the program is slow to import. `--initializer`: they
are forked, and the initializer is slow. `--initargs`: two workers are spawned once, and a table of some MB is
pickled for each of them, for six tasks.
"""

import sys
from multiprocessing import get_context
from multiprocessing.context import BaseContext

from work import compute, options, records, timed

IMPORT_MS, TASK_MS, BATCHES = 150.0, 10.0, 4

if __name__ != "__main__" and "--initargs" not in sys.argv:
    compute(IMPORT_MS)  # stands for the imports that the tasks need


def batch(context: BaseContext, rounds: int, initializer: bool) -> None:
    """Run batches in a pool of their own."""
    with context.Pool(2, compute if initializer else None, (IMPORT_MS,) if initializer else ()) as pool:
        for _ in range(rounds):
            pool.map(compute, [TASK_MS] * 6, chunksize=1)


def use(table: list[object]) -> None:
    """Stand for an initializer that keeps what it is given."""


def of_a_table(context: BaseContext, size: int) -> None:
    """Run the tasks of one batch in workers that are given a table."""
    with context.Pool(2, use, (records(size),)) as pool:
        pool.map(compute, [TASK_MS] * 6, chunksize=1)


def main() -> None:
    """Run batches of tasks."""
    chosen = options(__doc__, "initializer", "initargs")
    if chosen.initargs:
        with timed():
            of_a_table(get_context("spawn"), 1 if chosen.fixed else 400_000)
        return
    context = get_context("fork" if chosen.initializer else "spawn")
    with timed():
        for _ in range(1 if chosen.fixed else BATCHES):
            batch(context, BATCHES if chosen.fixed else 1, chosen.initializer)


if __name__ == "__main__":
    main()
