"""The lowest rows of a terminal that other programs write to, too: taken, drawn into, given back.

What the others write must stay as it is, prompts without a newline included. So nothing is written where the
cursor is: the rows are taken out of the part of the screen that scrolls (DECSTBM), and drawn with the cursor
saved and restored, each time in one write. Source: https://vt100.net/docs/vt510-rm/DECSTBM.html.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress

_SAVE, _RESTORE = "\x1b7", "\x1b8"
_DOWN, _UP = "\x1bD", "\x1b[A"
"""Down a line, scrolling at the lowest, and up again; neither leaves the column."""
LEAST_FREE = 3
"""So many rows are left to the others."""


def is_terminal(descriptor: int) -> bool:
    """Tell whether a terminal is there that can do what a panel needs."""
    return os.isatty(descriptor) and os.environ.get("TERM", "dumb") != "dumb"


class Panel:
    """The lowest rows of the terminal at `descriptor`: taken at the first `draw`, given back by `erase`.

    `codes` are those of the rows' colour (SGR), `encoding` is the terminal's. `taking` is told how many lines
    the terminal has and how many of them are about to be the panel's, 0 once none is.
    """

    def __init__(
        self,
        descriptor: int,
        codes: str = "0",
        encoding: str = "utf-8",
        taking: Callable[[int, int], None] = lambda lines, rows: None,
    ) -> None:
        self._descriptor, self._codes, self._encoding, self._taking = descriptor, codes, encoding, taking
        self._size: os.terminal_size | None = None
        self._shown: list[str] = []

    @property
    def taken(self) -> int:
        """How many rows are the panel's."""
        return len(self._shown)

    def size(self) -> os.terminal_size:
        """Return the size of the terminal. Raises OSError where it is closed."""
        return os.get_terminal_size(self._descriptor)

    def draw(self, rows: Sequence[str]) -> bool:
        """Show these lines, none wider than the terminal; only what has changed is written.

        Return whether that was done: not in the background, nor where the terminal has too few rows. The
        panel grows with its lines, and keeps its rows where they are fewer. Raises OSError.
        """
        size = self.size()
        if size.lines < len(rows) + LEAST_FREE or not self._in_foreground():
            return False
        codes = ""
        if self._size is not None and size != self._size:  # the terminal has moved what was on it
            codes = f"{_SAVE}\x1b[r{_RESTORE}\x1b[J"
            self._shown = []
        count = max(len(rows), self.taken)
        known = self._shown if count == self.taken else [""] * count
        if count > self.taken:
            more = count - self.taken
            self._taking(size.lines, count)
            codes += f"{_DOWN * more}{_UP * more}{_SAVE}\x1b[1;{size.lines - count}r{_RESTORE}"
            known = ["\0"] * count  # every row is to be written
        wanted = [*rows, *[""] * (count - len(rows))]
        for number, (before, now) in enumerate(zip(known, wanted, strict=True)):
            if before != now:
                at = size.lines - count + 1 + number
                codes += f"{_SAVE}\x1b[{at};1H\x1b[{self._codes}m\x1b[2K{now}\x1b[0m{_RESTORE}"
        self._size, self._shown = size, wanted
        self._write(codes)
        return True

    def erase(self) -> None:
        """Give the rows back, empty; nothing happens where there are none. A terminal may be closed."""
        if self._size is not None:
            self._write(given_back(self._size.lines, self.taken))
            self._size, self._shown = None, []
            self._taking(0, 0)

    def _in_foreground(self) -> bool:
        """Whether this process may draw: a job that was sent to the background leaves the screen alone."""
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except (AttributeError, OSError):  # no job control here
            return True

    def _write(self, codes: str) -> None:
        """Write in one go, so that nothing the program writes comes between; a terminal may be closed."""
        write(self._descriptor, codes, self._encoding)


def given_back(lines: int, rows: int) -> str:
    """Return what empties the lowest `rows` of a terminal of so many lines, and lets all of it scroll."""
    empty = "".join(f"\x1b[{lines - rows + 1 + number};1H\x1b[2K" for number in range(rows))
    return f"{_SAVE}{empty}\x1b[r{_RESTORE}"


def write(descriptor: int, codes: str, encoding: str = "utf-8") -> None:
    """Write to a terminal; that it is closed changes nothing."""
    data = codes.encode(encoding, errors="replace")
    with suppress(OSError):
        while data:
            data = data[os.write(descriptor, data) :]
