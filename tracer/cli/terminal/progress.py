"""One line about a run that goes on, in the bottom row of the terminal that the traced program uses too.

The program's output must stay as it is, prompts without a newline included. So the line is not written where
the cursor is: the bottom row is taken out of the part of the screen that scrolls (DECSTBM), drawn into, and
given back at the end. Source: https://vt100.net/docs/vt510-rm/DECSTBM.html.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from tracer.cli.terminal.text import printable
from tracer.wording import duration, plain

_SAVE, _RESTORE = "\x1b7", "\x1b8"
# Down a line and up again, without leaving the column: the cursor is not in the bottom row any more.
_MAKE_ROOM = "\x1bD\x1b[A"
_LEAST_ROWS = 4


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
    if quiet or not file.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    line = _BottomLine(file)
    done = threading.Event()
    begin = clock()

    def show() -> None:
        pause = delay_s
        while not done.wait(pause):
            # A journal that is gone by now, a terminal that was closed: nothing to say this time.
            with suppress(OSError):
                seconds = max(round(clock() - begin), 1)
                line.draw(f" tracer: {duration(seconds * 1e9)} · {status()}")
            pause = every_s

    thread = threading.Thread(target=show, name="tracer-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        line.erase()


class _BottomLine:
    """The bottom row of a terminal, taken at the first `draw` and given back by `erase`."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._size: os.terminal_size | None = None

    def draw(self, text: str) -> None:
        size = os.get_terminal_size(self._file.fileno())
        if size.lines < _LEAST_ROWS or not self._in_foreground():
            return
        codes = ""
        if size != self._size:
            codes = f"{_MAKE_ROOM}{_SAVE}\x1b[1;{size.lines - 1}r{_RESTORE}"
            self._size = size
        shown = printable(plain(text), self._file.encoding or "ascii")[: size.columns - 1]
        self._write(f"{codes}{_SAVE}\x1b[{size.lines};1H\x1b[0;2m\x1b[2K{shown}\x1b[0m{_RESTORE}")

    def erase(self) -> None:
        if self._size is not None:
            self._write(f"{_SAVE}\x1b[{self._size.lines};1H\x1b[2K\x1b[r{_RESTORE}")
            self._size = None

    def _in_foreground(self) -> bool:
        """Whether this process may draw: a job that was sent to the background leaves the screen alone."""
        try:
            return os.tcgetpgrp(self._file.fileno()) == os.getpgrp()
        except (AttributeError, OSError):  # no job control here
            return True

    def _write(self, codes: str) -> None:
        """Write in one go, so that nothing the program writes comes between; a terminal may be closed."""
        with suppress(OSError):
            self._file.write(codes)
            self._file.flush()
