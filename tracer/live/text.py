"""Text and marks of time as a terminal shows them, in the characters that it can print."""

from __future__ import annotations

from tracer.wording import UNITS

_HOUR = (3600e9, "h")


def mark(time_ns: float) -> str:
    """Return the label of a mark on a time axis, in its largest unit: "0", "250 µs", "1.5 s", "2 min"."""
    unit_ns, symbol = [unit for unit in (*UNITS, _HOUR) if unit[0] <= time_ns or unit[1] == "ns"][-1]
    return f"{time_ns / unit_ns:.6g} {symbol}" if time_ns else "0"


def step(length_ns: float, most: int) -> float:
    """Return the round step at which an axis of this length has at most `most` steps, in nanoseconds."""
    least = length_ns / max(most, 1)
    tens = [digit * 10.0**power for power in range(10) for digit in (1, 2, 5)]
    clock = [second * 1e9 for second in (10, 20, 30, 60, 120, 300, 600, 900, 1800)]
    hours = [hour * 3600e9 for hour in (1, 2, 3, 6, 12)]
    for candidate in (*[each for each in tens if each < 10e9], *clock, *hours):
        if candidate >= least:
            return candidate
    days = 1
    while days * 86400e9 < least:
        days *= 2
    return days * 86400e9


def printable(text: str, encoding: str) -> str:
    """Return `text` in what `encoding` can hold: "us" for "µs" and the like, the rest written out."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        ascii_only = text.translate(_ASCII)
        return ascii_only.encode("ascii", "backslashreplace").decode("ascii")
    return text


_ASCII = str.maketrans(
    {"µ": "u", "…": "...", "─": "-", "–": "-", "×": "x", "╵": "|", "·": "-", "→": "->", "−": "-"}
)
