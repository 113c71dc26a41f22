"""A terminal in memory, that knows what our commands and plain programs send it, and nothing else."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b([78D])|(\r)|(\n)|([^\x1b\r\n]+)|(.)", re.DOTALL)


class Screen:
    """Its `rows`, the region that scrolls (`top` to `bottom`, from 0), and where the cursor is."""

    def __init__(self, width: int, lines: int) -> None:
        self.width, self.lines = width, lines
        self.rows = [""] * lines
        self.history: list[str] = []
        self.top, self.bottom = 0, lines - 1
        self.row = self.column = 0
        self._saved = (0, 0)

    def feed(self, text: str) -> None:
        """Take in what was sent. Raises ValueError for what this terminal does not know."""
        for found in _TOKEN.finditer(text):
            numbers, final, escape, back, newline, plain, unknown = found.groups()
            if unknown:
                raise ValueError(f"unknown: {unknown!r} in {text!r}")
            if final:
                self._control([int(one) if one else 0 for one in numbers.split(";")], final)
            elif escape == "7":
                self._saved = self.row, self.column
            elif escape == "8":
                self.row, self.column = self._saved
            elif back:
                self.column = 0
            elif newline or escape == "D":
                self._down()
            else:
                self._print(plain)

    def shown(self) -> str:
        """What can be seen, without blanks at the ends of lines."""
        return "\n".join(row.rstrip() for row in self.rows)

    @property
    def everything(self) -> str:
        """What can be seen, and what has scrolled away."""
        return "\n".join(row.rstrip() for row in [*self.history, *self.rows])

    def _print(self, text: str) -> None:
        for sign in text:
            if self.column == self.width:
                self.column = 0
                self._down()
            row = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = row[: self.column] + sign + row[self.column + 1 :]
            self.column += 1

    def _down(self) -> None:
        if self.row == self.bottom:
            self.history += self.rows[self.top : self.top + 1] if self.top == 0 else []
            self.rows[self.top : self.bottom + 1] = [*self.rows[self.top + 1 : self.bottom + 1], ""]
        elif self.row < self.lines - 1:
            self.row += 1

    def _control(self, numbers: list[int], final: str) -> None:
        first = numbers[0]
        if final == "A":
            self.row = max(self.row - max(first, 1), self.top if self.row >= self.top else 0)
        elif final == "H":
            self.row = min(max(first, 1), self.lines) - 1
            self.column = (max(numbers[1], 1) if len(numbers) > 1 else 1) - 1
        elif final == "r":
            self.top = max(first, 1) - 1
            self.bottom = (numbers[1] if len(numbers) > 1 else self.lines) - 1
            self.row = self.column = 0
        elif final == "K":
            row = self.rows[self.row]
            self.rows[self.row] = "" if first == 2 else row[: self.column]
        elif final == "J":
            self.rows[self.row] = self.rows[self.row][: self.column]
            self.rows[self.row + 1 :] = [""] * (self.lines - self.row - 1)
        elif final not in "mhl":
            raise ValueError(f"unknown: CSI {numbers} {final}")
