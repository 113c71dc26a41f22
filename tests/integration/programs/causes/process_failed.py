"""Cause: process-failed. One of two processes ends with an error; the other is ended by the program.

By construction: the first raises ValueError, and its exit code is 1; the second waits until `terminate()`.
Fix: do not raise (`--fixed`).
"""

import time
from multiprocessing import Process

from work import options


def fail(really: bool) -> None:
    """Raise."""
    if really:
        raise ValueError("no such file")


def main() -> None:
    """Start both."""
    chosen = options(__doc__)
    first, second = Process(target=fail, args=(not chosen.fixed,)), Process(target=time.sleep, args=(60,))
    first.start()
    second.start()
    first.join()
    second.terminate()
    second.join()
    print(first.exitcode, second.exitcode)


if __name__ == "__main__":
    main()
