"""One line about a run that goes on, in the bottom row of the terminal that the traced program uses too."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from tracer.live.panel import Panel, is_terminal
from tracer.live.text import printable
from tracer.wording import duration, plain

_FAINT = "0;2"


@contextmanager
def progress(
    status: Callable[[], str],
    file: TextIO | None = None,
    *,
    quiet: bool = False,
    delay_s: float = 1.0,
    every_s: float = 0.5,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Show the time that has passed and `status()` on `file` (stderr) while the body runs, after `delay_s`.

    `status` is called from a thread of this function, every `every_s`; where it raises OSError the line stays
    as it was. The line is gone when the body ends.
    Nothing is shown where `quiet`, where `file` is no terminal or a dumb one, or in the background.
    """
    file = file or sys.stderr
    if quiet or not file.isatty() or not is_terminal(file.fileno()):
        yield
        return
    file.flush()
    encoding = file.encoding or "ascii"
    panel = Panel(file.fileno(), _FAINT, encoding)
    done = threading.Event()
    begin = clock()

    def show() -> None:
        pause = delay_s
        while not done.wait(pause):
            # A journal that is gone by now, a terminal that was closed: nothing to say this time.
            with suppress(OSError):
                seconds = max(round(clock() - begin), 1)
                line = printable(plain(f" tracer: {duration(seconds * 1e9)} · {status()}"), encoding)
                panel.draw([line[: panel.size().columns - 1]])
            pause = every_s

    thread = threading.Thread(target=show, name="tracer-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        panel.erase()
