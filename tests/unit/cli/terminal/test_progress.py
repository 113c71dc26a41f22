"""`tracer.cli.terminal.progress`: a line in the terminal's bottom row that leaves nothing behind."""

from __future__ import annotations

import fcntl
import io
import os
import select
import struct
import termios
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from tracer.cli.terminal.progress import progress


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, TextIO]]:
    """Both ends of a terminal of 40 columns and 10 rows: what reads what is shown, and what is written to."""
    monkeypatch.setenv("TERM", "xterm")
    reader, writer = os.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 40, 0, 0))
    with os.fdopen(writer, "w", encoding="utf-8") as file:
        yield reader, file
    os.close(reader)


def shown_until(reader: int, end: str) -> str:
    """What the terminal was sent up to `end`: the kernel hands it on in pieces."""
    shown = b""
    while not shown.endswith(end.encode()):
        assert select.select([reader], [], [], 30)[0], shown
        shown += os.read(reader, 10_000)
    return shown.decode()


def test_shows_and_erases(terminal: tuple[int, TextIO]) -> None:
    """The line stands in the bottom row, cut to the width; at the end the row is empty and scrolls again."""
    reader, file = terminal
    asked = threading.Event()
    times = iter([0.0] + [65.0] * 1000)

    def status() -> str:
        asked.set()
        return "5 processes\n" + "x" * 100

    with progress(status, file, delay_s=0, every_s=60, clock=lambda: next(times)):
        assert asked.wait(30)
    shown = shown_until(reader, "\x1b7\x1b[10;1H\x1b[2K\x1b[r\x1b8")
    assert "\x1b[1;9r" in shown
    row = shown.split("\x1b[2K")[1].split("\x1b")[0]
    assert row.startswith(" tracer: 1 min 05 s · 5 processes\\n")
    assert len(row) == 39


def test_short_run_shows_nothing(terminal: tuple[int, TextIO]) -> None:
    """A run that ends before the delay writes nothing at all."""
    reader, file = terminal
    with progress(lambda: "never", file, delay_s=60):
        pass
    file.write("end")
    file.flush()
    assert shown_until(reader, "end") == "end"


@pytest.mark.parametrize("why", ["quiet", "dumb"])
def test_unwanted(terminal: tuple[int, TextIO], why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is started where it is not wanted."""
    if why == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    before = threading.active_count()
    with progress(lambda: "never", terminal[1], quiet=why == "quiet", delay_s=0):
        assert threading.active_count() == before


def test_no_terminal(tmp_path: Path) -> None:
    """A file that is no terminal stays empty, and its body's exception passes."""
    file = io.StringIO()
    with pytest.raises(KeyError), progress(lambda: "never", file, delay_s=0):
        raise KeyError
    assert file.getvalue() == ""
