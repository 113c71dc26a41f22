"""Many empty tasks and some of a millisecond, by turns."""

import time
from multiprocessing import Pool, set_start_method


def empty(number):
    """Return at once."""
    return number


def short(number):
    """Wait for a millisecond."""
    time.sleep(0.001)
    return number


if __name__ == "__main__":
    set_start_method("fork")
    with Pool(2) as pool:
        for _ in range(30):
            pending = [pool.apply_async(empty, (k,)) for k in range(20)]
            pending += [pool.apply_async(short, (k,)) for k in range(4)]
            for one in pending:
                one.get()
