"""Works in two rounds; between them it waits until somebody has done something to its folder.

    python disturbed.py FOLDER fork|spawn Pool|ProcessPoolExecutor|Thread

It leaves the file `ready` in FOLDER, and goes on when `go` is there. Prints the results.
"""

import multiprocessing
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

LIMIT_S = 40


def square(number):
    """Return the square."""
    return number * number


def pause(folder):
    """Wait, bounded."""
    (folder / "ready").touch()
    deadline = time.monotonic() + LIMIT_S
    while not (folder / "go").exists() and time.monotonic() < deadline:
        time.sleep(0.002)


def main(folder, method, kind):
    """Run."""
    context = multiprocessing.get_context(method)
    if kind == "Pool":
        pool = context.Pool(2)
    elif kind == "Thread":
        pool = ThreadPoolExecutor(2)
    else:
        pool = ProcessPoolExecutor(2, mp_context=context)
    with pool:
        print(sum(pool.map(square, range(500))), flush=True)
        pause(folder)
        print(sum(pool.map(square, range(3000), chunksize=1)), flush=True)
        later = [context.Process(target=square, args=(3,)) for _ in range(2)]
        later += [threading.Thread(target=square, args=(3,)) for _ in range(3)]
        for one in later:
            one.start()
        for one in later:
            one.join()
        print([one.exitcode for one in later[:2]], flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
