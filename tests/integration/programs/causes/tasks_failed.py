"""Cause: tasks-failed. All tasks raise, and nobody asks for their results.

By construction: 10 of 10 tasks raise TypeError, because a string is handed over in place of a tuple.
Fix: the comma (`--fixed`). `--unpicklable`: a function that pickle cannot carry. `--few`: one of 40 fails,
and all wait 20 ms: io-bound is what holds the run back. `--unread`: one raises an exception that pickle
cannot make again, and main waits 0.6 s for the results of its pool; `--broken`: of an executor, which breaks.
`--callback`: the callback of one result raises. `--iterable`: what feeds imap raises after 10 numbers.
"""

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
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


class Refusal(Exception):
    """An error that does not hand on its arguments, so that pickle cannot make it again."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code}: {why}")


def code(number: int) -> int:
    """Refuse one number."""
    if number == 2:
        raise Refusal(number, "no")
    return number


def numbers() -> Iterator[int]:
    """Give ten numbers, and fail."""
    yield from range(10)
    raise LookupError("the source is dry")


called = threading.Event()


def note(number: int) -> None:
    """Be a callback that fails."""
    called.set()
    raise ValueError(number)


def unread(by_callback: bool) -> None:
    """Wait for results, of which one cannot be read, or the first one's callback raises."""
    with contextlib.suppress(AssertionError), Pool(2) as pool:  # it is not ended while results are awaited
        if by_callback:
            pool.apply_async(code, (0,), callback=note)
            called.wait()
        pending = pool.map_async(code, [3] * 4 if by_callback else range(4), chunksize=1)
        try:
            print(pending.get(timeout=0.6))
        except multiprocessing.TimeoutError:
            print("gave up")


def broken() -> None:
    """The same of an executor."""
    with ProcessPoolExecutor(2) as executor:
        print(type(executor.submit(code, 2).exception()).__name__)


def from_iterable() -> None:
    """Take results until the iterable's own error comes in place of one."""
    taken = 0
    with Pool(2) as pool:
        try:
            for _ in pool.imap(abs, numbers()):
                taken += 1
        except LookupError as error:
            print(type(error).__name__, taken)


def main() -> None:
    """Run tasks that fail."""
    chosen = options(__doc__, "unpicklable", "few", "unread", "broken", "callback", "iterable")
    if chosen.iterable:
        from_iterable()
        return
    if chosen.broken:
        broken()
        return
    if chosen.unread or chosen.callback:
        unread(chosen.callback)
        return
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
