"""A program that shows what it sees of itself, or that fails in one of many ways.

python manners.py WHAT fork|spawn|forkserver
"""

import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from multiprocessing.pool import ThreadPool

HEAVY = {"numpy", "pandas", "matplotlib", "pyarrow", "rich", "multiprocessing.managers", "dataclasses"}
OURS = {"TMPDIR", "TRACER_TEST_RUN", "PWD", "OLDPWD", "_"}


def sight():
    """Return what a process sees of itself."""
    main = sys.modules["__main__"]
    return {
        "argv": sys.argv,
        "orig_argv": sys.orig_argv if multiprocessing.parent_process() is None else None,
        "path": sys.path,
        "environ": {key: value for key, value in sorted(os.environ.items()) if key not in OURS},
        "main": sorted(vars(main)),
        "main's": [main.__name__, main.__file__, repr(main.__spec__), main.__doc__, str(main.__package__)],
        "flags": repr(sys.flags),
        "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
        "heavy": sorted(HEAVY & set(sys.modules)),
        "threads": [thread.name for thread in threading.enumerate()],
        "signals": [repr(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
        "mask": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))),
        "name": multiprocessing.current_process().name,
        "children": [child.name for child in multiprocessing.active_children()],
        "method": multiprocessing.get_start_method(allow_none=True),
        "tty": [stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "cwd": os.getcwd(),
        "group": os.getpgrp() == os.getsid(0),
    }


def show(name):
    """Print what this process sees."""
    print(name, json.dumps(sight(), indent=1), flush=True)


def fail(number):
    """Raise, a few frames deep, from another exception."""
    try:
        inner = [][number]
    except IndexError as error:
        raise ValueError(f"no {number}") from error
    return inner


def leave_with_words():
    """Leave with a message."""
    sys.exit("the child says why")


class Failing(threading.Thread):
    """A thread that fails."""

    def run(self):
        """Raise."""
        fail(3)


def sights(context):
    """Show main, a Process, a pool's worker, an executor's worker."""
    show("main")
    process = context.Process(target=show, args=("process",))
    process.start()
    process.join()
    with context.Pool(1) as pool:
        pool.apply(show, ("pool",))
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        executor.submit(show, "executor").result()
    show("main again")
    print(multiprocessing.active_children(), os.system("exit 3"))


def in_executor(context):
    """Fail in an executor of one worker, and shut it down: stock 3.11 may complain where nobody does."""
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        return settled(executor.submit(fail, 1))


FAILURES = {
    "pool": lambda context: context.Pool(1).map(fail, [1]),
    "pool_imap": lambda context: list(context.Pool(1).imap(fail, [1])),
    "pool_twice": lambda context: context.Pool(2).starmap(fail, [(1,)]),
    "executor": in_executor,
    "thread_pool": lambda context: ThreadPool(1).map(fail, [1]),
    "thread_executor": lambda context: settled(ThreadPoolExecutor(1).submit(fail, 1)),
    "process": lambda context: run(context.Process(target=fail, args=(1,), name="failing")),
    "process_exit": lambda context: run(context.Process(target=leave_with_words, name="leaving")),
    "thread": lambda context: run(Failing(name="failing")),
    "exit_words": lambda context: sys.exit("main says why"),
    "exit_code": lambda context: sys.exit(300),
    "exit_at_once": lambda context: os._exit(9),
    "interrupt": lambda context: signal.raise_signal(signal.SIGINT),
    "abort": lambda context: signal.raise_signal(signal.SIGABRT),
    "log": lambda context: logging.getLogger().error("to stderr"),
    "left_thread": lambda context: threading.Thread(target=time.sleep, args=(0.05,)).start(),
}


def settled(future):
    """Return a future's result, never waiting inside `result`, whose traceback tells whether it did."""
    wait([future])
    return future.result()


def run(what):
    """Start and join."""
    what.start()
    what.join()
    print(what.name, getattr(what, "exitcode", None))


if __name__ == "__main__":
    chosen = multiprocessing.get_context(sys.argv[2])
    {"sights": sights, **FAILURES}[sys.argv[1]](chosen)
