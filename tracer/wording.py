"""Wording: durations, shares, counts and the program's names as every view writes them."""

from __future__ import annotations

import re

UNITS = ((1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"), (60e9, "min"))
"""Units of time on an axis: nanoseconds in one, and its symbol."""
_MINUTE, _HOUR = 60, 3600
_BEFORE_A_UNIT = re.compile(r"(?<=\d) (?=(?:%|[nµm]?s|min|h|[kMG]?B)(?!\w))")


def duration(length_ns: float) -> str:
    """Write nanoseconds in three digits, from a minute on as a clock: "1.23 ms", "2 min 05 s"."""
    for unit_ns, symbol in UNITS[:3]:
        if length_ns < 999.5 * unit_ns:
            return f"{length_ns / unit_ns:.3g} {symbol}"
    seconds = length_ns / 1e9
    if seconds < _MINUTE - 0.05:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    minutes = round(seconds / _MINUTE)
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def percent(share: float) -> str:
    """Write a share of 0–1: "0 %", "3.4 %", "87 %"; "< 0.1 %" for what would look like nothing."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.0995 else f"{100 * share:.0f} %"


def size_in_bytes(number: float) -> str:
    """Write a number of bytes in three digits: "26 B", "1.5 kB", "16 MB"."""
    index = sum(number >= limit for limit in (999.5, 999.5e3, 999.5e6, 999.5e9))
    return f"{number / 1000**index:.3g} {('B', 'kB', 'MB', 'GB', 'TB')[index]}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Write "1 task", "2 tasks", "12,000 tasks"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def units_held(text: str, glue: str) -> str:
    """Return text with `glue`, which breaks no line, between each number and its unit: "60 %", "1.2 ms"."""
    return _BEFORE_A_UNIT.sub(glue, text)


def plain(text: str) -> str:
    """Return a name of the user's program on one line; control characters written out (`\\n`)."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
