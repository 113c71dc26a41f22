"""Units: durations for people to read."""

from __future__ import annotations

UNITS = ((1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"), (60e9, "min"))


def duration(length_ns: float) -> str:
    """Return a duration with three digits and its unit: "1.23 ms"."""
    index = sum(length_ns >= limit for limit in (999.5, 999.5e3, 999.5e6, 120e9))
    ns, symbol = UNITS[index]
    value = length_ns / ns
    return f"{value:.3g} {symbol}" if value < 1000 else f"{value:,.0f} {symbol}"
