"""A small program for the corpus: python program.py KIND."""

import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Lock, Pool, Process, set_start_method

import tracer

set_start_method("fork")
LOCK = Lock()


def work(number):
    """Take about a millisecond, half of it on a core."""
    end = time.thread_time() + 0.0005
    while time.thread_time() < end:
        pass
    with LOCK:
        time.sleep(0.0005)
    return bytes(100 * number)


def fail(number):
    """Fail."""
    raise ValueError(number)


def die(_number):
    """Be killed, in the middle of a task."""
    os.kill(os.getpid(), signal.SIGKILL)


def pool():
    """Chunks, single tasks, an error, a span of the program's own."""
    with Pool(3) as workers:
        with tracer.span("squares", rows=12):
            workers.map(work, range(12), chunksize=3)
        workers.apply_async(fail, (1,)).wait()
        workers.map(work, range(6), chunksize=1)


def executor():
    """An executor that breaks: tasks that ended, one that was lost, some that were never begun."""
    with ProcessPoolExecutor(2) as workers:
        list(workers.map(work, range(8)))
        futures = [workers.submit(die, 0)] + [workers.submit(work, n) for n in range(4)]
        for future in futures:
            future.exception()


def threads():
    """Threads of an executor and of the program's own."""
    own = [threading.Thread(target=work, args=(n,), name=f"own-{n}") for n in range(2)]
    for thread in own:
        thread.start()
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, range(8)))
    for thread in own:
        thread.join()


def processes():
    """Plain processes, one of which fails."""
    own = [Process(target=work, args=(n,), name=f"own-{n}") for n in range(3)]
    own.append(Process(target=sys.exit, args=(3,)))
    for process in own:
        process.start()
    for process in own:
        process.join()


if __name__ == "__main__":
    {"pool": pool, "executor": executor, "threads": threads, "processes": processes}[sys.argv[1]]()
