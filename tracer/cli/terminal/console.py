"""The console of the commands: text is data, lines end where their text does, a closed pipe is told.

No line ends between a number and its unit. rich breaks at every kind of blank, so a character that no text
of ours holds (`wording.plain`) stands for the one between them until the lines are made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import IO

from rich import console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from tracer.wording import units_held

_HELD = "\ue000"


class Console(console.Console):
    """A console on `file` (stdout), in colour where that is a terminal and NO_COLOR is not set."""

    def __init__(self, file: IO[str] | None = None) -> None:
        super().__init__(
            file=file,
            highlight=False,
            markup=False,
            emoji=False,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render without the blanks with which rich fills a line to its end; units stay beside numbers."""
        if isinstance(renderable, Text):
            renderable = renderable.copy()
            renderable.plain = units_held(renderable.plain, _HELD)
        return _without_trailing_blanks(super().render(renderable, options))

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, for `main` to decide; rich would end the process."""
        raise


def _without_trailing_blanks(segments: Iterable[Segment]) -> Iterator[Segment]:
    held: list[Segment] = []
    for segment in segments:
        if segment.control:
            yield segment
            continue
        for part in re.split("(\n)", segment.text.replace(_HELD, " ")):
            if part == "\n":
                held.clear()
                yield Segment.line()
            elif words := part.rstrip(" "):
                yield from held
                yield Segment(words, segment.style)
                blanks = part[len(words) :]
                held = [Segment(blanks, segment.style)] if blanks else []
            elif part:
                held.append(Segment(part, segment.style))
    yield from held
