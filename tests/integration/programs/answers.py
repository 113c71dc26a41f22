"""Interrupts a worker of an executor right after it has written a result: it then sends the interrupt, too.

    python answers.py fork|spawn after|before

`before`: right before the write instead, so that the interrupt is the only answer. Prints what came.
"""

import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

WRITES = {"send", "_send_bytes"}
"""The function that writes a message: ours, the stock one."""


def interrupt_a_write(which):
    """Raise KeyboardInterrupt once, when the first write of this worker returns, or begins."""
    event_wanted = "return" if which == "after" else "call"

    def look(frame, event, argument):
        code = frame.f_code
        place = code.co_filename.endswith(("messages.py", "connection.py"))
        if event == event_wanted and place and code.co_name in WRITES:
            sys.setprofile(None)
            raise KeyboardInterrupt

    sys.setprofile(look)


def square(number):
    """Return the square."""
    return number * number


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with ProcessPoolExecutor(
        1, mp_context=context, initializer=interrupt_a_write, initargs=(sys.argv[2],)
    ) as executor:
        for future in [executor.submit(square, number) for number in range(5)]:
            try:
                print(future.result(30))
            except KeyboardInterrupt:
                print("interrupted")
