"""`tracer.cli.terminal.text`: quantities in humane units, and names that can do a terminal no harm."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.cli.terminal import text

MS, S = 10**6, 10**9


@pytest.mark.parametrize(
    ("length_ns", "expected"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (999.7, "1 µs"),
        (1234, "1.23 µs"),
        (999_600, "1 ms"),
        (252 * MS, "252 ms"),
        (59.94 * S, "59.9 s"),
        (59.96 * S, "1 min 00 s"),
        (125 * S, "2 min 05 s"),
        (3599.6 * S, "1 h 00 min"),
        (3720 * S, "1 h 02 min"),
    ],
)
def test_duration(length_ns: float, expected: str) -> None:
    """Durations have three digits and the unit in which they are read."""
    assert text.duration(length_ns) == expected


def test_step_and_mark() -> None:
    """The steps of an axis are round in its unit, from nanoseconds to weeks, never more than asked for."""
    assert text.step(22.6 * MS, 5) == 5 * MS
    assert text.step(100 * S, 5) == 20 * S
    assert text.step(6540 * S, 5) == 1800 * S
    for length in 10.0 ** np.arange(16):
        assert length / text.step(length, 5) <= 5
    assert [text.mark(time) for time in (0, 250_000, 1.5 * S, 90 * S)] == ["0", "250 µs", "1.5 s", "1.5 min"]


def test_percent() -> None:
    """A share keeps its meaning: little is not nothing, and all is all."""
    shares = (0, 0.0004, 0.034, 0.0996, 0.5, 1)
    assert [text.percent(share) for share in shares] == [
        "0 %",
        "< 0.1 %",
        "3.4 %",
        "10 %",
        "50 %",
        "100 %",
    ]


def test_plain() -> None:
    """Control characters, marks of direction and undecodable bytes are written out, all else stays."""
    assert text.plain("[red] dæmon\x1b[31m\n\u202e\udcff") == "[red] dæmon\\x1b[31m\\n\\u202e\\udcff"


def test_printable() -> None:
    """What the encoding cannot hold is replaced by what reads the same, or written out."""
    assert text.printable("5 µs … dæmon", "utf-8") == "5 µs … dæmon"
    assert text.printable("5 µs … dæmon", "ascii") == "5 us ... d\\xe6mon"
    assert text.printable("5 µs", "no such encoding") == "5 us"
