"""Cause: tasks-failed. All tasks raise, and nobody asks for their results.

By construction: 10 of 10 tasks raise TypeError, because a string is handed over in place of a tuple.
Fix: the comma (`--fixed`). `--unpicklable`: a function that pickle cannot carry. `--few`: one of 40 fails,
and all wait 20 ms: io-bound is what holds the run back.
"""

import time
from multiprocessing import Pool

from work import options


def resize(name: str) -> str:
    """Work on a picture."""
    return name.upper()


def ask(number: int) -> int:
    """Wait for an answer."""
    time.sleep(0.02)
    if number == 7:
        raise KeyError(number)
    return number


def main() -> None:
    """Run tasks that fail."""
    chosen = options(__doc__, "unpicklable", "few")
    with Pool(2) as pool:
        if chosen.few:
            for number in range(40):
                pool.apply_async(ask, (number,))
        else:
            for number in range(10):
                name = f"photo{number}"
                function = (lambda text: text) if chosen.unpicklable else resize
                pool.apply_async(function, (name,) if chosen.fixed or chosen.unpicklable else name)  # type: ignore[arg-type]
        pool.close()
        pool.join()
    print("finished")


if __name__ == "__main__":
    main()
