"""Prints while its pool works, and goes on as files appear: `python live.py FOLDER [stdout|stderr]`.

Control-C is left to main: a worker of a pool that dies of it may take the lock of its queue along (CPython's
own race), and main would wait for ever.
"""

import multiprocessing
import signal
import sys
import time
from pathlib import Path


def work(number: int) -> int:
    end = time.thread_time() + 0.002
    while time.thread_time() < end:
        pass
    return number


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def hold(path: Path) -> int:
    wait_for(path)
    return -1


def main() -> None:
    folder = Path(sys.argv[1])
    ignored = signal.SIGINT, signal.SIG_IGN
    with multiprocessing.get_context("fork").Pool(2, signal.signal, ignored) as pool:
        for number, _ in enumerate(pool.imap_unordered(work, range(60))):
            print(f"result {number}", flush=True)
        print("a prompt: ", end="", flush=True)
        last = pool.apply_async(hold, (folder / "go",))
        (folder / "held").touch()
        print("answered", last.get(), flush=True)


if __name__ == "__main__":
    main()
