"""Tasks that kill the worker which unpickles them, among others that do not; prints what the program saw.

python unpickling.py fork|spawn|forkserver
"""

import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

LIMIT_S = 30


def until(condition):
    """Poll, bounded."""
    deadline = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)


class Fatal:
    """Ends the process that gives it its state, once `go` is there."""

    def __init__(self, how, go):
        """Say how."""
        self.how, self.go = how, go

    def __setstate__(self, state):
        """End this process."""
        until(lambda: os.path.exists(state["go"]))
        if state["how"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(7)


def harmless(number):
    """Return the number."""
    return number


def fatal(thing):
    """Is never entered."""
    return thing


def in_pool(context, how):
    """Kill one of two workers; the pool makes another and goes on, and the task is never ready."""
    with context.Pool(2) as pool:
        print(pool.map(harmless, range(6), chunksize=1))
        first = list(pool._pool)
        lost = pool.apply_async(fatal, (Fatal(how, os.devnull),))
        until(lambda: any(worker not in pool._pool for worker in first))
        (gone,) = [worker for worker in first if worker not in pool._pool]
        print(pool.map(harmless, range(6), chunksize=1))
        return [gone.exitcode, lost.ready()]


def in_executor(context, how):
    """Kill the one worker of an executor, which breaks: with it a task that waits."""
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        print(list(executor.map(harmless, range(6))))
        go = os.path.join(tempfile.mkdtemp(), "go")
        futures = [executor.submit(fatal, Fatal(how, go)), executor.submit(harmless, 6)]
        open(go, "w").close()
        found = []
        for future in futures:
            try:
                found.append(future.result(LIMIT_S))
            except BrokenProcessPool:
                found.append("broken")
        return found


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    print(json.dumps([work(context, how) for work in (in_pool, in_executor) for how in ("kill", "exit")]))
