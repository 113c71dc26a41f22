"""What newer Pythons have: `newer.py WHAT`."""

import math
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import CancelledError, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path


def stay(folder, number):
    """Say that the task runs, and stay in it."""
    Path(folder, f"running-{number}").touch()
    while True:
        time.sleep(60)


def double(number):
    return 2 * number


def await_files(folder, count):
    deadline = time.monotonic() + 60
    while len(list(Path(folder).glob("running-*"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(end):
    """End an executor's workers by its method of that name, with tasks that run and tasks that wait."""
    here = os.getcwd()
    executor = ProcessPoolExecutor(2)
    print([executor.submit(double, number).result() for number in range(3)])
    futures = [executor.submit(stay, here, number) for number in range(8)]
    await_files(here, 2)
    getattr(executor, end)()
    outcomes = []
    for future in futures:
        try:
            outcomes.append(type(future.exception(timeout=60)).__name__)
        except CancelledError as error:
            outcomes.append(type(error).__name__)
    print(outcomes[:2], sorted(set(outcomes)))
    Path("outcomes").write_text("\n".join(outcomes))  # how many of them waited in the pipe differs
    try:
        executor.submit(double, 1)
    except (RuntimeError, BrokenProcessPool) as error:
        print(type(error).__name__)


def terminate_workers():
    ended("terminate_workers")


def kill_workers():
    ended("kill_workers")


def buffersize():
    """Map over more than may be submitted at once."""
    given = []

    def numbers():
        for number in range(12):
            given.append(number)
            yield number

    for kind in (ThreadPoolExecutor, ProcessPoolExecutor):
        with kind(2) as executor:
            results = executor.map(double, numbers(), buffersize=3)
            print(len(given), next(results), len(given))
            print(list(results))
            given.clear()


def interrupt():
    """Interrupt a process in its target."""
    process = multiprocessing.Process(target=stay, args=(os.getcwd(), 0))
    process.start()
    await_files(os.getcwd(), 1)
    process.interrupt()
    process.join(60)
    print(process.exitcode in (1, -signal.SIGINT))


def no_folder():
    """Where no temporary file can be written the default is spawn."""
    from multiprocessing import util

    util._has_writeable_tempdir = lambda: False
    print(multiprocessing.get_start_method())
    with ProcessPoolExecutor(2) as executor:
        print(list(executor.map(double, range(4))))


def interpreters():
    """Tasks of every kind in interpreters of their own."""
    from concurrent.futures import InterpreterPoolExecutor

    with InterpreterPoolExecutor(2, initializer=math.sqrt, initargs=(4,)) as executor:
        print(list(executor.map(math.sqrt, range(4))), type(executor.submit(int, "x").exception()).__name__)
        print(len(executor.submit(sorted, [{"a": [number]} for number in range(1)]).result()))
    with InterpreterPoolExecutor(1, initializer=int, initargs=("x",)) as executor:
        print(type(executor.submit(math.sqrt, 4).exception()).__name__)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
