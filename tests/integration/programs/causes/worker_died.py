"""Cause: worker-died. A worker is gone in the middle of its task, and the pool waits for its result.

By construction: task 3 of 6 ends its worker by `sys.exit(1)`; the other five return at once, and main waits
1 s for the sixth result, which nobody sends.
Fix: the task returns (`--fixed`).
`--killed`: SIGKILL in place of `sys.exit`. `--memory`: the task takes 400 MB, and whoever runs it has less.
`--executor`: an executor, which breaks: nobody waits.
`--idle`: the only worker is killed while it waits for a task, and takes the queue's lock along.
`--initializer`: every worker dies in its initializer, and so do those that replace it.
`--threads`: a pool of threads, of which one ends. `--unpickling`: the worker dies of the task's argument.
`--stopped`: nothing dies: the pool is terminated while both workers are in tasks.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool
from typing import Any

from work import options

WAIT_S = 1.0


def part(how: str) -> int:
    """Return, or leave as told."""
    if how == "exit":
        sys.exit(1)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "grow":
        return len(bytearray(400_000_000).replace(b"\0", b"\1"))  # each page is written to
    if how == "stay":
        time.sleep(60)
    return 1


class Unreadable(str):
    """An argument that a worker cannot make again."""

    def __reduce__(self) -> tuple[type, tuple[str]]:
        """Name a class that takes no argument, and give it one."""
        return type(None), ("ok",)


def refuse() -> None:
    """Be an initializer that fails."""
    raise ConnectionError("no database")


def main() -> None:
    """Lose a worker."""
    chosen = options(
        __doc__,
        *("killed", "memory", "executor", "idle", "initializer", "stopped", "threads", "unpickling"),
    )
    end = "ok" if chosen.fixed else "stay" if chosen.stopped else "kill" if chosen.killed else "exit"
    end = "grow" if chosen.memory else Unreadable("ok") if chosen.unpickling else end
    work = ["ok", "ok", end, end if chosen.stopped else "ok", "ok", "ok"]
    if chosen.executor:
        with ProcessPoolExecutor(2) as executor:
            try:
                print(sum(executor.map(part, ["ok", "kill", "ok", "ok"])))
            except BrokenProcessPool:
                print("broken")
        return
    if chosen.idle:
        idle()
        return
    kind: Callable[..., AbstractContextManager[Any]] = ThreadPool if chosen.threads else Pool
    with kind(2, refuse if chosen.initializer else None) as pool:
        pending = pool.map_async(part, work, chunksize=1)
        try:
            print(sum(pending.get(timeout=WAIT_S)))
        except multiprocessing.TimeoutError:
            print("gave up")


def idle() -> None:
    """Kill a worker that has nothing to do, and give the pool something to do."""
    with Pool(1) as pool:
        pool.apply(part, ("ok",))
        time.sleep(0.5)  # it waits for the next by then
        (worker,) = multiprocessing.active_children()
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        pending = pool.apply_async(part, ("ok",))
        try:
            pending.get(timeout=WAIT_S / 2)  # after a second it is stuck, which says the same
        except multiprocessing.TimeoutError:
            print("stuck")
        pool._inqueue._rlock.release()  # type: ignore[attr-defined]  # its holder is dead
        print(pending.get(timeout=60))


if __name__ == "__main__":
    main()
