"""Cause: slow-consumer. The program computes on each result, by itself, longer than two workers need for it.

By construction: 100 tasks wait 1 ms each and are over in 0.05 s, or as their results are taken; the program
computes 6 ms on each result, 0.6 s in all, and for most of that no worker has a task.
`--imap`: results of a pool, in order. `--large`: of 200 kB, which the pipe does not hold, so that workers
stand with them. `--callback`: in the thread that receives the results. `--window`: the next task is handed
over when a result was dealt with. `--queue`: hand-written workers with room for four results.
Fix: compute in the tasks. `--fixed`: 0.3 s on two cores.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from multiprocessing import Pool, Process, Queue

from work import compute, options, timed

TASKS, EACH_MS = 100, 6.0


def fetch(size: int) -> bytes:
    """Wait for 1 ms, as for a fast service."""
    time.sleep(0.001)
    return bytes(size)


def fetch_and_compute(size: int) -> int:
    """Do both in the worker."""
    fetch(size)
    return compute(EACH_MS)


def serve(tasks: "Queue[int | None]", results: "Queue[bytes]") -> None:
    """Fetch what is asked for, until there is nothing more."""
    while (size := tasks.get()) is not None:
        results.put(fetch(size))


def from_queue(sizes: list[int]) -> Iterator[bytes]:
    """Return what two hand-written workers fetch."""
    tasks: Queue[int | None] = Queue()
    results: Queue[bytes] = Queue(4)
    workers = [Process(target=serve, args=(tasks, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for size in [*sizes, None, None]:
        tasks.put(size)
    for _ in sizes:
        yield results.get()
    for worker in workers:
        worker.join()


def in_a_window(executor: ProcessPoolExecutor, sizes: list[int]) -> Iterator[Future[bytes]]:
    """Keep four tasks handed over, and one more only when a result was dealt with."""
    coming = iter(sizes)
    pending = {executor.submit(fetch, next(coming)) for _ in range(4)}
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            yield future
            if (size := next(coming, None)) is not None:
                pending.add(executor.submit(fetch, size))


def consume(results: Iterable[object]) -> None:
    """Compute on each."""
    for _ in results:
        compute(EACH_MS)


def main() -> None:
    """Take results more slowly than they come."""
    chosen = options(__doc__, "imap", "large", "callback", "window", "queue")
    sizes = [200_000 if chosen.large else 100] * TASKS
    with timed():
        if chosen.queue and not chosen.fixed:
            consume(from_queue(sizes))
            return
        if chosen.imap or chosen.callback or chosen.fixed:
            with Pool(2) as pool:
                if chosen.fixed:
                    pool.map(fetch_and_compute, sizes)
                elif chosen.callback:
                    asked = [
                        pool.apply_async(fetch, (size,), callback=lambda _: compute(EACH_MS))
                        for size in sizes
                    ]
                    asked[-1].wait()
                    pool.close()
                    pool.join()
                else:
                    consume(pool.imap(fetch, sizes))
            return
        with ProcessPoolExecutor(2) as executor:
            if chosen.window:
                consume(in_a_window(executor, sizes))
            else:
                consume(as_completed([executor.submit(fetch, size) for size in sizes]))


if __name__ == "__main__":
    main()
