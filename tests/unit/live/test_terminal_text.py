"""`tracer.cli.terminal.text`: marks of time, and text in what an encoding can hold."""

from __future__ import annotations

import numpy as np

from tracer.live import text

MS, S = 10**6, 10**9


def test_step_and_mark() -> None:
    """The steps of an axis are round in its unit, from nanoseconds to weeks, never more than asked for."""
    assert text.step(22.6 * MS, 5) == 5 * MS
    assert text.step(100 * S, 5) == 20 * S
    assert text.step(6540 * S, 5) == 1800 * S
    for length in 10.0 ** np.arange(16):
        assert length / text.step(length, 5) <= 5
    assert [text.mark(time) for time in (0, 250_000, 1.5 * S, 90 * S)] == ["0", "250 µs", "1.5 s", "1.5 min"]


def test_printable() -> None:
    """What the encoding cannot hold is replaced by what reads the same, or written out."""
    assert text.printable("5 µs … dæmon", "utf-8") == "5 µs … dæmon"
    assert text.printable("5 µs … dæmon", "ascii") == "5 us ... d\\xe6mon"
    assert text.printable("5 µs", "no such encoding") == "5 us"
