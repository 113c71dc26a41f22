"""Drawing a run again and again, and its last, still view. Little of a core is spent on that.

every 0.25 s   look ─ lines ─ the rows that have changed        ─► the terminal
more seldom    where that would take more than 1 % of a core
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from typing import Protocol

from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text

from tracer.live.panel import LEAST_FREE, Panel
from tracer.live.run import LiveRun
from tracer.live.view import Room, lines
from tracer.record.clock import clock

EVERY_SECONDS = 0.25
LARGEST_PART = 0.01
_SELDOM_SECONDS = 2.0
_NEW = 0.2
"""The share of the last look in what a look usually takes."""
_FIRST_LOOKS = 2
"""The first take more than the others: what was written before, and what is loaded on the way."""
_SYSTEMS = {
    "standard": ColorSystem.STANDARD,
    "256": ColorSystem.EIGHT_BIT,
    "truecolor": ColorSystem.TRUECOLOR,
}


class Finder(Protocol):
    """What says from time to time what holds the run back."""

    def latest(self) -> str:
        """Return the last finding, "" where there is none yet. Does not wait."""


class Painter:
    """Lines with the codes of their colours, as far as a terminal has those."""

    def __init__(self) -> None:
        color = None if os.environ.get("NO_COLOR") else "auto"
        self._console = Console(file=io.StringIO(), force_terminal=True, color_system=color)  # type: ignore[arg-type]
        self._system = _SYSTEMS.get(self._console.color_system or "")

    def __call__(self, line: Text) -> str:
        """Return the line with its codes."""
        found = line.render(self._console)
        return "".join(
            part.style.render(part.text, color_system=self._system) if part.style else part.text
            for part in found
        )


def watch(
    run: LiveRun,
    panel: Panel,
    painter: Painter,
    encoding: str,
    finder: Finder,
    is_over: Callable[[float], bool],
    *,
    whole: bool = False,
) -> None:
    """Draw until `is_over(seconds)` says so, which waits for so long at most.

    The panel takes half of the terminal, or with `whole` nearly all. Raises OSError where that is gone.
    """
    looks, usual = 0, 0.0
    while True:
        looks += 1
        begun = time.thread_time()
        run.look(clock())
        size = panel.size()
        most = size.lines - LEAST_FREE if whole else max(size.lines // 2, 1)
        room = Room(size.columns - 1, most, encoding)  # the last column would wrap
        panel.draw([painter(line) for line in lines(run, room, finder.latest())])
        if looks > _FIRST_LOOKS:
            usual += (time.thread_time() - begun - usual) * _NEW
        if is_over(min(max(EVERY_SECONDS, usual / LARGEST_PART), _SELDOM_SECONDS)):
            return


def still(run: LiveRun, width: int, encoding: str, finder: Finder, *, over: bool) -> list[Text]:
    """Return the view as it stands at the end, or where it is shown once; `over`: the run has ended."""
    run.look(clock())
    most = 1000  # all that it has
    return lines(run, Room(width, most, encoding), finder.latest(), still=True, over=over)
