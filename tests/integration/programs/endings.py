"""A program that ends, or is ended, in the middle of its work.

    python endings.py FOLDER WHAT...

It hands ten quick tasks to a pool, then one that stays until this process is gone. Then it leaves the file
`ready` in FOLDER, and does WHAT: kill, exit, raise; or waits for the file `go`.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

LIMIT_S = 40


def until(condition):
    """Poll, bounded."""
    deadline = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)


def quick(number):
    """Return the square."""
    return number * number


def late(number):
    """Return the square, after the collector is gone."""
    return number * number


def stay(mark, parent):
    """Say that it runs; end with the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # worker() complains where nobody takes its result
    open(mark, "w").close()
    until(lambda: os.getppid() != parent)


def leave_number(path, number):
    """Write a file that is whole as soon as it is there."""
    partial = path.with_suffix(".partial")
    partial.write_text(str(number))
    partial.rename(path)


def daemons(folder):
    """Leave two processes behind that outlive the program: one by a double fork, one by a new session."""
    warnings.simplefilter("ignore")  # a fork beside threads, since Python 3.12
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            leave_number(folder / "forked", os.getpid())
            until((folder / "stop").exists)
        os._exit(0)
    os.wait()
    source = f"import os, time\nwhile not os.path.exists({str(folder / 'stop')!r}): time.sleep(0.01)"
    child = subprocess.Popen([sys.executable, "-c", source], start_new_session=True)
    leave_number(folder / "started", child.pid)
    child.returncode = 0  # it is left on purpose


def main(folder, *what):
    """Run."""
    with multiprocessing.Pool(2) as pool:
        print(sum(pool.map(quick, range(10), chunksize=1)), flush=True)
        if "stay" in what:
            pool.apply_async(stay, (folder / "running", os.getpid()))
            until((folder / "running").exists)
        if "daemons" in what:
            daemons(folder)
        (folder / "ready").touch()
        if "kill" in what:
            os.kill(os.getpid(), signal.SIGKILL)
        if "exit" in what:
            os._exit(5)
        if "raise" in what:
            raise ValueError("the end")
        if "go" in what:
            until((folder / "go").exists)
        if "late" in what:
            print(sum(pool.map(late, range(10), chunksize=1)), flush=True)


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")  # the default differs from Python to Python
    main(Path(sys.argv[1]), *sys.argv[2:])
