"""Tables that keep their numbers whole, however narrow the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDEST = 10_000


def print_whole(console: Console, *tables: Table) -> int:
    """Print the first of `tables` that fits, from the widest to the narrowest, or the last; return which.

    Where that one is wider than the terminal, its lines run on.
    """
    options = console.options.update(width=_WIDEST)
    widths = [console.measure(table, options=options).maximum for table in tables]
    fits = [place for place, width in enumerate(widths) if width <= console.width]
    place = fits[0] if fits else len(tables) - 1
    width, console.width = console.width, max(console.width, widths[place])
    console.print(tables[place], crop=False)
    console.width = width
    return place
