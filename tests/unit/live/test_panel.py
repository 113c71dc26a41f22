"""`tracer.live.panel`: the lowest rows of a terminal, beside a program that writes to it, too."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
from collections.abc import Iterator

import pytest

from tests.support.screen import Screen
from tracer.live.panel import Panel, given_back

WIDTH, LINES = 40, 10


class Terminal:
    """A terminal whose other end is a screen in memory."""

    def __init__(self, reader: int, writer: int) -> None:
        self.reader, self.writer = reader, writer
        self.screen = Screen(WIDTH, LINES)
        self.sent = ""

    def resize(self, lines: int) -> None:
        fcntl.ioctl(self.writer, termios.TIOCSWINSZ, struct.pack("HHHH", lines, WIDTH, 0, 0))

    def print(self, text: str) -> None:
        """Write as the program would."""
        os.write(self.writer, text.encode())

    def look(self) -> list[str]:
        """The rows that are shown by now."""
        self.sent = ""
        while select.select([self.reader], [], [], 0.05)[0]:
            self.sent += os.read(self.reader, 65536).decode()
        self.screen.feed(self.sent)
        return self.screen.shown().split("\n")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal of 40 columns and 10 rows."""
    reader, writer = os.openpty()
    made = Terminal(reader, writer)
    made.resize(LINES)
    yield made
    os.close(reader)
    os.close(writer)


def test_what_the_program_writes_stays_as_it_is(terminal: Terminal) -> None:
    """A prompt without a newline goes on where it was; what scrolls, scrolls above the panel."""
    panel = Panel(terminal.writer)
    terminal.print("name? ")
    assert panel.draw(["one", "two"])
    terminal.print("Ada")
    assert terminal.look() == ["name? Ada", *[""] * 7, "one", "two"]
    terminal.print("".join(f"\r\nline {number}" for number in range(20)))
    panel.draw(["one", "2"])
    shown = terminal.look()
    assert shown == [*[f"line {number}" for number in range(12, 20)], "one", "2"]
    assert terminal.screen.history[0] == "name? Ada"


def test_a_full_screen_makes_room(terminal: Terminal) -> None:
    """Where the cursor is in the lowest row, what is there moves up; nothing of it is lost."""
    panel = Panel(terminal.writer)
    terminal.print("\r\n".join(f"line {number}" for number in range(10)))
    panel.draw(["one", "two", "three"])
    terminal.print("!")
    assert terminal.look()[-4:] == ["line 9!", "one", "two", "three"]
    assert terminal.screen.history == ["line 0", "line 1", "line 2"]


def test_only_what_has_changed_is_written(terminal: Terminal) -> None:
    """Rows that are as they were are not touched."""
    panel = Panel(terminal.writer)
    panel.draw(["one", "two"])
    terminal.look()
    panel.draw(["one", "2"])
    terminal.look()
    assert "one" not in terminal.sent
    panel.draw(["one", "2"])
    terminal.look()
    assert terminal.sent == ""


def test_it_grows_and_keeps_its_rows(terminal: Terminal) -> None:
    """More lines take more rows; with fewer, the lowest are empty."""
    panel = Panel(terminal.writer)
    terminal.print("first\r\nsecond")
    panel.draw(["one"])
    panel.draw(["one", "two", "three"])
    assert terminal.look() == ["first", "second", *[""] * 5, "one", "two", "three"]
    panel.draw(["one"])
    assert terminal.look()[-3:] == ["one", "", ""]
    assert panel.taken == 3


def test_erased_it_leaves_nothing_behind(terminal: Terminal) -> None:
    """The rows are empty and scroll again, and the cursor is where it was."""
    told = []
    panel = Panel(terminal.writer, taking=lambda lines, rows: told.append((lines, rows)))
    terminal.print("first\r\n> ")
    panel.draw(["one", "two"])
    panel.erase()
    panel.erase()
    terminal.print("typed")
    assert terminal.look() == ["first", "> typed", *[""] * 8]
    assert (terminal.screen.top, terminal.screen.bottom) == (0, LINES - 1)
    assert told == [(LINES, 2), (0, 0)]


def test_another_can_give_its_rows_back(terminal: Terminal) -> None:
    """Who knows how many there were can do so when the panel's process was killed."""
    Panel(terminal.writer).draw(["one", "two"])
    terminal.print("> " + given_back(LINES, 2) + "typed")
    assert terminal.look() == ["> typed", *[""] * 9]
    assert terminal.screen.bottom == LINES - 1


def test_a_small_terminal_is_left_alone(terminal: Terminal) -> None:
    """Nothing is drawn where too few rows would be left."""
    panel = Panel(terminal.writer)
    assert not panel.draw(["row"] * 8)
    assert not panel.taken
    assert terminal.look() == [""] * LINES


def test_a_terminal_that_changes_its_size(terminal: Terminal) -> None:
    """The panel goes to where the lowest rows are now."""
    panel = Panel(terminal.writer)
    panel.draw(["one", "two"])
    terminal.look()
    terminal.resize(20)
    terminal.screen = Screen(WIDTH, 20)  # as a terminal that clears itself
    panel.draw(["one", "two"])
    shown = terminal.look()
    assert shown[-2:] == ["one", "two"]
    assert (terminal.screen.top, terminal.screen.bottom) == (0, 17)
