"""A small program for the corpus: python program.py KIND."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Event, Lock, Pipe, Pool, Process, Queue, set_start_method

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


def take(tasks, results, begin):
    """Work on what a queue holds until there is a None."""
    begin.wait()
    while (number := tasks.get()) is not None:
        results.put(work(number))


def answer(end):
    """Answer over a pipe."""
    while (number := end.recv()) is not None:
        end.send(work(number))


async def other_threads():
    """Hand work to threads of the event loop."""
    await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(3)))


def messages():
    """Workers on a queue, a server on a pipe, an event; another program, a plain fork, a loop's threads."""
    tasks: Queue[int | None] = Queue()
    results: Queue[bytes] = Queue()
    begin, (here, there) = Event(), Pipe()
    own = [Process(target=take, args=(tasks, results, begin), name=f"worker-{n}") for n in range(2)]
    own.append(Process(target=answer, args=(there,), name="server"))
    for process in own:
        process.start()
    if (pid := os.fork()) == 0:
        work(1)
        os._exit(0)
    for number in [*range(8), None, None]:
        tasks.put(number)
    begin.set()
    for _ in range(8):
        results.get()
    for number in range(3):
        here.send(number)
        here.recv()
    here.send(None)
    subprocess.run([sys.executable, __file__, "threads"], check=True)
    asyncio.run(other_threads())
    os.waitpid(pid, 0)
    for process in own:
        process.join()


if __name__ == "__main__":
    {"pool": pool, "executor": executor, "threads": threads, "processes": processes, "messages": messages}[
        sys.argv[1]
    ]()
