"""What there is to be said of a run, and what not: one case each.

python verdicts.py library FOLDER METHOD | command | windowed | nested KIND | asynchronous | threads_fork
"""

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from multiprocessing import Pool, get_context
from typing import Any


def compute(milliseconds: float) -> float:
    """Calculate until this thread has used so much CPU time."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        sum(range(100))
    return milliseconds


def library(folder: str, method: str) -> None:
    """Compute in the processes of a library that nobody knows."""
    sys.path.insert(0, folder)
    import somepool

    print(len(somepool.each(compute, [20.0] * 20, method=method)))


def command() -> None:
    """Compute in a pool, and three times as long in a command."""
    with Pool(1) as pool:
        pool.map(compute, [20.0] * 4, chunksize=1)
    loop = "import time\nwhile time.process_time() < 0.4: pass"
    subprocess.run(["sh", "-c", f"exec {sys.executable} -I -S -c '{loop}'"], check=True, env={})


def windowed() -> None:
    """Keep four tasks handed over to two threads that compute."""
    with ThreadPoolExecutor(2) as executor:
        pending: set[Future[float]] = set()
        for _ in range(40):
            if len(pending) == 4:
                _, pending = wait(pending, return_when=FIRST_COMPLETED)
            pending.add(executor.submit(compute, 10.0))


def outer(kind: str) -> int:
    """Wait for tasks of an executor of this task's own."""
    inner = ProcessPoolExecutor if kind == "processes" else ThreadPoolExecutor
    with inner(2) as executor:
        return len(list(executor.map(compute, [10.0] * 10)))


def nested(kind: str) -> None:
    """Run tasks that wait for tasks."""
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as executor:
        print(sum(executor.map(outer, [kind] * 4)))


def block(number: int) -> int:
    """Block a thread."""
    time.sleep(0.01)
    return number


async def fetch(number: int) -> int:
    """Let a thread of the loop's block."""
    return await asyncio.to_thread(block, number)


async def crunch(pool: ProcessPoolExecutor) -> float:
    """Let a process compute."""
    return await asyncio.get_running_loop().run_in_executor(pool, compute, 5.0)


async def gather() -> list[Any]:
    """Do both."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return list(await asyncio.gather(*map(fetch, range(3)), crunch(pool)))


def asynchronous() -> None:
    """Hand tasks over from coroutines, of the main thread and of another one's loop."""
    print(asyncio.run(gather()))
    thread = threading.Thread(target=asyncio.run, args=(fetch(7),))
    thread.start()
    thread.join()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
