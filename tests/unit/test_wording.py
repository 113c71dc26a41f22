"""`tracer.wording`: durations, shares and counts, as every view writes them."""

from __future__ import annotations

import pytest

from tracer.wording import count, duration, percent, plain, units_held

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
    assert duration(length_ns) == expected


def test_percent() -> None:
    """A share keeps its meaning: little is not nothing, and all is all."""
    shares = (0, 0.0004, 0.034, 0.0996, 0.5, 1)
    assert [percent(share) for share in shares] == [
        "0 %",
        "< 0.1 %",
        "3.4 %",
        "10 %",
        "50 %",
        "100 %",
    ]


def test_count() -> None:
    """One is one, and thousands are set apart."""
    assert [count(number, "task") for number in (0, 1, 12_000)] == ["0 tasks", "1 task", "12,000 tasks"]
    assert count(2, "process", "processes") == "2 processes"


def test_plain() -> None:
    """Control characters, marks of direction and undecodable bytes are written out, all else stays."""
    assert plain("[red] dæmon\x1b[31m\n\u202e\udcff") == "[red] dæmon\\x1b[31m\\n\\u202e\\udcff"


def test_numbers_hold_their_units() -> None:
    """Only a unit that stands alone, behind a digit."""
    assert units_held("60 % of 2 min 05 s, 4 sorts in 1.2 µs; 3 bytes, 5 kB.", "_") == (
        "60_% of 2_min 05_s, 4 sorts in 1.2_µs; 3 bytes, 5_kB."
    )
